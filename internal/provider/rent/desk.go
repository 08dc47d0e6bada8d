package rent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Desk is where the creates of one configured provider are made.
type Desk struct {
	Clock        clock.Clock
	Intents      *Intents
	Reservations *Reservations
	Logger       *slog.Logger

	mu    sync.Mutex
	alone map[string]*sync.Mutex
}

// NewDesk returns a desk that keeps its intents below dataDir.
func NewDesk(clk clock.Clock, dataDir string, logger *slog.Logger) *Desk {
	return &Desk{
		Clock:        clk,
		Intents:      NewIntents(clk, dataDir),
		Reservations: &Reservations{},
		Logger:       logger,
	}
}

// Begin keeps the intent to create, before the create is sent.
func (d *Desk) Begin(intent Intent) {
	if err := d.Intents.Begin(intent); err != nil {
		d.Logger.Debug("the intent to create could not be kept; a killed process would leave an orphan",
			"type", intent.Type, "error", err.Error())
	}
}

// Alone waits until no other create of this type is under way and returns the
// function that lets the next one go. Objects that cannot carry a marker are
// created one at a time, because a lost one is found among what newly appeared.
func (d *Desk) Alone(kind string) (done func()) {
	d.mu.Lock()
	if d.alone == nil {
		d.alone = map[string]*sync.Mutex{}
	}
	lock, ok := d.alone[kind]
	if !ok {
		lock = &sync.Mutex{}
		d.alone[kind] = lock
	}
	d.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

// Adopt looks for an object that an earlier, killed process of this workspace
// created from the same configuration. find lists what an intent may have
// created. It returns the object and its marker, or false. When several objects
// could be the one, its error is a *LostError, and nothing may be created: one of
// them bills without being in any state.
func Adopt[T any](
	ctx context.Context, d *Desk, kind, account, hash string,
	find func(ctx context.Context, orphan Intent) ([]T, error),
) (object T, marker string, adopted bool, err error) {
	var none T
	orphans, err := d.Intents.Orphans(kind, account, hash)
	if err != nil {
		d.Logger.Debug("the kept intents could not be read", "type", kind, "error", err.Error())
		return none, "", false, nil
	}
	for _, orphan := range orphans {
		found, err := findLate(ctx, d, orphan, find)
		if err != nil {
			return none, "", false, err
		}
		switch {
		case len(found) > 1:
			return none, "", false, &LostError{
				Type: kind, Found: len(found), Err: errKilled,
				Check: "Look for them in the platform's console: take the one that this configuration made over with terraform import, or delete what nobody uses, and apply again. " +
					"To create another nevertheless, delete the file " + d.Intents.path(orphan.Marker) + ".",
			}
		case len(found) == 1 && d.Intents.Claim(orphan.Marker):
			return found[0], orphan.Marker, true, nil
		case len(found) == 0 && d.Intents.Expired(orphan):
			d.Intents.End(orphan.Marker)
		}
	}
	return none, "", false, nil
}

var errKilled = errors.New("an earlier apply was killed")

// InState says that the state has the object id, which the create with the marker
// made ("" for one that was imported, of which hash is the digest): its intent
// ends, and no other lost create is taken for having made it.
func (d *Desk) InState(kind, account, id, marker, hash string) {
	d.Intents.End(marker)
	d.Exclude(kind, account, id, marker, hash)
}

// Exclude keeps an object that was just created, or adopted, from being taken for
// what another, lost create made. The intent of its own create stays.
func (d *Desk) Exclude(kind, account, id, marker, hash string) {
	if err := d.Intents.Exclude(kind, account, id, marker, hash); err != nil {
		d.Logger.Debug("the kept intents could not be brought up to date", "type", kind, "error", err.Error())
	}
}

// appears is how long after an intent a thing that a killed process asked for may
// still be on its way into the platform's lists.
const appears = 20 * time.Second

func findLate[T any](
	ctx context.Context, d *Desk, orphan Intent, find func(context.Context, Intent) ([]T, error),
) ([]T, error) {
	for {
		found, err := find(ctx, orphan)
		if err != nil || len(found) > 0 || d.Clock.Now().Sub(orphan.Time) >= appears {
			return found, err
		}
		if err := d.Clock.Sleep(ctx, lookEvery); err != nil {
			return nil, err
		}
	}
}

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
