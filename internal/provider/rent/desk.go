package rent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// Desk is where the creates of one configured provider are made, and where is kept
// what became of them.
type Desk struct {
	Clock        clock.Clock
	Reservations *Reservations
	Logger       *slog.Logger

	intents *intents
	dataDir string

	mu    sync.Mutex
	turns map[string]chan struct{}
	// found are the files that this process saw first among those that no refresh
	// had confirmed.
	found map[string]bool
	// reported are the types whose strays a plan of this process has named.
	reported map[string]bool
}

// NewDesk returns a desk that keeps its intents below dataDir.
func NewDesk(clk clock.Clock, dataDir string, logger *slog.Logger) *Desk {
	return &Desk{
		Clock:        clk,
		Reservations: &Reservations{},
		Logger:       logger,
		intents:      newIntents(clk, dataDir),
		dataDir:      dataDir,
		turns:        map[string]chan struct{}{},
		found:        map[string]bool{},
		reported:     map[string]bool{},
	}
}

// End is the end of the process that configured the provider, which otherwise
// needs no telling: its locks end with it. What it left unanswered may be adopted.
func (d *Desk) End() { d.intents.end() }

// alone waits until no other create of this type is under way, in this process or
// in another of this data directory, and returns the function that lets the next
// one go.
func (d *Desk) alone(ctx context.Context, kind string) (done func(), err error) {
	d.mu.Lock()
	turn, ok := d.turns[kind]
	if !ok {
		turn = make(chan struct{}, 1)
		d.turns[kind] = turn
	}
	d.mu.Unlock()
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	unlock, err := datadir.Lock(ctx, filepath.Join(d.intents.dir, kind+".lock"))
	if err != nil {
		if ctx.Err() != nil {
			<-turn
			return nil, ctx.Err()
		}
		d.Logger.Debug("creates of other processes cannot be waited for", "type", kind, "error", err.Error())
		unlock = func() {}
	}
	return func() { unlock(); <-turn }, nil
}

// Object is one that a state has.
type Object struct {
	// Type is the Terraform type, ID the platform's id.
	Type, ID string
	// Marker is the marker of the create that made it, "" for one that was
	// imported.
	Marker string
	// Hash is the digest of its content for types that cannot bear a marker, else "".
	Hash string
}

// InState says that the state has an object: every Read that finds one and every
// plan that changes one says so. From then on no create can take the object for its
// own, and it counts as accounted for.
func (d *Desk) InState(o Object) {
	if err := d.intents.hold(o); err != nil {
		d.Logger.Debug("the kept intents could not be brought up to date", "type", o.Type, "error", err.Error())
	}
}

// Gone says that an object exists no more.
func (d *Desk) Gone(kind, id string) { d.intents.forget(kind, id) }

// Hash is a digest of a configuration for comparing it with that of an earlier
// process. Its argument must marshal to JSON; secrets are left out by the caller.
func Hash(configuration any) string {
	content, err := json.Marshal(configuration)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
