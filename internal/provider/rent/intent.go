package rent

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

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
	// Marked tells whether what is created bears the marker.
	Marked bool `json:"marked"`
	// Hash is a digest of the configuration that the create was made from.
	Hash string `json:"hash"`
	// Workspace and Backend keep the states that share a data directory apart.
	Workspace string `json:"workspace"`
	Backend   string `json:"backend"`
	// Account is [Account.Key] for what bears the marker, else [Account.ID].
	Account string `json:"account"`
	// Owner is the configured provider that created or adopted the object.
	Owner string    `json:"owner"`
	Time  time.Time `json:"time"`
	// Known are the ids that existed just before, for objects that cannot bear
	// the marker: what was created is not among them.
	Known []string `json:"known,omitempty"`
}

// The stages of a create, each a folder. An object is in one of them at a time,
// and moves on by a rename, which no other process sees half done.
const (
	// stagePending is pending/<owner>/<marker>.json: Terraform was not told the id.
	stagePending = "pending"
	// stageAnswered is answered/<type>/<id>.json: it was told, and no refresh has
	// shown that the state has the object.
	stageAnswered = "answered"
	// stageMissed is the same, and a later process has looked for it.
	stageMissed = "missed"
	// stageHeld: a state of this data directory had the object.
	stageHeld = "held"
)

// intents is the log of creates, in Terraform's data directory. Without a writable
// directory it forgets everything.
type intents struct {
	clock              clock.Clock
	dir                string
	workspace, backend string
	owner              string

	mu sync.Mutex
	// lock shows that the owner lives; nil before its first intent.
	lock  *flock.Flock
	ended bool
}

func newIntents(clk clock.Clock, dataDir string) *intents {
	return &intents{
		clock:     clk,
		dir:       filepath.Join(dataDir, "gpumarket", "intents"),
		workspace: datadir.Workspace(dataDir),
		backend:   datadir.Backend(dataDir),
		owner:     NewMarker(),
	}
}

var errEnded = errors.New("the provider has ended")

// live makes the owner's folder and takes its lock, for as long as the process
// lives. It is called under mu.
func (l *intents) live() error {
	if l.lock != nil {
		return nil
	}
	if l.ended {
		return errEnded
	}
	leave, err := l.scanning()
	if err != nil {
		return err
	}
	defer leave()
	folder := l.folder(l.owner)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(folder, lockFile))
	if _, err := lock.TryLock(); err != nil {
		return err
	}
	l.lock = lock
	return nil
}

// end gives the owner's lock up, as the end of its process does.
func (l *intents) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.lock != nil {
		_ = l.lock.Close()
		l.lock = nil
	}
}

const lockFile = "lock"

// scanning keeps others from making, looking through and removing the folders of
// owners. While it is held, a lock that cannot be taken is one of a living owner.
func (l *intents) scanning() (leave func(), err error) {
	return datadir.LockBriefly(filepath.Join(l.dir, "scan.lock"))
}

// begin writes the intent to disk and syncs it; workspace, backend, owner and time
// are filled in. Its error means that the intent could not be kept; the create may
// go on without it.
func (l *intents) begin(intent Intent) error {
	l.mu.Lock()
	err := l.live()
	l.mu.Unlock()
	if err != nil {
		return err
	}
	intent.Workspace, intent.Backend, intent.Owner = l.workspace, l.backend, l.owner
	intent.Time = l.clock.Now().UTC()
	return datadir.WriteJSON(l.pending(l.owner, intent.Marker), intent)
}

// drop forgets an intent of this owner: nothing was created.
func (l *intents) drop(marker string) {
	// A file that cannot be removed is looked at again by a later process.
	_ = os.Remove(l.pending(l.owner, marker))
}

// answer says that Terraform is told the id of what the create made.
func (l *intents) answer(marker, kind, id string) error {
	answered := l.file(stageAnswered, kind, id)
	if err := datadir.Move(l.pending(l.owner, marker), answered); err != nil {
		// What Terraform knows must not look like an orphan.
		l.drop(marker)
		return err
	}
	return datadir.Sync(filepath.Dir(answered))
}

// orphans returns the intents of the type that owners who are dead left behind in
// this workspace and backend, the oldest first. Of the living it reads nothing.
func (l *intents) orphans(kind string) ([]Intent, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	owners, err := l.others()
	if err != nil || len(owners) == 0 {
		return nil, err
	}
	leave, err := l.scanning()
	if err != nil {
		return nil, err
	}
	defer leave()
	var orphans []Intent
	for _, owner := range owners {
		if l.alive(owner) {
			continue
		}
		left := l.read(owner)
		if len(left) == 0 {
			_ = os.Remove(filepath.Join(l.folder(owner), lockFile))
			_ = os.Remove(l.folder(owner))
		}
		for _, intent := range left {
			if intent.Type == kind && l.here(intent) {
				orphans = append(orphans, intent)
			}
		}
	}
	slices.SortFunc(orphans, func(a, b Intent) int { return a.Time.Compare(b.Time) })
	return orphans, nil
}

// here tells whether an intent belongs to the state that Terraform works with now.
func (l *intents) here(intent Intent) bool {
	return intent.Workspace == l.workspace && intent.Backend == l.backend
}

// others are the owners that have a folder, this one left out.
func (l *intents) others() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(l.dir, stagePending))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var owners []string
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != l.owner {
			owners = append(owners, entry.Name())
		}
	}
	return owners, err
}

// alive tells whether an owner's lock is held. It is called while scanning.
func (l *intents) alive(owner string) bool {
	if owner == l.owner {
		return true
	}
	if _, err := os.Stat(l.folder(owner)); err != nil {
		return false
	}
	lock := flock.New(filepath.Join(l.folder(owner), lockFile))
	taken, err := lock.TryLock()
	_ = lock.Close()
	// Where locks do not work nobody can be shown to be dead.
	return err != nil || !taken
}

// read returns the intents of an owner.
func (l *intents) read(owner string) []Intent {
	names, err := filepath.Glob(filepath.Join(l.folder(owner), "*.json"))
	if err != nil {
		return nil
	}
	var left []Intent
	for _, name := range names {
		intent := datadir.ReadJSON[Intent](name)
		if intent.Marker+".json" == filepath.Base(name) {
			intent.Owner = owner
			left = append(left, intent)
		}
	}
	return left
}

// take makes an orphan this owner's, unless another was faster.
func (l *intents) take(orphan Intent) bool {
	l.mu.Lock()
	err := l.live()
	l.mu.Unlock()
	own := l.pending(l.owner, orphan.Marker)
	if err != nil || datadir.Move(l.pending(orphan.Owner, orphan.Marker), own) != nil {
		return false
	}
	orphan.Owner = l.owner
	// What cannot be written is still the orphan's own file.
	_ = datadir.WriteJSON(own, orphan)
	return true
}

// expired tells whether an intent is so old that a thing it created would have
// shown itself by now.
func (l *intents) expired(intent Intent) bool {
	return l.clock.Now().Sub(intent.Time) > 10*time.Minute
}

func (l *intents) folder(owner string) string { return filepath.Join(l.dir, stagePending, owner) }

func (l *intents) pending(owner, marker string) string {
	return filepath.Join(l.folder(owner), marker+".json")
}

// file is where an object with an id stands in a stage.
func (l *intents) file(stage, kind, id string) string {
	return filepath.Join(l.dir, stage, kind, fileName(id))
}

// fileName is an id as the name of a file. File systems may not tell upper from
// lower case.
func fileName(id string) string {
	plain := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' }
	if id != "" && strings.IndexFunc(id, func(r rune) bool { return !plain(r) }) < 0 {
		return id + ".json"
	}
	return "~" + hex.EncodeToString([]byte(id)) + ".json"
}

// idOf is the id whose file has the name, "" for a name of another kind.
func idOf(name string) string {
	text, ok := strings.CutSuffix(name, ".json")
	if !ok || strings.HasPrefix(text, ".") {
		return ""
	}
	encoded, ok := strings.CutPrefix(text, "~")
	if !ok {
		return text
	}
	id, err := hex.DecodeString(encoded)
	if err != nil {
		return ""
	}
	return string(id)
}
