package pod

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/poll"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
)

const (
	// listLag is how long a new pod may be missing from the list.
	listLag = time.Minute
	// resetShows is how long after a reset the old container may still be seen, in
	// RUNNING; after that a container that shows no sign of a restart is taken as
	// the new one.
	resetShows = 2 * time.Minute
	// bootPatience is how long a pod may be STARTING before its log is asked, once
	// in troubleEvery, whether it is in trouble; two times in a row end the wait.
	bootPatience = 3 * time.Minute
	troubleEvery = time.Minute
)

// sight is what a look at a pod saw.
type sight struct {
	// pod is nil while it is not listed yet.
	pod *wire.Pod
	// trouble is why it does not come up, "" for all that is known.
	trouble string
}

// wait is what an await waits for.
type wait struct {
	id string
	// before is the pod as it was before a change that resets its container; nil for
	// a boot.
	before  *wire.Pod
	timeout time.Duration
}

// await waits until the pod runs with the ports mapped that it was asked for. A
// boot that cannot succeed ends it early, with the last line of the pod's log.
// The pod as it was seen last is returned also with an error, nil when it was
// never seen.
func (r *Resource) await(ctx context.Context, client *runpod.Client, w wait) (*wire.Pod, error) {
	began := r.Data.Clock.Now()
	changed := w.before == nil
	troubles := &troubles{asked: began.Add(bootPatience - troubleEvery)}
	look := func(ctx context.Context, f transport.Freshness) (sight, error) {
		pod, err := find(ctx, client, w.id, f)
		now := r.Data.Clock.Now()
		if errors.Is(err, apierr.NotFound) && now.Sub(began) < listLag && w.before == nil {
			return sight{}, nil
		}
		if err != nil {
			return sight{}, err
		}
		return sight{pod, troubles.of(ctx, client, pod, now)}, nil
	}
	judge := func(s sight) poll.Verdict {
		if s.pod == nil {
			return poll.Verdict{State: "not listed yet"}
		}
		elapsed := r.Data.Clock.Now().Sub(began)
		changed = changed || isNew(s.pod, w.before, elapsed) || elapsed > resetShows
		v := verdict(s.pod, changed)
		if s.trouble != "" && !v.Done {
			v.Failed = "its container does not come up"
		}
		return v
	}
	seen, err := poll.Until(ctx, poll.Options{
		What: "pod " + w.id + " to run", Clock: r.Data.Clock, Min: r.Data.PollMin, Max: r.Data.PollMax,
		Timeout: w.timeout, Logger: r.Data.Logger,
	}, look, judge)
	var failed *poll.StateError
	var late *poll.TimeoutError
	if errors.As(err, &failed) || errors.As(err, &late) {
		if line := client.Pods.LastLog(ctx, w.id); line != "" {
			err = fmt.Errorf("%w. Its log ends with: %s", err, line)
		}
	}
	return seen.pod, err
}

// troubles watches the log of a pod that stays in STARTING.
type troubles struct {
	asked time.Time
	times int
}

// of is the pod's trouble once it was in trouble two times in a row: a host gets
// over the first failure of a pull.
func (t *troubles) of(ctx context.Context, client *runpod.Client, pod *wire.Pod, now time.Time) string {
	if pod.Status != wire.PodStarting || now.Sub(t.asked) < troubleEvery {
		return ""
	}
	t.asked = now
	line := client.Pods.BootTrouble(ctx, pod.ID)
	if line == "" {
		t.times = 0
		return ""
	}
	if t.times++; t.times < 2 {
		return ""
	}
	return line
}

// find takes the pod from the shared list, so that many waiters cost one request.
func find(ctx context.Context, client *runpod.Client, id string, f transport.Freshness) (*wire.Pod, error) {
	pods, err := client.Pods.List(ctx, f)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(pods, func(p wire.Pod) bool { return p.ID == id }); i >= 0 {
		return &pods[i], nil
	}
	return client.Pods.Get(ctx, id, f)
}

// isNew tells whether the container is another than before a reset: RunPod may
// show the old one, in RUNNING, for a while.
func isNew(pod, before *wire.Pod, elapsed time.Duration) bool {
	if pod.Status != statusRunning {
		return true
	}
	if pod.StartedAt != nil && (before.StartedAt == nil || !pod.StartedAt.Equal(*before.StartedAt)) {
		return true
	}
	return pod.Runtime != nil && before.Runtime != nil && pod.Runtime.Uptime < before.Runtime.Uptime &&
		pod.Runtime.Uptime <= elapsed.Seconds()
}

func verdict(pod *wire.Pod, changed bool) poll.Verdict {
	v := poll.Verdict{State: pod.Status}
	switch pod.Status {
	case wire.PodRunning:
		missing := unmapped(pod)
		switch {
		case !changed:
			v.State = "RUNNING, the old container"
		case len(missing) > 0:
			v.State = "RUNNING, not mapped yet: " + strings.Join(missing, ", ")
		default:
			v.Done = true
		}
	case wire.PodError:
		v.Failed = "its container cannot be started"
	case wire.PodExited:
		v.Failed = "its container ended, or it was stopped"
	case wire.PodTerminated:
		v.Failed = "it was terminated"
	}
	return v
}

// unmapped are the TCP ports that have no public number yet. HTTP ports need
// none: the proxy knows them by the pod's id.
func unmapped(pod *wire.Pod) []string {
	public := mapped(pod)
	var missing []string
	symmetric := 0
	for _, port := range pod.Ports {
		number, protocol, _ := strings.Cut(port, "/")
		private, err := strconv.Atoi(number)
		switch {
		case protocol != "tcp" || err != nil:
		case private >= reach.SymmetricFrom:
			symmetric++ // it shows under the number that it was given
		case !slices.ContainsFunc(public, func(m wire.PodRuntimePort) bool { return m.Private == private }):
			missing = append(missing, port)
		}
	}
	if len(missing) == 0 && symmetric > 0 {
		given := 0
		for _, m := range public {
			if m.Public != nil && *m.Public == m.Private {
				given++
			}
		}
		if given < symmetric {
			missing = append(missing, "the ports with the same number inside and outside")
		}
	}
	return missing
}
