package runpod

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// Operations of each shape: on a collection, on an object, on its actions.
func listOp() transport.Op {
	return transport.Op{Name: "listPods", Method: http.MethodGet, Route: "/v2/pods"}
}

func createOp() transport.Op {
	return transport.Op{Name: "createPod", Method: http.MethodPost, Route: "/v2/pods"}
}

func getOp() transport.Op {
	return transport.Op{Name: "getPod", Method: http.MethodGet, Route: "/v2/pods/{id}"}
}

func updateOp() transport.Op {
	return transport.Op{Name: "updatePod", Method: http.MethodPatch, Route: "/v2/pods/{id}"}
}

func deleteOp() transport.Op {
	return transport.Op{Name: "deletePod", Method: http.MethodDelete, Route: "/v2/pods/{id}"}
}

func actionOp() transport.Op {
	return transport.Op{Name: "podAction", Method: http.MethodPost, Route: "/v2/pods/{id}/action"}
}

func logsOp() transport.Op {
	return transport.Op{Name: opPodLogs, Method: http.MethodGet, Route: "/v2/pods/{id}/logs"}
}

// detail is a refusal in the API's form.
func detail(text string) string {
	body, err := json.Marshal(map[string]string{"title": "Refused", "detail": text})
	if err != nil {
		panic(err)
	}
	return string(body)
}

const page = "<!DOCTYPE html><html><title>Just a moment...</title></html>"

func TestClassifyRefusals(t *testing.T) {
	t.Parallel()
	const (
		soldOut  = "There are no longer any instances available with the requested specifications. Please refresh and try again."
		hostFull = "There are not enough free GPUs on the host machine to start this pod."
	)
	tests := []struct {
		name   string
		op     transport.Op
		status int
		body   string
		want   apierr.Kind
	}{
		// 400 has five meanings.
		{"create, sold out", createOp(), 400, detail(soldOut), apierr.NoCapacity},
		{"create, sold out, in capitals", createOp(), 400, detail(strings.ToUpper(soldOut)), apierr.NoCapacity},
		{"create, disk too large for all", createOp(), 400, detail("There are no longer any instances available with enough disk space."), apierr.NoCapacity},
		{"create, the older text", createOp(), 400, detail("create pod: There are no instances currently available"), apierr.NoCapacity},
		{"start, host full", actionOp(), 400, detail(hostFull), apierr.NoCapacity},
		{"create, rule broken", createOp(), 400, detail("exactly one of gpu and cpu must be set"), apierr.Invalid},
		{"create, no more said", createOp(), 400, detail("request could not be processed"), apierr.Invalid},
		{"create, name taken", createOp(), 400, detail(`a template named "t" exists already`), apierr.Conflict},
		{"create, name taken, as elsewhere", createOp(), 400, detail("Template name must be unique."), apierr.Conflict},
		{"update, name taken", updateOp(), 400, detail("A template with this name already exists"), apierr.Conflict},
		{"create, spend limit", createOp(), 400, detail("This would exceed your spend limit."), apierr.NoFunds},
		{"update, shrink", updateOp(), 400, detail("size can only grow"), apierr.Invalid},
		{"volume mounted", deleteOp(), 400, detail("You must remove this network volume from all pods before deleting it."), apierr.InUse},
		{"volume mounted, as a conflict", deleteOp(), 409, detail("You must remove this network volume from all pods before deleting it."), apierr.InUse},
		{"credential in use", deleteOp(), 400, detail("the credential is in use by a pod"), apierr.InUse},
		{"port in use is no hold", createOp(), 400, detail("port 22 is in use twice"), apierr.Invalid},
		{"locked, as a bad request", actionOp(), 400, detail("The pod is locked."), apierr.Conflict},
		{"blocked is not locked", actionOp(), 400, detail("The image is blocked."), apierr.Invalid},
		{"capacity text where nothing is rented", getOp(), 400, detail(soldOut), apierr.Invalid},

		{"no key", getOp(), 401, detail("missing bearer token"), apierr.Unauthorized},
		{"no key, without a body", getOp(), 401, "", apierr.Unauthorized},
		{"no money", createOp(), 402, detail("Your balance is too low."), apierr.NoFunds},
		{"no money, without a body", createOp(), 402, "", apierr.NoFunds},
		{"no right", getOp(), 403, detail("access denied"), apierr.Forbidden},
		{"gateway's 403", getOp(), 403, page, apierr.Malformed},

		{"gone", getOp(), 404, `{"detail":"pod not found","status":404,"title":"Not Found"}`, apierr.NotFound},
		{"gone, in other words", getOp(), 404, detail("The requested Pod does not exist."), apierr.NotFound},
		{"gone, on delete", deleteOp(), 404, detail("resource not found"), apierr.NotFound},
		{"gone, on an action", actionOp(), 404, detail("pod not found"), apierr.NotFound},
		{"gateway's 404", getOp(), 404, page, apierr.Malformed},
		{"404 without a body", getOp(), 404, "", apierr.Malformed},
		{"404 of an empty object", getOp(), 404, "{}", apierr.Malformed},
		{"404 in plain text", getOp(), 404, "default backend - 404", apierr.Malformed},
		{"404 of REST v1", getOp(), 404, `{"error":"pod not found","status":404}`, apierr.Malformed},
		{"create from an unknown template", createOp(), 404, detail("template not found"), apierr.Invalid},
		{"list at a wrong path", listOp(), 404, detail("The requested path was not found."), apierr.Invalid},
		{"410", getOp(), 410, detail("gone"), apierr.Malformed},

		{"wrong verb", getOp(), 405, detail("The requested method is not allowed for this path."), apierr.Invalid},
		{"schema", createOp(), 422, detail("Request validation failed."), apierr.Invalid},
		{"unknown route", getOp(), 422, detail("GET Path '/v2/nothing' not found"), apierr.Invalid},
		{"wrong status for the action", actionOp(), 409, detail("action start is not valid for a pod in status RUNNING"), apierr.Conflict},
		{"locked", deleteOp(), 423, detail("the pod is locked"), apierr.Conflict},
		{"body too large", createOp(), 413, page, apierr.Malformed},

		{"too many", listOp(), 429, detail("rate limit exceeded for the minute window"), apierr.Throttled},
		{"too many, without a title", listOp(), 429, `{"detail":"rate limit exceeded for the hour window"}`, apierr.Throttled},
		{"too many, in plain text", listOp(), 429, "slow down", apierr.Throttled},
		{"timed out", listOp(), 408, "", apierr.Unavailable},
		{"upstream", listOp(), 500, detail("upstream request failed"), apierr.Unavailable},
		{"gateway", listOp(), 502, page, apierr.Unavailable},
		// The pod was there afterwards: no capacity would be a lie.
		{"create, sold out with a 500", createOp(), 500, `{"error":"create pod: There are no instances currently available"}`, apierr.Unavailable},
		{"redirect", listOp(), 302, "", apierr.Malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := classify(tt.op, transport.Reply{Status: tt.status, Body: []byte(tt.body)})
			if got == nil || got.Kind != tt.want {
				t.Errorf("%d %s: %+v, want %s", tt.status, tt.body, got, tt.want)
			}
		})
	}
}

func TestClassifySuccesses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, contentType, body string
		op                      transport.Op
		status                  int
		want                    apierr.Kind
	}{
		{"object", "application/json", `{"id":"a"}`, getOp(), 200, ""},
		{"object without a type", "", ` {"id":"a"}`, getOp(), 200, ""},
		{"created", "application/json", `{"id":"a"}`, createOp(), 201, ""},
		{"deleted", "", "", deleteOp(), 204, ""},
		{"deleted with 200", "", "", deleteOp(), 200, ""},
		{"page", "text/html; charset=UTF-8", page, getOp(), 200, apierr.Malformed},
		{"page in disguise", "application/json", page, createOp(), 200, apierr.Malformed},
		{"page for a delete", "text/html", page, deleteOp(), 200, apierr.Malformed},
		{"page for a log", "text/html", page, logsOp(), 200, apierr.Malformed},
		{"log", "text/event-stream", "data: {}\n\n", logsOp(), 200, ""},
		{"nothing", "application/json", "", getOp(), 200, apierr.Malformed},
		{"array", "application/json", "[]", listOp(), 200, apierr.Malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if tt.contentType != "" {
				header.Set("Content-Type", tt.contentType)
			}
			got := classify(tt.op, transport.Reply{Status: tt.status, Header: header, Body: []byte(tt.body)})
			if (got == nil) != (tt.want == "") || got != nil && got.Kind != tt.want {
				t.Errorf("got %v, want %q", got, tt.want)
			}
		})
	}
}

func TestClassifyMessage(t *testing.T) {
	t.Parallel()
	var many []string
	for range 12 {
		many = append(many, "$: wrong")
	}
	tests := []struct {
		name    string
		op      transport.Op
		body    string
		message string
		details []string
	}{
		{"detail", getOp(), `{"title":"Bad Request","detail":"no such thing"}`, "no such thing", nil},
		{"title alone", getOp(), `{"title":"Bad Request"}`, "Bad Request", nil},
		{
			"what is missing comes first", createOp(),
			`{"detail":"Request validation failed.","errors":["$: additional properties 'name' not allowed","$: missing property 'image'",{"path":"$.gpu"}]}`,
			"Request validation failed.",
			[]string{"$: missing property 'image'", "$: additional properties 'name' not allowed", `{"path":"$.gpu"}`},
		},
		{
			"many", createOp(), `{"detail":"no","errors":["` + strings.Join(many, `","`) + `"]}`, "no",
			append(append([]string{}, many[:maxDetails]...), "and 2 more"),
		},
		{"page", getOp(), page, "the answer is an HTML page", nil},
		{"half an object", getOp(), `{"detail":"po`, "the answer cannot be decoded", nil},
		{"nothing", getOp(), "", "the answer is empty", nil},
		{"an empty object", getOp(), "{}", "the answer says nothing", nil},
		{"plain text", getOp(), "no route\n", "no route", nil},
		{"REST v1", getOp(), `{"error":"pod not found"}`, "pod not found (in the form of REST v1: is the base URL right?)", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := classify(tt.op, transport.Reply{Status: 400, Body: []byte(tt.body)})
			if diff := cmp.Diff([]any{tt.message, tt.details}, []any{got.Message, got.Details}); diff != "" {
				t.Errorf("message and details (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRecordedRefusals reads the public recordings and documented examples of
// refusals, which are not part of the repository.
func TestRecordedRefusals(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("GPUMARKET_MARKET_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "market", "recorded")
	}
	data, err := os.ReadFile(filepath.Join(dir, "errors_runpod.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there are no recordings; GPUMARKET_MARKET_DIR names their folder")
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Errors []struct {
			API          string          `json:"api"`
			Status       int             `json:"status"`
			ContentType  string          `json:"content_type"`
			Body         json.RawMessage `json:"body"`
			BodyText     string          `json:"body_text"`
			BodyFragment string          `json:"body_fragment"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	want := map[int]apierr.Kind{
		400: apierr.Invalid, 401: apierr.Unauthorized, 403: apierr.Forbidden, 404: apierr.NotFound, 405: apierr.Invalid,
		422: apierr.Invalid, 429: apierr.Throttled, 500: apierr.Unavailable,
	}
	seen := 0
	for _, recorded := range file.Errors {
		body, kind := string(recorded.Body), want[recorded.Status]
		switch {
		case recorded.API == "graphql":
			continue
		case recorded.API == "v1" && recorded.Status == http.StatusNotFound:
			kind = apierr.Malformed
		}
		if recorded.BodyText != "" {
			body = recorded.BodyText
		}
		if recorded.BodyFragment != "" {
			body = detail(recorded.BodyFragment)
		}
		got := classify(getOp(), transport.Reply{
			Status: recorded.Status, Header: http.Header{"Content-Type": {recorded.ContentType}}, Body: []byte(body),
		})
		if got == nil || got.Kind != kind {
			t.Errorf("%s %d %s: %v, want %q", recorded.API, recorded.Status, body, got, kind)
		}
		seen++
	}
	if seen < 10 {
		t.Errorf("%d refusals in the recordings, want 10 or more", seen)
	}
}
