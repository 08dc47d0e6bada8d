package simkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// FaultKind says in which way a request fails.
type FaultKind string

// The kinds of fault.
const (
	// DropBefore breaks the connection before anything was done.
	DropBefore FaultKind = "drop_before"
	// DropAfter does the work, then breaks the connection: the answer is lost.
	DropAfter FaultKind = "drop_after"
	// Status answers with Status (and Body) instead of doing the work.
	Status FaultKind = "status"
	// Delay does the work at once and answers DelayMS later.
	Delay FaultKind = "delay"
	// Truncate does the work and answers with the first half of the body. An
	// answer without a body stays as it is.
	Truncate FaultKind = "truncate"
	// HTML answers with a gateway's page (status 200 unless Status is set)
	// instead of doing the work.
	HTML FaultKind = "html"
	// EmptyList answers lists with no items. Reads of one object and writes are
	// never touched and do not count as matches.
	EmptyList FaultKind = "empty_list"
)

// Kinds lists every kind of fault.
func Kinds() []FaultKind {
	return []FaultKind{DropBefore, DropAfter, Status, Delay, Truncate, HTML, EmptyList}
}

// Fault makes matching requests fail. Of several faults that match a request,
// the one added first acts, and only that one counts it.
type Fault struct {
	// Platform is "runpod" or "vastai"; "" is both.
	Platform string `json:"platform,omitempty"`
	// Operation is an OpenAPI operationId.
	Operation string `json:"operation,omitempty"`
	// Method and Path select instead of Operation: a verb ("" is any) and the
	// beginning of the escaped path.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Kind is required.
	Kind FaultKind `json:"kind"`
	// Status is the HTTP status of Status (required) and HTML.
	Status int `json:"status,omitempty"`
	// Body is the body of Status and HTML: a JSON string is sent as its text,
	// any other JSON value as it stands. Empty: the platform's own body for
	// that status.
	Body json.RawMessage `json:"body,omitempty"`
	// DelayMS is the delay of Delay in milliseconds, required there, > 0.
	DelayMS int `json:"delay_ms,omitempty"`
	// Times is how many requests fail; 0 is every one until the faults are cleared.
	Times int `json:"times,omitempty"`
	// Skip is how many matching requests pass first.
	Skip int `json:"skip,omitempty"`
}

type activeFault struct {
	Fault
	skip, left int
}

// Fault adds a fault. It refuses one that could never act: an unknown kind,
// platform or operation, nothing to match, a value out of range.
func (k *Kit) Fault(f Fault) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.checkFault(f); err != nil {
		return err
	}
	k.faults = append(k.faults, &activeFault{Fault: f, skip: f.Skip, left: f.Times})
	return nil
}

// ClearFaults removes every fault.
func (k *Kit) ClearFaults() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = nil
}

func (k *Kit) checkFault(f Fault) error {
	if !slices.Contains(Kinds(), f.Kind) {
		return fmt.Errorf("kind %q is none of %v", f.Kind, Kinds())
	}
	if f.Platform != "" {
		if _, known := k.platforms[f.Platform]; !known {
			return fmt.Errorf("platform %q is none of %v", f.Platform, k.names())
		}
	}
	if err := k.checkMatch(f); err != nil {
		return err
	}
	switch {
	case f.Kind == Status && f.Status == 0:
		return errors.New("kind status needs a status")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d is not in 200..599", f.Status)
	case f.Kind == Delay && f.DelayMS <= 0:
		return errors.New("kind delay needs a delay_ms above 0")
	case f.DelayMS < 0 || f.Times < 0 || f.Skip < 0:
		return errors.New("delay_ms, times and skip may not be negative")
	}
	return nil
}

// checkMatch refuses what no request can match.
func (k *Kit) checkMatch(f Fault) error {
	switch {
	case f.Operation == "" && f.Method == "" && f.Path == "":
		return errors.New("one of operation, method and path is needed")
	case f.Operation != "" && (f.Method != "" || f.Path != ""):
		return errors.New("operation excludes method and path")
	case f.Operation != "" && !k.knowsOperation(f.Platform, f.Operation):
		return fmt.Errorf("no operation is called %q", f.Operation)
	case f.Operation != "" && f.Kind == EmptyList && !k.listsAny(f.Platform, f.Operation):
		return fmt.Errorf("operation %q answers with no list that could be empty", f.Operation)
	case f.Path != "" && !strings.HasPrefix(f.Path, "/"):
		return fmt.Errorf("path %q does not begin with /", f.Path)
	}
	return nil
}

func (k *Kit) names() []string {
	var names []string
	for name := range k.platforms {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (k *Kit) knowsOperation(platform, operation string) bool {
	for name, p := range k.platforms {
		if (platform == "" || platform == name) && (p.Operations == nil || slices.Contains(p.Operations, operation)) {
			return true
		}
	}
	return len(k.platforms) == 0
}

func (k *Kit) listsAny(platform, operation string) bool {
	for name, p := range k.platforms {
		if (platform == "" || platform == name) && p.IsList != nil && p.IsList(operation) {
			return true
		}
	}
	return len(k.platforms) == 0
}

// match returns the fault that hits this request, and counts it.
func (k *Kit) match(p Platform, operation string, r *http.Request) *Fault {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.faults {
		if !f.hits(p, operation, r) || (f.Times > 0 && f.left == 0) {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		if f.Times > 0 {
			f.left--
		}
		hit := f.Fault
		return &hit
	}
	return nil
}

func (f *activeFault) hits(p Platform, operation string, r *http.Request) bool {
	switch {
	case f.Platform != "" && f.Platform != p.Name:
		return false
	case f.Operation != "" && f.Operation != operation:
		return false
	case f.Method != "" && !strings.EqualFold(f.Method, r.Method):
		return false
	case f.Path != "" && !strings.HasPrefix(r.URL.EscapedPath(), f.Path):
		return false
	case f.Kind == EmptyList:
		return p.IsList != nil && p.IsList(operation)
	}
	return true
}

// body is the text of Body and whether there is one.
func (f *Fault) body() (text []byte, ok bool) {
	if len(f.Body) == 0 || string(f.Body) == "null" {
		return nil, false
	}
	var s string
	if json.Unmarshal(f.Body, &s) == nil {
		return []byte(s), true
	}
	return f.Body, true
}
