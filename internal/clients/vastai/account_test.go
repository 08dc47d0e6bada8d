package vastai_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// post makes a request that the client has no method for, and decodes the answer.
func (w *world) post(path, body string, into any) {
	w.tb.Helper()
	r, err := http.NewRequestWithContext(w.tb.Context(), http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		w.tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+simkit.DefaultAPIKey)
	r.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		w.tb.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	text, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		w.tb.Fatalf("POST %s: %d %s %v", path, reply.StatusCode, text, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		w.tb.Fatal(err)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, err := w.client.Account.Current(t.Context())
	if err != nil || user.ID == 0 || user.Credit == nil || *user.Credit <= 0 {
		t.Errorf("account %+v, %v", user, err)
	}
}

// TestWrongKey: one kind of refusal, whichever way the service puts it.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.newClient("wrong")
	_, search := client.Offers.Search(t.Context(), cheapest(1))
	_, list := client.Instances.List(t.Context(), transport.Recent)
	_, get := client.Instances.Get(t.Context(), 5, transport.Recent)
	_, volumes := client.Volumes.List(t.Context(), transport.Recent)
	_, current := client.Account.Current(t.Context())
	for _, err := range []error{search, list, get, volumes, current, client.Instances.Destroy(t.Context(), 5)} {
		wantKind(t, err, apierr.Unauthorized, "Invalid user key")
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var created struct{ Template wire.Template }
	w.post("/api/v0/template/",
		`{"name":"mine","image":"ubuntu","tag":"24.04","env":"-e A=1","runtype":"ssh","recommended_disk_space":16}`, &created)
	id, hash := created.Template.ID, created.Template.HashID
	byID, err := w.client.Templates.Get(t.Context(), strconv.FormatInt(id, 10))
	if err != nil || byID.Name != "mine" || byID.HashID != hash || byID.Env != "-e A=1" || *byID.RecommendedDiskSpace != 16 {
		t.Errorf("by number: %+v, %v", byID, err)
	}
	byHash, err := w.client.Templates.Get(t.Context(), hash)
	if err != nil || byHash.ID != id {
		t.Errorf("by hash: %+v, %v", byHash, err)
	}
	before := w.calls("searchTemplates")
	if _, err := w.client.Templates.Get(t.Context(), hash); err != nil {
		t.Error(err)
	}
	if got := w.calls("searchTemplates"); got != before {
		t.Errorf("%d calls, want %d: the second read is shared", got, before)
	}
	for _, missing := range []string{"1", "0123456789abcdef"} {
		_, err := w.client.Templates.Get(t.Context(), missing)
		wantKind(t, err, apierr.NotFound, missing)
	}
	w.fault("searchTemplates", 0, 200, `{"success":true}`)
	_, err = w.client.Templates.Get(t.Context(), "2")
	wantKind(t, err, apierr.Malformed, "no templates")
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if none, err := w.client.Volumes.List(t.Context(), transport.Recent); err != nil || len(none) != 0 {
		t.Errorf("volumes %v, %v", none, err)
	}
	later := transport.Freshness{NotBefore: w.clock.Now().Add(1)}
	w.fault("listVolumes", 1, 200, `{"volumes":[{"id":7,"machine_id":"12","label":"data","disk_space":15.0,"storage_total_cost":0.01}]}`)
	got, err := w.client.Volumes.List(t.Context(), later)
	if err != nil || len(got) != 1 || got[0].ID != 7 || got[0].Label != "data" || *got[0].MachineID != 12 {
		t.Errorf("volumes %+v, %v", got, err)
	}
	for body, part := range map[string]string{`{"success":true}`: "no volumes", `{"volumes":[{"label":"x"}]}`: "has no id"} {
		w.ClearFaults()
		w.fault("listVolumes", 0, 200, body)
		_, err := w.client.Volumes.List(t.Context(), transport.Freshness{NotBefore: w.clock.Now().Add(1)})
		wantKind(t, err, apierr.Malformed, part)
	}
}
