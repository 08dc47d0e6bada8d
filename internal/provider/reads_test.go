package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// reader is a machine with outputs that read single ports and fields.
type reader struct {
	address string
	// config has the given lines beside a name, an image and what is rented.
	config func(lines ...string) string
	// web and tcp are what ports has, by the port in the maps.
	web, tcp map[string]string
	// urlStays: the URL of a port does not depend on whether the machine runs.
	urlStays bool
}

func readers() map[string]reader {
	return map[string]reader{
		"pod": {
			address: "gpumarket_runpod_pod.a",
			config: func(lines ...string) string {
				return "resource \"gpumarket_runpod_pod\" \"a\" " + acctest.Block("", append(lines, `name = "a"`, acctest.Block("gpu", `types = ["RTX 4090"]`))...)
			},
			web: map[string]string{"8000": "8000/http", "9000": "9000/http"}, tcp: map[string]string{"22": "22/tcp", "7000": "7000/tcp"},
			urlStays: true,
		},
		"instance": {
			address: "gpumarket_vastai_instance.a",
			config: func(lines ...string) string {
				return "resource \"gpumarket_vastai_instance\" \"a\" " + acctest.Block("", append(lines, `disk_gb = 20`, acctest.Block("offer", `gpu_names = ["RTX 4090"]`, `direct_ports = 3`))...)
			},
			web: map[string]string{"8000": "8000", "9000": "9000/tcp"}, tcp: map[string]string{"8000": "8000", "9000": "9000/tcp"},
		},
	}
}

// ports is the ports attribute with the ports of both maps.
func (r reader) ports() string {
	both := maps.Clone(r.web)
	maps.Copy(both, r.tcp)
	text := `ports = [`
	for _, key := range slices.Sorted(maps.Keys(both)) {
		text += `"` + both[key] + `", `
	}
	return text + `]`
}

func (r reader) outputs() string {
	tcp := slices.Sorted(maps.Keys(r.tcp))[0]
	return `
output "url" { value = ` + r.address + `.http_urls["8000"] }
output "port" { value = ` + r.address + `.tcp_ports["` + tcp + `"] }
output "host" { value = ` + r.address + `.ssh.host }
output "all" { value = [` + r.address + `.http_urls, ` + r.address + `.tcp_ports, ` + r.address + `.ssh] }
`
}

const anImage = `image = "ubuntu:24.04"`

// TestReads_Stop: an output that reads a port or the SSH host of a machine is in the
// way of no stop, no plan after it, no start and no import.
func TestReads_Stop(t *testing.T) {
	t.Parallel()
	for name, r := range readers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t).Protocol(t)
			running := r.config(anImage, r.ports()) + r.outputs()
			stopped := r.config(anImage, r.ports(), `desired_status = "stopped"`) + r.outputs()
			tcp := slices.Sorted(maps.Keys(r.tcp))[0]

			w.Plan(running).Creates(r.address).Unknown(r.address, "http_urls", "tcp_ports", "ssh")
			w.Apply(running)
			url := w.Output("url")
			for _, output := range []string{"url", "port", "host"} {
				if w.Output(output) == nil {
					t.Errorf("output %s of a running machine is null", output)
				}
			}
			w.Plan(running).Empty()

			var then any
			if r.urlStays {
				then = url
			}
			p := w.Plan(stopped).Updates(r.address).Planned(r.address, `http_urls["8000"]`, then).
				Planned(r.address, `tcp_ports["`+tcp+`"]`, nil).Planned(r.address, "ssh.host", nil)
			p.Apply()
			for output, want := range map[string]any{"url": then, "port": nil, "host": nil} {
				if got := w.Output(output); got != want {
					t.Errorf("output %s of a stopped machine is %v, want %v", output, got, want)
				}
			}
			w.Plan(stopped).Empty()
			w.Apply(stopped).Empty() // with what the refresh found

			id := w.ID(r.address)
			w.Forget(r.address)
			w.Import(stopped, r.address, id)
			w.Apply(stopped)
			w.Plan(stopped).Empty()

			w.Plan(running).Updates(r.address).Unknown(r.address, "tcp_ports", "ssh")
			w.Apply(running)
			w.Plan(running).Empty()
			w.Destroy()
		})
	}
}

// TestReads_Ports: the keys are those of the ports that are configured, also when
// these change while the machine is stopped, or together with the stop.
func TestReads_Ports(t *testing.T) {
	t.Parallel()
	for name, r := range readers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t).Protocol(t)
			fewer := r
			fewer.web, fewer.tcp = maps.Clone(r.web), maps.Clone(r.tcp)
			delete(fewer.web, "9000")
			delete(fewer.tcp, "9000")
			stop := `desired_status = "stopped"`
			for _, step := range []struct {
				of    reader
				lines []string
			}{
				{fewer, nil}, {r, []string{stop}}, {fewer, []string{stop}}, {r, []string{stop}}, {fewer, nil}, {r, nil},
			} {
				config := step.of.config(append(step.lines, anImage, step.of.ports())...) + r.outputs()
				w.Apply(config)
				for attribute, want := range map[string]map[string]string{"http_urls": step.of.web, "tcp_ports": step.of.tcp} {
					got, _ := w.Value(r.address, attribute).(map[string]any)
					if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, slices.Sorted(maps.Keys(want))) {
						t.Errorf("%s has the keys %v, want those of %v", attribute, keys, want)
					}
				}
				w.Plan(config).Empty()
			}
			w.Destroy()
		})
	}
}

// TestReads_Late: ports that are not mapped by the end of an apply are null, with a
// warning, and the next refresh fills them in; what runs is kept.
func TestReads_Late(t *testing.T) {
	t.Parallel()
	for name, r := range readers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, func(o *sim.Options) {
				o.RunPod = func(o *runpodsim.Options) { o.PortsLag = 10 * time.Minute }
				o.Vastai = func(o *vastaisim.Options) { o.PortsLag = 10 * time.Minute }
			})
			w := env.Protocol(t)
			tcp := slices.Sorted(maps.Keys(r.tcp))[0]
			for _, image := range []string{anImage, `image = "ubuntu:22.04"`} {
				config := r.config(image, r.ports(), acctest.Block("timeouts", `create = "5m"`, `update = "5m"`)) + r.outputs()
				if found := w.TryApply(config); len(found.Errors()) > 0 || len(found.Warnings().Say("null")) == 0 {
					t.Errorf("applied with:\n%s\nwant a warning that something is null", found)
				}
				if w.Tainted(r.address) || w.Output("port") != nil {
					t.Errorf("tainted: %v, port: %v", w.Tainted(r.address), w.Output("port"))
				}
				env.World.Advance(10 * time.Minute)
				w.Refresh()
				if got := w.Value(r.address, `tcp_ports["`+tcp+`"]`); got == nil {
					t.Error("the refresh did not find the port")
				}
				w.Apply(config) // the outputs
				w.Plan(config).Empty()
			}
			w.Destroy()
		})
	}
}

// TestReads_Import: what an import fills in and the configuration leaves out is left
// alone on the platform. Whatever the configuration says, the first plan is at most
// an update in place, and the next one is empty.
func TestReads_Import(t *testing.T) {
	t.Parallel()
	r := readers()["instance"]
	const onstart = `onstart = "echo hello"`
	for name, tt := range map[string]struct {
		lines  []string
		writes []string
	}{
		"the same":        {[]string{r.ports(), onstart}, nil},
		"left out":        {nil, nil},
		"written in full": {[]string{strings.Replace(r.ports(), `"8000"`, `"8000/tcp"`, 1), onstart}, nil},
		"others":          {[]string{`ports = ["7000"]`}, []string{"updateInstanceTemplate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			w := env.Protocol(t)
			w.Apply(r.config(anImage, r.ports(), onstart))
			id := w.ID(r.address)
			w.Forget(r.address)

			config := r.config(append(tt.lines, anImage)...)
			w.Import(config, r.address, id)
			env.ResetJournal()
			p := w.Plan(config)
			if action := p.Actions()[r.address]; action != protocol.Update && action != protocol.NoOp {
				t.Errorf("the first plan is to %s", action)
			}
			if len(tt.writes) == 0 {
				if p.Value(r.address, "ssh.host") == nil {
					t.Error("the plan restarts the container")
				}
				if lost := p.Diagnostics.Warnings().Say(lossOfDisk); len(lost) > 0 {
					t.Errorf("warned of a loss: %s", lost)
				}
			}
			p.Apply()
			env.Wrote(t, tt.writes...)
			w.Plan(config).Empty()
			w.Destroy()
		})
	}
}
