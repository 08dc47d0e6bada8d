package rent

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inDirectory makes the test's working directory that of Terraform. Such a test
// cannot run beside others.
func inDirectory(t *testing.T) *site {
	t.Helper()
	t.Setenv("TF_WORKSPACE", "")
	s := newSite(t)
	t.Chdir(filepath.Dir(s.dir))
	return s
}

// state writes a local state with the objects of the marked type, locked as while
// Terraform runs.
func (s *site) state(name string, ids ...string) {
	s.t.Helper()
	var instances []string
	for _, id := range ids {
		instances = append(instances, fmt.Sprintf(`{"attributes":{"id":%q}}`, id))
	}
	content := fmt.Sprintf(`{"version":4,"resources":[{"mode":"managed","type":"random_pet","instances":[{"attributes":{"id":7}}]},
		{"mode":"managed","type":%q,"instances":[%s]}]}`, markedType, strings.Join(instances, ","))
	for file, text := range map[string]string{name: content, "." + name + ".lock.info": `{"ID":"x"}`} {
		if err := writeFile(file, text); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) strays(d *Desk) string {
	s.t.Helper()
	ids := make([]string, 0, 4)
	for _, stray := range d.Overview().Strays {
		name := stray.ID
		if stray.Killed() {
			name = "killed"
		}
		ids = append(ids, name)
		if _, err := os.Stat(stray.File); err != nil {
			s.t.Errorf("%v has no file: %v", stray, err)
		}
	}
	return strings.Join(ids, " ")
}

// TestStrays_LocalState: what was created here and is not in the local state is
// reported at once, also when the state had it for a while.
func TestStrays_LocalState(t *testing.T) {
	s := inDirectory(t)
	creating := s.desk()
	s.create(creating, markedType, "c") // id1
	s.create(creating, markedType, "c") // id2
	s.create(creating, markedType, "c") // id3
	s.state("terraform.tfstate", "id2")
	if got := s.strays(creating); got != "" {
		t.Errorf("the process that creates reports %q", got)
	}
	if got := s.strays(s.desk()); got != "" {
		t.Errorf("beside the process that creates %q is reported", got)
	}
	creating.End()
	d := s.desk()
	d.InState(Object{Type: markedType, ID: "id3"})
	if got := s.strays(d); got != "id1 id3" {
		t.Errorf("strays %q, want id1, which no state had, and id3, which was removed from it", got)
	}
	o := d.Overview()
	for id, want := range map[string]string{"id1": "false", "id2": "true", "id3": "false", "unknown": "nil"} {
		got := "nil"
		if in := o.InState(markedType, id, ""); in != nil {
			got = fmt.Sprint(*in)
		}
		if got != want {
			t.Errorf("%s in the state: %s, want %s", id, got, want)
		}
	}
	if first, again := d.Unreported(markedType), d.Unreported(markedType); len(first) != 2 || len(again) != 0 {
		t.Errorf("reported %v and then %v, want both, once", first, again)
	}
	d.Gone(markedType, "id1")
	if got := s.strays(d); got != "id3" {
		t.Errorf("strays %q after the end of id1", got)
	}
	s.state("terraform.tfstate", "id2", "id3") // moved back
	if got := s.strays(d); got != "" {
		t.Errorf("strays %q, want none", got)
	}
}

// TestStrays_OtherState: what another backend, workspace or -state made is nobody's
// stray here.
func TestStrays_OtherState(t *testing.T) {
	s := inDirectory(t)
	s.backend("a.tfstate")
	creating := s.desk()
	s.create(creating, markedType, "c")
	creating.End()
	s.backend("b.tfstate")
	s.state("b.tfstate")
	if got := s.strays(s.desk()); got != "" {
		t.Errorf("another backend's %q is reported", got)
	}
	s.backend("a.tfstate")
	s.state("a.tfstate", "id1")
	if got := s.strays(s.desk()); got != "" {
		t.Errorf("%q is reported, and the state has it", got)
	}
	s.state("a.tfstate")
	if got := s.strays(s.desk()); got != "id1" {
		t.Errorf("strays %q, want id1", got)
	}
	// With -state it is another file that is locked.
	if err := os.Rename(".a.tfstate.lock.info", ".elsewhere.lock.info"); err != nil {
		t.Fatal(err)
	}
	if got := s.strays(s.desk()); got != "" {
		t.Errorf("%q is reported, and the state in use is not known", got)
	}
}

// TestStrays_RemoteState: where the state cannot be read an object is reported once
// an earlier process missed it as well, unless a refresh shows it.
func TestStrays_RemoteState(t *testing.T) {
	s := inDirectory(t)
	creating := s.desk()
	s.create(creating, markedType, "c")
	s.create(creating, markedType, "c")
	creating.End()
	first := s.desk()
	for range 2 {
		if got := s.strays(first); got != "" {
			t.Errorf("%q is reported by the first process that looks", got)
		}
	}
	first.InState(Object{Type: markedType, ID: "id2"}) // its Read comes late
	if got := s.strays(s.desk()); got != "id1" {
		t.Errorf("strays %q, want id1", got)
	}
	last := s.desk()
	last.InState(Object{Type: markedType, ID: "id1"})
	if got := s.strays(last); got != "" {
		t.Errorf("strays %q, want none", got)
	}
}

// TestStrays_Killed: what a killed process left is reported until it is adopted.
func TestStrays_Killed(t *testing.T) {
	s := inDirectory(t)
	orphan := s.kill(s.desk(), markedType, "c")
	s.kill(s.desk(), unmarkedType, "c") // which nobody can tell apart
	d := s.desk()
	if got := s.strays(d); got != "killed" {
		t.Errorf("strays %q, want the killed one", got)
	}
	o := d.Overview()
	if stray, ok := o.Stray(markedType, orphan.id, orphan.marker); !ok || !stray.Killed() {
		t.Errorf("stray %v, %v; want it found by its marker", stray, ok)
	}
	s.create(d, markedType, "c")
	if got := s.strays(s.desk()); got != "" {
		t.Errorf("strays %q after the adoption", got)
	}
}

// TestStrays_Encrypted: a state that cannot be read reports nothing.
func TestStrays_Encrypted(t *testing.T) {
	s := inDirectory(t)
	creating := s.desk()
	s.create(creating, markedType, "c")
	creating.End()
	s.state("terraform.tfstate")
	if err := writeFile("terraform.tfstate", `{"serial":1,"encrypted_data":"abc"}`); err != nil {
		t.Fatal(err)
	}
	if got := s.strays(s.desk()); got != "" {
		t.Errorf("%q is reported", got)
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, id := range []string{"abc", "ABC", "4711", "a/b", "../x", "~61", "", "a.json"} {
		name := fileName(id)
		if idOf(name) != id || filepath.Base(name) != name || names[strings.ToLower(name)] {
			t.Errorf("%q is the file %q, which is the id %q", id, name, idOf(name))
		}
		names[strings.ToLower(name)] = true
	}
	if got := idOf(".new-123.json"); got != "" {
		t.Errorf("a file that is being written is the id %q", got)
	}
}
