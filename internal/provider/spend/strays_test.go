package spend_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
)

const podType = "gpumarket_runpod_pod"

// creates makes objects at a desk; answered tells whether Terraform is told their ids.
func creates(t *testing.T, desk *rent.Desk, answered bool, ids ...string) (markers []string) {
	t.Helper()
	for _, id := range ids {
		made, err := rent.Once(t.Context(), desk, rent.Creation[string]{
			Type: podType, ID: func(id string) string { return id },
			Rent: func(context.Context, string, rent.Send[string]) (string, error) { return id, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		markers = append(markers, made.Marker)
		if answered {
			made.Answered()
		}
	}
	desk.End()
	return markers
}

// TestWarnStrays names what bills and is in no state, once, with what it costs and how
// to take it over; what exists no more is forgotten; a list that fails says nothing.
func TestWarnStrays(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	desk := func() *rent.Desk {
		d := rent.NewDesk(clk, dir, slog.New(slog.DiscardHandler))
		t.Cleanup(d.End)
		return d
	}
	creates(t, desk(), true, "a", "b", "ended")
	killed := creates(t, desk(), false, "k")[0]
	items := []spend.Item{
		{Platform: "runpod", Kind: "pod", ID: "a", Name: "first", Hourly: money.PerHour(0.5)},
		{Platform: "runpod", Kind: "network_volume", ID: "b", Hourly: money.PerHour(9)}, // another type
		{Platform: "runpod", Kind: "pod", ID: "k", Marker: killed, Hourly: money.PerHour(0.25)},
		{Platform: "runpod", Kind: "pod", ID: "other", Marker: "another", Hourly: money.PerHour(9)},
	}
	warn := func(d *rent.Desk, items []spend.Item, err error) string {
		var diags diag.Diagnostics
		spend.WarnStrays(t.Context(), d, podType, func(context.Context) ([]spend.Item, error) { return items, err }, &diags)
		if diags.HasError() || len(diags) > 1 {
			t.Errorf("diagnostics %v, want one warning at most", diags)
		}
		if len(diags) == 0 {
			return ""
		}
		return diags[0].Summary() + "\n" + diags[0].Detail()
	}

	// The first process that cannot read the state knows only of the killed create.
	if said := warn(desk(), items, nil); !strings.Contains(said, "One "+podType+" is in no state known here, at 0.25 USD/h") {
		t.Errorf("the first plan says %q", said)
	}
	if said := warn(desk(), nil, errors.New("down")); said != "" {
		t.Errorf("without a list it says %q", said)
	}
	clk.Advance(2 * time.Hour)
	d := desk()
	said := warn(d, items, nil)
	for _, want := range []string{
		"2 gpumarket_runpod_pod are in no state known here, at 0.75 USD/h",
		`a ("first"): 0.50 USD/h, since 2026-03-02 09:00 UTC. terraform import gpumarket_runpod_pod.NAME a. File: ` + dir,
		"k: 0.25 USD/h", "The apply that created it was killed", "Do not import what another state has",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	if strings.Contains(said, "other:") || strings.Contains(said, "9.00") {
		t.Errorf("names what is not ours:\n%s", said)
	}
	if again := warn(d, items, nil); again != "" {
		t.Errorf("said again: %s", again)
	}
	overview := desk().Overview()
	for id, want := range map[string]bool{"a": true, "ended": false} {
		if _, known := overview.Stray(podType, id, ""); known != want {
			t.Errorf("%s is known: %v, want %v", id, known, want)
		}
	}
}
