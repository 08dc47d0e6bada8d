package rent

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// hold moves the record of an object to the stage of those that a state had, and
// ends the orphan that it turns out to be, as after an import.
func (l *intents) hold(o Object) error {
	held := l.file(stageHeld, o.Type, o.ID)
	for _, stage := range []string{stageAnswered, stageMissed} {
		// Almost always there is none: the object was confirmed long ago.
		if from := l.file(stage, o.Type, o.ID); exists(from) {
			return datadir.Move(from, held)
		}
	}
	if o.Hash == "" {
		return l.adoptedElsewhere(o)
	}
	if exists(held) {
		return nil
	}
	record := Intent{Type: o.Type, Marker: o.Marker, Workspace: l.workspace, Backend: l.backend, Time: l.clock.Now().UTC()}
	return errors.Join(l.imported(o), datadir.WriteJSON(held, record))
}

// adoptedElsewhere ends the orphan with the marker of an object that the state has:
// it was imported after the process that made it was killed.
func (l *intents) adoptedElsewhere(o Object) error {
	if o.Marker == "" {
		return nil
	}
	owners, err := l.others()
	for _, owner := range owners {
		if file := l.pending(owner, o.Marker); exists(file) {
			err = errors.Join(err, os.Remove(file))
		}
	}
	return err
}

// imported ends the oldest orphan that may have made an object without a marker:
// of equal content, and not there before.
func (l *intents) imported(o Object) error {
	if o.Marker != "" {
		return nil
	}
	orphans, err := l.orphans(o.Type)
	for _, orphan := range orphans {
		if !orphan.Marked && orphan.Hash == o.Hash && !slices.Contains(orphan.Known, o.ID) {
			return os.Remove(l.pending(orphan.Owner, orphan.Marker))
		}
	}
	return err
}

// forget removes every record of an object.
func (l *intents) forget(kind, id string) {
	for _, stage := range []string{stageAnswered, stageMissed, stageHeld} {
		_ = os.Remove(l.file(stage, kind, id)) // usually there is none
	}
}

// owned tells whether Terraform was told of an object, whatever became of it.
func (l *intents) owned(kind, id string) bool {
	return slices.ContainsFunc([]string{stageAnswered, stageMissed, stageHeld}, func(stage string) bool {
		return exists(l.file(stage, kind, id))
	})
}

// record is an object that Terraform was told of.
type record struct {
	Intent

	ID, File string
}

// records returns those of a stage and type that the filter lets through, without
// reading the others.
func (l *intents) records(stage, kind string, wanted func(id string) bool) ([]record, error) {
	entries, err := os.ReadDir(filepath.Join(l.dir, stage, kind))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var records []record
	for _, entry := range entries {
		file := filepath.Join(l.dir, stage, kind, entry.Name())
		if id := idOf(entry.Name()); id != "" && wanted(id) {
			if intent := datadir.ReadJSON[Intent](file); l.here(intent) {
				records = append(records, record{Intent: intent, ID: id, File: file})
			}
		}
	}
	return records, err
}

// living are the owners whose processes run, this one included.
func (l *intents) living() (map[string]bool, error) {
	living := map[string]bool{l.owner: true}
	owners, err := l.others()
	if err != nil || len(owners) == 0 {
		return living, err
	}
	leave, err := l.scanning()
	if err != nil {
		return living, err
	}
	defer leave()
	for _, owner := range owners {
		living[owner] = l.alive(owner)
	}
	return living, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
