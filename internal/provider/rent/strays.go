package rent

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// Stray is an object that was created with this data directory for the present
// workspace and backend, and that no state known here has. It may exist no more:
// only the account can tell.
type Stray struct {
	// Type is the Terraform type.
	Type string
	// ID is the platform's id; "" when the process was killed before it was told.
	ID string
	// Marker is what the object bears; "" for types that cannot bear one.
	Marker string
	// Since is when it was created.
	Since time.Time
	// File is the record: without it the object is not reported any more.
	File string
}

// Killed tells that the process was killed before Terraform was told the id.
func (s Stray) Killed() bool { return s.ID == "" }

// Overview is what is known here of the objects that a state should have.
type Overview struct {
	// Strays are sorted by age, the oldest first.
	Strays []Stray

	// inState are the objects of the local state by type and id; nil when the state
	// cannot be read here.
	inState map[string]bool
}

// Stray returns the stray that an object is.
func (o *Overview) Stray(kind, id, marker string) (Stray, bool) {
	at := slices.IndexFunc(o.Strays, func(s Stray) bool {
		return s.Type == kind && (s.ID == id || s.Killed() && marker != "" && s.Marker == marker)
	})
	if at < 0 {
		return Stray{}, false
	}
	return o.Strays[at], true
}

// InState tells whether the present state has an object, nil when nothing here can
// tell: the state is not a local one, or another directory may have made the object.
func (o *Overview) InState(kind, id, marker string) *bool {
	has := o.inState[kind+"/"+id]
	if _, stray := o.Stray(kind, id, marker); !has && !stray {
		return nil
	}
	return &has
}

// Unreported returns the strays of a type, once in a process.
func (d *Desk) Unreported(kind string) []Stray {
	d.mu.Lock()
	seen := d.reported[kind]
	d.reported[kind] = true
	d.mu.Unlock()
	if seen {
		return nil
	}
	return slices.DeleteFunc(d.Overview().Strays, func(s Stray) bool { return s.Type != kind })
}

// Overview compares what was created with this data directory with the state.
//
// A local state can be read, and shows at once what it lacks. Of any other an object
// counts as missing when an earlier process has looked for it as well and no refresh
// has come by since: the refresh of the command under way may still come.
func (d *Desk) Overview() Overview {
	inState := objectsIn(d.dataDir)
	o := Overview{inState: inState}
	living, err := d.intents.living()
	for _, kind := range d.intents.types() {
		strays, failed := d.told(kind, inState, living)
		o.Strays, err = append(o.Strays, strays...), errors.Join(err, failed)
		orphans, failed := d.intents.orphans(kind)
		err = errors.Join(err, failed)
		for _, orphan := range orphans {
			if orphan.Marked {
				o.Strays = append(o.Strays, Stray{
					Type: kind, Marker: orphan.Marker, Since: orphan.Time, File: d.intents.pending(orphan.Owner, orphan.Marker),
				})
			}
		}
	}
	if err != nil {
		d.Logger.Debug("the kept intents could not be read", "error", err.Error())
	}
	slices.SortStableFunc(o.Strays, func(a, b Stray) int { return a.Since.Compare(b.Since) })
	return o
}

// told returns the strays of a type that Terraform was told of, but for those of
// creates under way.
func (d *Desk) told(kind string, inState, living map[string]bool) (strays []Stray, err error) {
	stages := []string{stageAnswered, stageMissed, stageHeld}
	if inState == nil {
		stages = []string{stageMissed, stageAnswered}
	}
	for _, stage := range stages {
		records, failed := d.intents.records(stage, kind, func(id string) bool { return !inState[kind+"/"+id] })
		err = errors.Join(err, failed)
		for _, r := range records {
			if living[r.Owner] || inState == nil && !d.missed(stage, &r) {
				continue
			}
			marker := r.Marker
			if !r.Marked {
				marker = ""
			}
			strays = append(strays, Stray{Type: kind, ID: r.ID, Marker: marker, Since: r.Time, File: r.File})
		}
	}
	return strays, err
}

// missed tells whether an earlier process missed the object of a record, and notes
// that this one does.
func (d *Desk) missed(stage string, r *record) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if stage == stageMissed {
		return !d.found[r.File]
	}
	to := d.intents.file(stageMissed, r.Type, r.ID)
	d.found[to] = true
	if err := datadir.Move(r.File, to); err != nil {
		d.Logger.Debug("the kept intents could not be brought up to date", "type", r.Type, "error", err.Error())
	}
	return false
}

// types are those of which anything is kept.
func (l *intents) types() []string {
	types := map[string]bool{}
	for _, stage := range []string{stageAnswered, stageMissed, stageHeld} {
		entries, _ := os.ReadDir(filepath.Join(l.dir, stage)) // none is kept where none can be read
		for _, entry := range entries {
			types[entry.Name()] = true
		}
	}
	owners, _ := l.others()
	for _, owner := range owners {
		for _, intent := range l.read(owner) {
			types[intent.Type] = true
		}
	}
	return slices.Sorted(maps.Keys(types))
}

// objectsIn are the managed objects of the local state by type and id, nil when it
// is not sure that this is the state in use: it is when Terraform holds its lock.
func objectsIn(dataDir string) map[string]bool {
	path := datadir.StatePath(dataDir)
	if path == "" || !exists(datadir.LockPath(dataDir)) {
		return nil
	}
	objects := map[string]bool{}
	content, err := os.ReadFile(path) //nolint:gosec // Terraform's own state, in its own place.
	if errors.Is(err, os.ErrNotExist) || err == nil && len(content) == 0 {
		return objects // locked, and not written yet
	}
	var state struct {
		Version   int `json:"version"` // of an encrypted state there is none
		Resources []struct {
			Mode      string `json:"mode"`
			Type      string `json:"type"`
			Instances []struct {
				Attributes struct {
					ID json.RawMessage `json:"id"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err != nil || json.Unmarshal(content, &state) != nil || state.Version == 0 {
		return nil
	}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			var id string
			if resource.Mode == "managed" && json.Unmarshal(instance.Attributes.ID, &id) == nil {
				objects[resource.Type+"/"+id] = true
			}
		}
	}
	return objects
}
