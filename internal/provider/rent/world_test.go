package rent

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

// object is one that a platform has.
type object struct{ id, marker, content string }

// platform is an account. It forgets nothing and refuses nothing.
type platform struct {
	mu      sync.Mutex
	objects []object
	sent    int
}

func (p *platform) create(marker, content string) object {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
	made := object{id: fmt.Sprintf("id%d", p.sent), marker: marker, content: content}
	p.objects = append(p.objects, made)
	return made
}

func (p *platform) list() []object {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.objects)
}

// site is a data directory with a clock, and the account that its objects are on.
type site struct {
	t     *testing.T
	dir   string
	clock *clocktest.Leaping
	on    *platform
}

func newSite(t *testing.T) *site {
	t.Helper()
	return &site{t: t, dir: t.TempDir(), clock: at(), on: &platform{}}
}

// desk is that of a new process.
func (s *site) desk() *Desk {
	s.t.Helper()
	d := NewDesk(s.clock, s.dir, slog.New(slog.DiscardHandler))
	s.t.Cleanup(d.End)
	return d
}

// backend makes init's record of another place for the state.
func (s *site) backend(path string) {
	s.t.Helper()
	record := fmt.Sprintf(`{"version":3,"backend":{"type":"local","config":{"path":%q,"workspace_dir":null},"hash":1}}`, path)
	if err := os.WriteFile(filepath.Join(s.dir, "terraform.tfstate"), []byte(record), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

const (
	markedType   = "gpumarket_runpod_pod"
	unmarkedType = "gpumarket_runpod_network_volume"
)

// kinds are the two ways in which a lost object is found.
func kinds() []string { return []string{markedType, unmarkedType} }

// creation is of one object with the content.
func (s *site) creation(kind, content string) Creation[object] {
	c := Creation[object]{
		Type: kind, Hash: Hash(content), Account: NewAccount("https://api.example", "key", nil),
		ID: func(o object) string { return o.id },
		Rent: func(ctx context.Context, marker string, send Send[object]) (object, error) {
			return send(ctx, func(context.Context) (object, error) { return s.on.create(marker, content), nil })
		},
		Check: func(marker string) string { return "Look for " + marker + "." },
	}
	c.Find = func(_ context.Context, intent Intent) (found []object, err error) {
		for _, o := range s.on.list() {
			if kind == markedType && o.marker == intent.Marker || kind == unmarkedType && o.content == content && !slices.Contains(intent.Known, o.id) {
				found = append(found, o)
			}
		}
		return found, nil
	}
	if kind == unmarkedType {
		c.Before = func(context.Context) (ids []string, err error) {
			for _, o := range s.on.list() {
				ids = append(ids, o.id)
			}
			return ids, nil
		}
		c.Rent = func(ctx context.Context, _ string, send Send[object]) (object, error) {
			return send(ctx, func(context.Context) (object, error) { return s.on.create("", content), nil })
		}
	}
	return c
}

// create is a create that ends: Terraform is told the id.
func (s *site) create(d *Desk, kind, content string) *Made[object] {
	s.t.Helper()
	made, err := Once(s.t.Context(), d, s.creation(kind, content))
	if err != nil {
		s.t.Fatal(err)
	}
	made.Answered()
	return made
}

// kill ends a process while the answer to its create is under way; what it asked for
// is made. It returns the object.
func (s *site) kill(d *Desk, kind, content string) object {
	s.t.Helper()
	return s.killed(d, kind, content, 1)[0]
}

// killed is [site.kill] of a process with several equal creates under way.
func (s *site) killed(d *Desk, kind, content string, count int) []object {
	s.t.Helper()
	made := make(chan object, count)
	var sent, creates sync.WaitGroup
	sent.Add(count)
	for range count {
		creates.Go(func() {
			defer func() {
				if recover() == nil {
					s.t.Error("the create outlived its process")
				}
			}()
			c := s.creation(kind, content)
			rent := c.Rent
			c.Rent = func(ctx context.Context, marker string, send Send[object]) (object, error) {
				o, err := rent(ctx, marker, send)
				made <- o
				sent.Done()
				sent.Wait()
				d.End()
				panic(fmt.Sprintf("killed after %v, %v", o, err))
			}
			_, err := Once(s.t.Context(), d, c)
			s.t.Errorf("the create returned %v", err)
		})
	}
	creates.Wait()
	close(made)
	return slices.Collect(func(yield func(object) bool) {
		for o := range made {
			if !yield(o) {
				return
			}
		}
	})
}

// stage lists the files of a stage by type and id.
func (s *site) stage(name string) []string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "gpumarket", "intents", name, "*", "*.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return files
}
