package acctest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// awaitTimeout bounds [Env.Await], generously for a busy machine.
const awaitTimeout = 60 * time.Second

// reading are the operations that change nothing although their verb is not GET.
var reading = []string{
	"searchOffers", "searchVolumes", "showLogs",
	"getWorkergroupLogs", "getWorkergroupWorkers", "getEndpointLogs", "getEndpointWorkers",
}

// ResetJournal makes [Env.Requests] and the like forget what was asked so far.
func (e *Env) ResetJournal() { e.seen = len(e.World.Journal(0)) }

// Requests are the requests of an operation (OpenAPI operationId) since the
// start or the last [Env.ResetJournal]; of every operation when it is empty.
func (e *Env) Requests(operation string) []simkit.Entry {
	return slices.DeleteFunc(e.World.Journal(e.seen), func(entry simkit.Entry) bool {
		return operation != "" && entry.Operation != operation
	})
}

// Await waits, in real time, until a request of the operation has arrived since
// the last [Env.ResetJournal]. It is for tests with processes of their own.
func (e *Env) Await(t testing.TB, operation string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitTimeout)
	defer cancel()
	for len(e.Requests(operation)) == 0 {
		if err := clock.System().Sleep(ctx, 5*time.Millisecond); err != nil {
			t.Fatalf("no %s within %s; requests:\n%s", operation, awaitTimeout, list(e.Requests("")))
		}
	}
}

// Writes are the requests that may have changed something.
func (e *Env) Writes() []simkit.Entry {
	return slices.DeleteFunc(e.Requests(""), func(entry simkit.Entry) bool {
		return entry.Method == http.MethodGet || slices.Contains(reading, entry.Operation)
	})
}

// NoWrites fails the test when something may have been changed.
func (e *Env) NoWrites(t testing.TB) {
	t.Helper()
	if writes := e.Writes(); len(writes) > 0 {
		t.Errorf("requests that write:\n%s", list(writes))
	}
}

// Wrote fails the test unless the writes were those of the operations, in any
// order, each as often as it is named.
func (e *Env) Wrote(t testing.TB, operations ...string) {
	t.Helper()
	writes := e.Writes()
	var got []string
	for _, entry := range writes {
		got = append(got, entry.Operation)
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(operations)); !slices.Equal(got, want) {
		t.Errorf("writes %q, want %q:\n%s", got, want, list(writes))
	}
}

func list(entries []simkit.Entry) string {
	var out strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&out, "  %d %s %s %s (%s) → %d\n", e.N, e.Platform, e.Method, e.Path, e.Operation, e.Status)
	}
	return out.String()
}
