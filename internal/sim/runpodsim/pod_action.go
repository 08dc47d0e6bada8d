package runpodsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// podState is a pod as the API shows it, with what a test wants to know besides.
type podState struct {
	podOut
	HostID    string             `json:"host_id"`
	HourlyUSD float64            `json:"hourly_usd"` // everything it costs now, disks included
	BilledUSD float64            `json:"billed_usd"`
	Billed    map[string]float64 `json:"billed"`               // by component
	HiddenEnv map[string]string  `json:"hidden_env,omitempty"` // injected and not returned by the API
}

// podNoun is pods.
func (s *Sim) podNoun() noun {
	const path = "/v2/pods"
	return noun{
		Key: "pods", State: func() any { return simkit.Rows(s.pods, s.podState) }, Reset: s.pods.Clear,
		Bills: func() []simkit.Bill {
			return simkit.Rows(s.pods, func(p *pod) simkit.Bill { return simkit.Bill{Kind: "pod", ID: p.id, Meter: p.meter} })
		},
		Routes: []route{
			onList(path, "listPods", s.listPods),
			on(http.MethodPost, path, "createPod", body(createPodRule(), s.createPod)),
			on(http.MethodGet, path+"/{id}", "getPod", s.getPod),
			on(http.MethodPatch, path+"/{id}", "updatePod", body(updatePodRule(), s.updatePod)),
			on(http.MethodDelete, path+"/{id}", "deletePod", s.deletePod),
			on(http.MethodGet, path+"/{id}/logs", "getPodLogs", s.podLogs),
			on(http.MethodPost, path+"/{id}/action", "podAction", body(actionRule(), s.podAction)),
		},
	}
}

func (s *Sim) podState(p *pod) podState {
	return podState{
		podOut: s.out(p), HostID: p.host.id, HourlyUSD: p.meter.Rate(), BilledUSD: p.meter.Total(s.now),
		Billed: p.meter.Billed(s.now), HiddenEnv: p.hidden,
	}
}

// listPods answers with every pod; no cluster of this account has any to add.
func (s *Sim) listPods(c *call) (int, any, *problem) {
	q := &query{values: c.query}
	if q.list("includeClusterPods", "true", "false"); len(q.errs) > 0 {
		return 0, nil, invalid(q.errs)
	}
	return http.StatusOK, map[string]any{"pods": simkit.Rows(s.pods, s.out)}, nil
}

func (s *Sim) getPod(c *call) (int, any, *problem) {
	p := s.pods.Get(c.id)
	if p == nil {
		return 0, nil, notFound("pod")
	}
	return http.StatusOK, s.out(p), nil
}

func (s *Sim) deletePod(c *call) (int, any, *problem) {
	p := s.pods.Get(c.id)
	if p == nil {
		return 0, nil, notFound("pod")
	}
	return s.terminate(p)
}

func (s *Sim) terminate(p *pod) (int, any, *problem) {
	if p.locked && !s.options.LockedDeletable {
		return 0, nil, s.isLocked()
	}
	s.remove(p, s.now)
	return http.StatusNoContent, nil, nil
}

func (s *Sim) podAction(c *call, in actionBody) (int, any, *problem) {
	p := s.pods.Get(c.id)
	if p == nil {
		return 0, nil, notFound("pod")
	}
	status := p.status(s.now)
	switch {
	case !slices.Contains(actions(status), in.Action):
		return 0, nil, refuse(http.StatusConflict, "action %s is not valid for a pod in status %s", in.Action, status)
	case p.locked && (in.Action == "stop" || in.Action == "restart"):
		return 0, nil, s.isLocked()
	}
	boot := s.kit.Boot()
	switch in.Action {
	case "stop":
		s.stop(p, s.now)
	case "start":
		if pr := s.start(p); pr != nil {
			return 0, nil, pr
		}
	case "restart":
		s.begin(p, boot/10, 0, boot/2, false)
	default:
		return s.terminate(p)
	}
	return http.StatusOK, s.out(p), nil
}

// start boots a pod on the host it is bound to.
func (s *Sim) start(p *pod) *problem {
	if s.broke || s.balance() < p.rate {
		return refuse(http.StatusPaymentRequired, "Your balance is too low to run this pod for one hour.")
	}
	if p.host.offline || (!p.holds && !p.host.free(p.units())) {
		return badRequest(hostFull)
	}
	s.occupy(p)
	if p.cloud == community {
		// The address is only promised to stay in the SECURE cloud.
		p.ip = fmt.Sprintf("203.0.113.%d", 1+s.rnd.IntN(254))
	}
	s.begin(p, 0, 0, s.kit.Boot()/2, false)
	s.meterPod(p, s.now)
	return nil
}

// maxTail is the longest piece of a log that can be asked for, in lines.
const maxTail = 5000

// line is one event of a log stream.
type line struct {
	TS     time.Time `json:"ts"`
	Source string    `json:"source"`
	Line   string    `json:"line"`
}

// podLogs answers what has been logged so far and ends the stream.
func (s *Sim) podLogs(c *call) (int, any, *problem) {
	q := &query{values: c.query}
	source := q.list("source", "container", "system")
	tail := 100
	if q.has("tail") {
		if tail = q.number("tail", 0); tail > maxTail {
			q.fail("tail", "got %d, want at most %d", tail, maxTail)
		}
	}
	if len(q.errs) > 0 {
		return 0, nil, invalid(q.errs)
	}
	p := s.pods.Get(c.id)
	if p == nil {
		return 0, nil, notFound("pod")
	}
	var lines []line
	for _, l := range p.logs(s.now) {
		if len(source) == 0 || l.Source == source[0] {
			lines = append(lines, l)
		}
	}
	first := max(0, len(lines)-tail)
	var events strings.Builder
	for i, l := range lines[first:] {
		data, err := json.Marshal(l)
		if err != nil {
			return 0, nil, refuse(http.StatusInternalServerError, "log: %v", err)
		}
		fmt.Fprintf(&events, "id: %s/%012d\ndata: %s\n\n", l.TS.Format(time.RFC3339), first+i+1, data)
	}
	return http.StatusOK, stream{
		contentType: "text/event-stream", body: []byte(events.String()),
		header: http.Header{"Cache-Control": {"no-cache"}, "X-Accel-Buffering": {"no"}},
	}, nil
}

// logs tells the story of the current container.
func (p *pod) logs(now time.Time) []line {
	r := p.current(now)
	story := []line{{r.starts, "system", "create container " + r.image}, {r.starts, "system", r.image + " Pulling"}}
	switch r.outcome {
	case pullFails:
		story = append(story, line{r.runs, "system", "error pulling image: manifest for " + r.image + " not found: manifest unknown"})
	case createFails:
		story = append(story, line{r.runs, "system", "error creating container: OCI runtime create failed: exec format error"})
	case exitsAtOnce:
		story = append(story, line{r.runs, "system", "start container: begin"}, line{r.runs, "system", "container exited with code 0"})
	case neverStarts:
		story = append(story, line{r.runs, "system", "start container: begin"}, line{r.runs, "system", "container exited with code 1, restarting"})
	case comesUp:
		story = append(story, line{r.runs, "system", "start container: begin"}, line{r.runs, "container", "ready"})
	}
	if !r.ended.IsZero() {
		now = r.ended
	}
	return slices.DeleteFunc(story, func(l line) bool { return l.TS.After(now) })
}

func directSSH(ip string, port int) *sshEndpoint {
	return &sshEndpoint{Host: ip, Port: port, Username: "root", Command: fmt.Sprintf("ssh root@%s -p %d", ip, port)}
}
