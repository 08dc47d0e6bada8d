package vastai

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html>\n<html><body>Just a moment...</body></html>"
	tests := []struct {
		name    string
		status  int
		body    string
		want    apierr.Kind // "" is a success
		message string      // a part of it
	}{
		{"success", 200, `{"success":true,"new_contract":1}`, "", ""},
		{"success unstated", 200, `{"offers":[]}`, "", ""},
		{"bare list", 200, `[]`, "", ""},
		{"bare string", 200, `"Successfully Deleted API Key"`, "", ""},
		{"empty", 200, ``, "", ""},
		{"success with an empty error", 200, `{"error":"","instances":null}`, "", ""},
		{"no_such_ask in a label is data", 200, `{"instances":[{"id":1,"label":"no_such_ask"}]}`, "", ""},

		{"offer gone 404", 404, `{"success":false,"error":"invalid_args","msg":"error 404/3603: no_such_ask  Instance type by id 1 is not available.","ask_id":1}`, apierr.NoCapacity, "by id 1 is not available"},
		{"offer gone 400", 400, `{"success":false,"error":"invalid_args","msg":"error 404/3603: no_such_ask Instance type by id 1 is not available."}`, apierr.NoCapacity, ""},
		{"offer gone 410", 410, `{"success":false,"error":"no_such_ask","msg":"error 410/3907: no_such_ask Instance type 1 is no longer available."}`, apierr.NoCapacity, ""},
		{"offer gone 200", 200, `{"success":false,"error":"no_such_ask","msg":"gone"}`, apierr.NoCapacity, "gone"},
		{"offer gone 200 without success", 200, `{"error":"no_such_ask"}`, apierr.NoCapacity, "no_such_ask"},
		{"offer gone 500", 500, `{"success":false,"error":"server_error","msg":"error 404/3603: no_such_ask"}`, apierr.NoCapacity, ""},
		{"offer gone in plain text", 404, `no_such_ask`, apierr.NoCapacity, "no_such_ask"},
		{"GPU taken", 200, `{"success":false,"error":"resources_unavailable","msg":"Required resources are currently unavailable, state change queued."}`, apierr.NoCapacity, "state change queued"},

		{"wrong key 401", 401, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`, apierr.Unauthorized, "Invalid user key"},
		{"wrong key 404", 404, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`, apierr.Unauthorized, ""},
		{"wrong key 404 without code", 404, `{"msg":"Invalid user key"}`, apierr.Unauthorized, ""},
		{"no key 403", 403, `{"success":false,"error":"auth_error","msg":"This action requires login."}`, apierr.Unauthorized, ""},
		{"no key, framework", 401, `{"detail":"Authentication credentials were not provided."}`, apierr.Unauthorized, "credentials were not provided"},
		{"wrong key 200", 200, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`, apierr.Unauthorized, ""},
		{"401 that says nothing", 401, `{"success":false}`, apierr.Unauthorized, ""},
		{"permission 401", 401, `{"success":false,"error":"auth_error","msg":"Authorization Error. Your key lacks the api.secrets route access which is required for this action."}`, apierr.Forbidden, "api.secrets"},
		{"permission 403", 403, `{"success":false,"error":"forbidden","msg":"no"}`, apierr.Forbidden, ""},
		{"second factor", 401, `{"success":false,"error":"auth_error","msg":"Two Factor Authentication is required"}`, apierr.Forbidden, ""},
		{"host's own machines", 403, `{"success":false,"error":"invalid_args","msg":"error 403/3586: Offer 1 is not your own. Hosts can only rent their own machines."}`, apierr.Forbidden, "not your own"},

		{"no credit by message", 400, `{"success":false,"error":"invalid_args","msg":"Your account lacks credit; see the billing page."}`, apierr.NoFunds, "lacks credit"},
		{"no credit by code", 400, `{"success":false,"error":"insufficient_credit","msg":"x"}`, apierr.NoFunds, ""},
		{"no credit 411", 411, `{"success":false,"msg":"Insufficient credit"}`, apierr.NoFunds, ""},
		{"no balance", 400, `{"success":false,"error":"insufficient_balance"}`, apierr.NoFunds, "insufficient_balance"},
		{"billing missing", 400, `{"success":false,"error":"missing_billing"}`, apierr.NoFunds, ""},
		{"spend rate", 400, `{"success":false,"error":"invalid_args","msg":"spend_rate_limit: new accounts may spend 1 $/h"}`, apierr.NoFunds, "new accounts"},

		{"instance gone", 404, `{"success":false,"error":"not_found","msg":"Instance not found"}`, apierr.NotFound, ""},
		{"instance gone, other code", 404, `{"success":false,"error":"no_such_instance","msg":"Instance 1 not found."}`, apierr.NotFound, ""},
		{"instance gone, no code", 404, `{"success":false,"msg":"Instance with that ID does not exist."}`, apierr.NotFound, ""},
		{"key not attached", 404, `{"success":false,"error":"no_such_ssh_key","msg":"SSH key not found."}`, apierr.NotFound, ""},
		{"404 that says nothing", 404, `{"success":false}`, apierr.Malformed, ""},
		{"unknown path", 404, `404: Not Found`, apierr.Malformed, "404: Not Found"},
		{"404 from a gateway", 404, page, apierr.Malformed, "web page"},
		{"retired", 410, `{"success":false,"error":"deprecated_endpoint","msg":"Use /api/v1/instances/ instead."}`, apierr.Malformed, "v1"},
		{"410 that says nothing", 410, `{}`, apierr.Malformed, ""},

		{"throttled in plain text", 429, "API requests too frequent: endpoint threshold=4.5", apierr.Throttled, "threshold=4.5"},
		{"throttled, detail", 429, `{"detail":"API requests too frequent endpoint threshold=2.0"}`, apierr.Throttled, "threshold=2.0"},
		{"throttled, envelope", 429, `{"success":false,"error":"rate_limit_exceeded","msg":"API requests too frequent"}`, apierr.Throttled, ""},
		{"throttled by a gateway", 429, page, apierr.Throttled, ""},
		{"throttled 200", 200, `{"success":false,"error":"rate_limit_exceeded","msg":"slower"}`, apierr.Throttled, ""},

		{"server error", 500, `{"success":false,"error":"server_error","msg":"Something went wrong on the server"}`, apierr.Unavailable, "went wrong"},
		{"gateway", 502, "Bad Gateway", apierr.Unavailable, "Bad Gateway"},
		{"gateway's page", 504, page, apierr.Unavailable, ""},
		{"server error under another status", 400, `{"success":false,"error":"server_error"}`, apierr.Unavailable, ""},
		{"took too long", 408, ``, apierr.Unavailable, ""},

		{"invalid args", 400, `{"success":false,"error":"invalid_args","msg":"error 400/3467: Invalid args: 'id' is required"}`, apierr.Invalid, "'id' is required"},
		{"invalid price", 400, `{"success":false,"error":"invalid_price","msg":"too low"}`, apierr.Invalid, ""},
		{"invalid request", 400, `{"error":"invalid_request","msg":"Invalid json body"}`, apierr.Invalid, ""},
		{"destroy without an id", 400, `{"success":false,"error":"invalid_args","msg":"invalid instance_id"}`, apierr.Invalid, ""},
		{"bad JSON for a command", 483, `{"success":false}`, apierr.Invalid, ""},
		{"details as a list", 400, `{"success":false,"error":"bad_request","msg":[{"loc":["q"],"msg":"wrong"}]}`, apierr.Invalid, `[{"loc":["q"],"msg":"wrong"}]`},
		{"a sentence for a code", 400, `{"error":"Please set a bid price >= 0.001."}`, apierr.Invalid, "Please set"},
		{"200, invalid", 200, `{"success":false,"error":"invalid_args","msg":"no"}`, apierr.Invalid, ""},
		{"200 without a reason", 200, `{"success":false}`, apierr.Conflict, ""},
		{"conflict", 409, `{"success":false,"msg":"x"}`, apierr.Conflict, ""},
		{"key registered already", 400, `{"success":false,"error":"invalid_request","msg":"The SSH key already exists on this account"}`, apierr.Conflict, ""},
		{"key attached already", 400, `{"success":false,"error":"invalid_request","msg":"SSH key already associated with instance."}`, apierr.Conflict, ""},

		{"page for an answer", 200, page, apierr.Malformed, "web page"},
		{"broken off", 200, `{"success":true,"new_contr`, apierr.Malformed, ""},
		{"redirect", 302, ``, apierr.Malformed, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := classify(transport.Op{Name: "any"}, transport.Reply{Status: tt.status, Body: []byte(tt.body)})
			switch {
			case got == nil && tt.want == "":
			case got == nil || got.Kind != tt.want:
				t.Errorf("got %v, want kind %q", got, tt.want)
			case !strings.Contains(got.Message, tt.message) || got.Status != tt.status:
				t.Errorf("status %d, message %q, want %d and %q in it", got.Status, got.Message, tt.status, tt.message)
			case strings.Contains(got.Code, " "):
				t.Errorf("code %q", got.Code)
			}
		})
	}
}

// recorded reads one of the recordings, which are not part of the repository.
func recorded(t *testing.T, file string) []byte {
	t.Helper()
	folder := os.Getenv("GPUMARKET_MARKET_DIR")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "..", "shared", "market", "recorded")
	}
	text, err := os.ReadFile(filepath.Join(folder, file))
	if os.IsNotExist(err) {
		t.Skipf("no recordings in %s; GPUMARKET_MARKET_DIR names the folder", folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decodeRecorded(t *testing.T, file string, into any) {
	t.Helper()
	if err := json.Unmarshal(recorded(t, file), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// TestRecordedErrors: every documented error is one, and of the kind that its
// status promises unless its text knows better.
func TestRecordedErrors(t *testing.T) {
	t.Parallel()
	var file struct {
		Errors []struct {
			Endpoint string
			Status   int
			Body     json.RawMessage
		}
	}
	decodeRecorded(t, "errors_vast.json", &file)
	if len(file.Errors) < 20 {
		t.Fatalf("only %d errors", len(file.Errors))
	}
	byStatus := map[int]apierr.Kind{
		400: apierr.Invalid, 401: apierr.Unauthorized, 403: apierr.Forbidden, 404: apierr.NotFound, 410: apierr.NoCapacity,
		429: apierr.Throttled,
	}
	for _, e := range file.Errors {
		if e.Status == 0 {
			continue
		}
		got := classify(transport.Op{}, transport.Reply{Status: e.Status, Body: e.Body})
		if e.Status == http.StatusOK {
			if got != nil {
				t.Errorf("%s: a success is %v", e.Endpoint, got)
			}
			continue
		}
		want := byStatus[e.Status]
		switch text := string(e.Body); {
		case strings.Contains(text, "no_such_ask"):
			want = apierr.NoCapacity
		case strings.Contains(text, "Invalid user key"):
			want = apierr.Unauthorized
		case e.Status == http.StatusNotFound && !strings.Contains(text, "msg"):
			want = apierr.Malformed
		}
		if got == nil || got.Kind != want {
			t.Errorf("%s %d %s: got %v, want kind %q", e.Endpoint, e.Status, e.Body, got, want)
		}
	}
}

func TestRecordedOffers(t *testing.T) {
	t.Parallel()
	var f found
	decodeRecorded(t, "vast_offers_full_2026-07-18.json", &f)
	if len(f.offers) != 48 || len(f.rows) != 48 {
		t.Fatalf("%d offers, %d rows, want 48", len(f.offers), len(f.rows))
	}
	for _, o := range f.offers {
		if o.DPHTotal == nil || o.StorageCost == nil || o.GPUName == "" || o.GPURAM == 0 || o.Reliability2 == nil {
			t.Errorf("offer %d lacks what every offer has: %+v", o.ID, o)
		}
	}
}

func TestRecordedInstances(t *testing.T) {
	t.Parallel()
	var list struct{ Instances []wire.Instance }
	decodeRecorded(t, "vast_instances_docs_v1_list.json", &list)
	if len(list.Instances) == 0 || list.Instances[0].ExtraEnv["DOG"] != "CAT" || len(list.Instances[0].Ports["22/tcp"]) != 1 {
		t.Errorf("documented list: %+v", list.Instances)
	}
	single := object[wire.Instance]{key: "instances"}
	decodeRecorded(t, "vast_instances_docs_v0_single.json", &single)
	if single.value == nil || single.value.ID != 883 || single.value.Ports != nil || single.value.Accruing == nil {
		t.Errorf("documented instance: %+v", single.value)
	}

	var file struct {
		Captures []struct {
			Request string
			Body    struct{ Instances json.RawMessage }
		}
	}
	decodeRecorded(t, "vast_instances_recorded.json", &file)
	decoded := 0
	for _, capture := range file.Captures {
		text := capture.Body.Instances
		var rows []wire.Instance
		switch {
		case len(text) == 0 || string(text) == "null":
			continue
		case text[0] == '[':
			if err := json.Unmarshal(text, &rows); err != nil {
				t.Errorf("%s: %v", capture.Request, err)
			}
		default:
			rows = make([]wire.Instance, 1)
			if err := json.Unmarshal(text, &rows[0]); err != nil {
				t.Errorf("%s: %v", capture.Request, err)
			}
		}
		decoded += len(rows)
	}
	if decoded < 3 {
		t.Errorf("decoded %d recorded instances", decoded)
	}
}

// TestClassify_LongBodies: a long answer is a success or none for the same reasons as
// a short one.
func TestClassify_LongBodies(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat(`{"id":1,"gpu_name":"RTX 4090"},`, 300)
	for _, tt := range []struct {
		name, method, body string
		status             int
		want               apierr.Kind // "" is a success
	}{
		{"list", "GET", `{"success": true, "instances":[` + rows + `{}]}`, 200, ""},
		{"list without a word on success", "GET", `{"offers":[` + rows + `{}]}`, 200, ""},
		{"bare list", "GET", `[` + rows + `{}]`, 200, ""},
		{"success last", "GET", `{"instances":[` + rows + `{}],"success" : false,"msg":"no"}`, 200, apierr.Conflict},
		{"success null", "GET", `{"instances":[` + rows + `{}],"success":null,"error":"server_error"}`, 200, apierr.Unavailable},
		{"an error", "GET", `{"error":"server_error","instances":[` + rows + `{}]}`, 200, apierr.Unavailable},
		{"an error in a row", "GET", `{"success":true,"instances":[{"error":"x"},` + rows + `{}]}`, 200, ""},
		{"status", "GET", `{"instances":[` + rows + `{}]}`, 500, apierr.Unavailable},
		{"page", "GET", "<html>" + rows, 200, apierr.Malformed},
		{"write", "PUT", `{"success":true,"updated_instance":[` + rows + `{}]}`, 200, ""},
		{"write broken off", "PUT", `{"success":true,"updated_instance":[` + rows, 200, apierr.Malformed},
	} {
		got := classify(transport.Op{Name: "x", Method: tt.method}, transport.Reply{Status: tt.status, Body: []byte(tt.body)})
		switch {
		case tt.want == "" && got != nil:
			t.Errorf("%s: %v", tt.name, got)
		case tt.want != "" && (got == nil || got.Kind != tt.want):
			t.Errorf("%s: %v, want %q", tt.name, got, tt.want)
		}
	}
}

// TestClassify_DecodesNothing: an answer that is long and good is not decoded here.
func TestClassify_DecodesNothing(t *testing.T) {
	reply := transport.Reply{Status: 200, Body: []byte(`{"success":true,"instances":[` + strings.Repeat(`{"id":1,"gpu_name":"RTX 4090"},`, 300) + `{}]}`)}
	if n := testing.AllocsPerRun(100, func() { _ = classify(listInstances.op(), reply) }); n > 0 {
		t.Errorf("%v allocations for a list of 301", n)
	}
}
