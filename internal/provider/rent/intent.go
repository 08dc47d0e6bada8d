package rent

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// NewMarker is a random marker for one create.
func NewMarker() string {
	var random [12]byte
	// crypto/rand.Read never fails; it ends the process when the system has no entropy.
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
}

// Intent is a create that is about to be sent. It holds no secrets.
type Intent struct {
	Type   string `json:"type"`
	Marker string `json:"marker"`
	// Hash is a digest of the configuration that the create was made from.
	Hash string `json:"hash"`
	// Workspace keeps the states that share a data directory apart.
	Workspace string `json:"workspace"`
	// Account tells accounts apart without naming a key: the base URL and a
	// digest of the key.
	Account string    `json:"account"`
	Time    time.Time `json:"time"`
	// Known are the ids that existed just before, for objects that cannot carry
	// the marker: what was created is not among them.
	Known []string `json:"known,omitempty"`
}

// Intents is the log of creates under way, one file each, in Terraform's data
// directory. Without a writable directory it forgets everything.
type Intents struct {
	clock     clock.Clock
	dir       string
	workspace string

	mu   sync.Mutex
	mine map[string]bool // markers of this process, which nobody may adopt from
}

// NewIntents returns the log below dataDir.
func NewIntents(clk clock.Clock, dataDir string) *Intents {
	return &Intents{
		clock:     clk,
		dir:       filepath.Join(dataDir, "gpumarket", "intents"),
		workspace: Workspace(dataDir),
		mine:      map[string]bool{},
	}
}

// Workspace is the name of the workspace that Terraform works in with this data
// directory, "default" where nothing says otherwise.
func Workspace(dataDir string) string {
	if name := os.Getenv("TF_WORKSPACE"); name != "" {
		return name
	}
	content, err := os.ReadFile(filepath.Join(dataDir, "environment")) //nolint:gosec // Terraform's own file in its own data directory.
	if name := strings.TrimSpace(string(content)); err == nil && name != "" {
		return name
	}
	return "default"
}

// Begin writes the intent to disk and syncs it. Its error means that the intent
// could not be kept; the create may go on without it.
//
// The workspace and the time are filled in.
func (l *Intents) Begin(intent Intent) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mine[intent.Marker] = true

	intent.Workspace = l.workspace
	intent.Time = l.clock.Now().UTC()
	return l.write(intent)
}

// End forgets the intent: the state has the object, or nothing bears its marker.
func (l *Intents) End(marker string) {
	if marker == "" || !validMarker(marker) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// A file that cannot be removed is looked at again by the next create.
	_ = os.Remove(l.path(marker))
}

// Orphans returns the intents of the given type, account and configuration that
// an earlier process of this workspace left behind. An orphan that a caller
// adopts must be claimed with [Intents.Claim] first.
func (l *Intents) Orphans(kind, account, hash string) ([]Intent, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	intents, err := l.read()
	if err != nil {
		return nil, err
	}
	var saved map[string]bool
	var orphans []Intent
	for _, intent := range intents {
		if intent.Type != kind || intent.Account != account || intent.Hash != hash || l.mine[intent.Marker] {
			continue
		}
		if saved == nil {
			saved = markersInState(statePath(l.workspace))
		}
		if saved[intent.Marker] {
			// Its Read has not come by: an apply that was limited to a target.
			_ = os.Remove(l.path(intent.Marker))
			continue
		}
		orphans = append(orphans, intent)
	}
	return orphans, nil
}

// read returns the intents of this workspace.
func (l *Intents) read() ([]Intent, error) {
	names, err := filepath.Glob(filepath.Join(l.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var intents []Intent
	for _, name := range names {
		content, err := os.ReadFile(name) //nolint:gosec // a file of our own directory.
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var intent Intent
		if json.Unmarshal(content, &intent) == nil && validMarker(intent.Marker) && intent.Workspace == l.workspace {
			intents = append(intents, intent)
		}
	}
	return intents, nil
}

func (l *Intents) write(intent Intent) error {
	return datadir.WriteJSON(l.path(intent.Marker), intent)
}

// Exclude says that the state has the object id, which the create with the
// marker made, so that no other lost create of its type is taken for having made
// it. An object without a marker was imported: when its content has the hash of
// an intent, it is what that create made, and the intent ends.
//
// It matters for objects that cannot carry a marker; it does nothing while no
// intent is kept.
func (l *Intents) Exclude(kind, account, id, marker, hash string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	intents, err := l.read()
	for _, intent := range intents {
		switch {
		case intent.Type != kind || intent.Account != account || intent.Marker == marker || slices.Contains(intent.Known, id):
		case marker == "" && intent.Hash == hash:
			err = errors.Join(err, os.Remove(l.path(intent.Marker)))
		default:
			intent.Known = append(intent.Known, id)
			err = errors.Join(err, l.write(intent))
		}
	}
	return err
}

// Claim reports whether the caller may adopt what bears the marker; it is true
// once in a process.
func (l *Intents) Claim(marker string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mine[marker] {
		return false
	}
	l.mine[marker] = true
	return true
}

// Expired reports whether an intent is so old that a thing it created would
// have shown itself by now.
func (l *Intents) Expired(intent Intent) bool {
	return l.clock.Now().Sub(intent.Time) > 10*time.Minute
}

func (l *Intents) path(marker string) string { return filepath.Join(l.dir, marker+".json") }

func validMarker(marker string) bool {
	decoded, err := hex.DecodeString(marker)
	return err == nil && len(decoded) == 12
}
