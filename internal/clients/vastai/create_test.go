package vastai_test

import (
	"slices"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

func TestCreateOutcomes(t *testing.T) {
	t.Parallel()
	gone := `{"success":false,"error":"invalid_args","msg":"error 404/3603: no_such_ask  Instance type by id 1 is not available."}`
	tests := []struct {
		name   string
		fault  simkit.Fault
		status int
		body   string
		want   apierr.Kind
		sent   int
	}{
		{"gone 400", simkit.Fault{}, 400, gone, apierr.NoCapacity, 1},
		{"gone 404", simkit.Fault{}, 404, gone, apierr.NoCapacity, 1},
		{"gone 410", simkit.Fault{}, 410, gone, apierr.NoCapacity, 1},
		{"gone 500", simkit.Fault{}, 500, gone, apierr.NoCapacity, 1},
		{"gone 200", simkit.Fault{}, 200, gone, apierr.NoCapacity, 1},
		{"no credit", simkit.Fault{}, 400, `{"success":false,"error":"invalid_args","msg":"Your account lacks credit"}`, apierr.NoFunds, 1},
		{"bid too low", simkit.Fault{}, 400, `{"success":false,"error":"invalid_price","msg":"x"}`, apierr.Invalid, 1},
		{"wrong key", simkit.Fault{}, 401, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`, apierr.Unauthorized, 1},
		{"throttled for ever", simkit.Fault{}, 429, `API requests too frequent`, apierr.Throttled, 0},
		{"server error", simkit.Fault{}, 500, `{"success":false,"error":"server_error","msg":"Something went wrong on the server"}`, apierr.Ambiguous, 1},
		{"gateway", simkit.Fault{}, 502, `Bad Gateway`, apierr.Ambiguous, 1},
		{"no id", simkit.Fault{}, 200, `{"success":true}`, apierr.Ambiguous, 1},
		{"null id", simkit.Fault{}, 200, `{"success":true,"new_contract":null}`, apierr.Ambiguous, 1},
		{"nonsense for an id", simkit.Fault{}, 200, `{"success":true,"new_contract":"soon"}`, apierr.Ambiguous, 1},
		{"page", simkit.Fault{Kind: simkit.HTML}, 0, "", apierr.Ambiguous, 1},
		{"lost", simkit.Fault{Kind: simkit.DropAfter}, 0, "", apierr.Ambiguous, 1},
		{"truncated", simkit.Fault{Kind: simkit.Truncate}, 0, "", apierr.Ambiguous, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			offers, err := w.client.Offers.Search(t.Context(), cheapest(1))
			if err != nil {
				t.Fatal(err)
			}
			if tt.fault.Kind == "" {
				w.fault("createInstance", 0, tt.status, tt.body)
			} else {
				tt.fault.Operation = "createInstance"
				w.do(tt.fault)
			}
			id, err := w.client.Instances.Create(t.Context(), offers[0].ID, rental())
			if id != 0 {
				t.Errorf("id %d beside an error", id)
			}
			wantKind(t, err, tt.want, "")
			if sent := w.calls("createInstance"); tt.sent > 0 && sent != tt.sent {
				t.Errorf("sent %d times, want %d", sent, tt.sent)
			}
		})
	}
}

// TestCreate_LeftBehind: an id in a refusal is the id of an instance, whatever the
// refusal says, and one without a sensible id has none.
func TestCreate_LeftBehind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
		id     int64
		want   apierr.Kind
	}{
		{400, `{"success":false,"error":"invalid_price","msg":"bid too low","new_contract":4711}`, 4711, apierr.Invalid},
		{200, `{"success":false,"error":"invalid_price","msg":"bid too low","new_contract":"4711"}`, 4711, apierr.Invalid},
		{410, `{"success":false,"error":"no_such_ask","msg":"gone","new_contract":4711}`, 4711, apierr.NoCapacity},
		{500, `{"success":false,"error":"server_error","msg":"oops","new_contract":4711}`, 4711, apierr.Unavailable},
		{400, `{"success":false,"error":"invalid_price","msg":"bid too low","new_contract":null}`, 0, apierr.Invalid},
		{400, `{"success":false,"error":"invalid_price","msg":"bid too low","new_contract":0}`, 0, apierr.Invalid},
		{400, `{"success":false,"error":"invalid_price","msg":"bid too low","new_contract":"none"}`, 0, apierr.Invalid},
	} {
		w := newWorld(t)
		w.fault("createInstance", 0, tt.status, tt.body)
		id, err := w.client.Instances.Create(t.Context(), 1, rental())
		if id != tt.id {
			t.Errorf("%s: id %d, want %d", tt.body, id, tt.id)
		}
		wantKind(t, err, tt.want, "")
	}
}

// TestDestroy_NoSuchInstance: every form of "no such instance" is gone, once the list
// agrees.
func TestDestroy_NoSuchInstance(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		404: `{"success":false,"error":"no_such_instance","msg":"Instance not found"}`,
		400: `{"success":false,"error":"invalid_args","msg":"error 404/3603: no_such_instance 4711"}`,
		410: `{"success":false,"error":"no_such_instance"}`,
		200: `{"success":false,"msg":"No such instance"}`,
	} {
		w := newWorld(t)
		w.fault("destroyInstance", 0, status, body)
		wantKind(t, w.client.Instances.Destroy(t.Context(), 4711), apierr.NotFound, "")
	}
}

// TestCreateThrottledOnce: a refusal for the rate is certain not to have rented.
func TestCreateThrottledOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault("createInstance", 1, 429, "API requests too frequent: endpoint threshold=4.5")
	id := w.rent(1)[0]
	listed, err := w.client.Instances.List(t.Context(), transport.Recent)
	if err != nil || !slices.Equal(ids(listed), []int64{id}) {
		t.Errorf("listed %v, %v, want %d alone", ids(listed), err, id)
	}
}

// TestCreate_LowBid: an instance that a bid below the minimum leaves behind is named by
// the error, and can be destroyed.
func TestCreate_LowBid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *vastaisim.Options) { o.LowBidLeavesInstance, o.DestroyMissingNoSuch = true, true })
	query := cheapest(1)
	query["type"] = "bid"
	offers, err := w.client.Offers.Search(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	price := float64(*offers[0].MinBid) / 2
	request := rental()
	request.Price = &price
	id, err := w.client.Instances.Create(t.Context(), offers[0].ID, request)
	wantKind(t, err, apierr.Invalid, "")
	listed, listErr := w.client.Instances.List(t.Context(), transport.Recent)
	if listErr != nil || !slices.Equal(ids(listed), []int64{id}) {
		t.Fatalf("the error names %d; listed are %v, %v", id, ids(listed), listErr)
	}
	if err := w.client.Instances.Destroy(t.Context(), id); err != nil {
		t.Error(err)
	}
	wantKind(t, w.client.Instances.Destroy(t.Context(), id), apierr.NotFound, "")
}
