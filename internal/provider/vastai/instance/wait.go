package instance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/poll"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

const (
	// appears is for how long a new instance may be missing from every answer.
	appears = 120 * time.Second
	// askAgain is the pause between two starts of an instance whose GPUs are taken:
	// the platform says that it queues the wish, and does not always.
	askAgain = 60 * time.Second
	// stuck is for how long a failure may stand before it is believed.
	stuck = 60 * time.Second
	// restarts is how long a container may look untouched after a change.
	restarts = 5 * time.Second
)

// watch waits for one instance.
type watch struct {
	data    *kernel.Data
	client  *vastai.Client
	id      int64
	ports   []port
	timeout time.Duration
	// desired is the status that is waited for, in the words of desired_status.
	desired string

	// firstBoot ends the wait for what never becomes a running container.
	firstBoot bool
	// born is when it was rented; zero for one that has been seen.
	born time.Time
	// restarting: what runs is the old container until it was seen down.
	restarting bool
	// starts asks for the GPUs again while they are taken.
	starts bool

	// over says that it is above a limit, which ends the wait; nil where nothing can be.
	over func(row *wire.Instance) error
	// tooDear is what over said.
	tooDear error

	began, lastStart, failing time.Time
	seenDown                  bool
	now                       time.Time
}

func (r *Resource) watch(client *vastai.Client, id int64, plan *model, timeout time.Duration) *watch {
	w := &watch{data: r.Data, client: client, id: id, timeout: timeout}
	for _, text := range kernel.Strings(plan.Ports) {
		if p, err := parsePort(text); err == nil {
			w.ports = append(w.ports, p)
		}
	}
	return w
}

// until waits until the instance is in the desired status. The last row that was
// seen is returned also with an error, nil when none was.
func (w *watch) until(ctx context.Context, desired string) (*wire.Instance, error) {
	w.began = w.data.Clock.Now()
	w.lastStart, w.desired = w.began, desired
	judge := w.judgeRunning
	what := fmt.Sprintf("Vast.ai instance %d to run", w.id)
	if desired == desiredStopped {
		judge, what = w.judgeStopped, fmt.Sprintf("Vast.ai instance %d to stop", w.id)
	}
	ctx = transport.WithDeadline(ctx, w.data.Clock, w.timeout)
	return poll.Until(ctx, poll.Options{
		What: what, Clock: w.data.Clock, Min: w.data.PollMin, Max: w.data.PollMax, Timeout: w.timeout, Logger: w.data.Logger,
	}, w.look, func(row *wire.Instance) poll.Verdict {
		if w.over != nil && row != nil {
			if w.tooDear = w.over(row); w.tooDear != nil {
				return poll.Verdict{Failed: w.tooDear.Error(), State: statusOf(row, w.now)}
			}
		}
		return judge(row)
	})
}

// look reads the instance, and asks for its GPUs again when it is time.
func (w *watch) look(ctx context.Context, f transport.Freshness) (*wire.Instance, error) {
	row, err := w.client.Instances.Get(ctx, w.id, f)
	w.now = w.data.Clock.Now()
	if errors.Is(err, apierr.NotFound) && !w.born.IsZero() && w.now.Sub(w.born) < appears {
		return nil, nil //nolint:nilnil // not there yet is no error.
	}
	if err != nil {
		return nil, err
	}
	unveil(row, w.desired)
	if w.starts && w.now.Sub(w.lastStart) >= askAgain {
		if status := statusOf(row, w.now); status == statusScheduling || status == statusStopped {
			w.lastStart = w.now
			if err := w.client.Instances.Start(ctx, w.id); err != nil && !errors.Is(err, apierr.NoCapacity) && !apierr.Transient(err) {
				return nil, err
			}
		}
	}
	return row, nil
}

func (w *watch) judgeStopped(row *wire.Instance) poll.Verdict {
	if row == nil {
		return poll.Verdict{State: "not listed yet"}
	}
	status := statusOf(row, w.now)
	switch status {
	case statusStopped, statusEnded:
		return poll.Verdict{Done: true, State: status}
	case statusGone:
		return poll.Verdict{Failed: "it was destroyed", State: status}
	default:
		return poll.Verdict{State: describe(status, row)}
	}
}

func (w *watch) judgeRunning(row *wire.Instance) poll.Verdict {
	if row == nil {
		return poll.Verdict{State: "not listed yet"}
	}
	status := statusOf(row, w.now)
	verdict := poll.Verdict{State: describe(status, row)}
	w.seenDown = w.seenDown || status != statusRunning
	switch status {
	case statusRunning:
		return w.judgeUp(row)
	case statusStopped, statusStopping:
		if w.firstBoot {
			verdict.Failed = "Vast.ai stopped trying to start it"
		}
	case statusOffline:
		if w.firstBoot && w.persists() {
			verdict.Failed = "its host is no longer connected"
		}
	case statusExited:
		// A container that is recreated still reads as exited for a moment.
		if w.firstBoot || w.persists() {
			verdict.Failed = "its container ended"
		}
	case statusLoading:
		if !broken(row) {
			w.failing = time.Time{}
		} else if w.persists() {
			verdict.Failed = "its container cannot be started"
		}
	case statusEnded:
		verdict.Failed = "the contract with the host has ended"
	case statusGone:
		verdict.Failed = "it was destroyed"
	}
	return verdict
}

// judgeUp judges an instance that runs: by what can be reached.
func (w *watch) judgeUp(row *wire.Instance) poll.Verdict {
	w.failing = time.Time{}
	if w.restarting && !w.seenDown && w.now.Sub(w.began) < restarts {
		return poll.Verdict{State: "running, not restarted yet"}
	}
	if missing := w.missing(row); missing != "" {
		return poll.Verdict{State: "running, " + missing}
	}
	return poll.Verdict{Done: true, State: statusRunning}
}

// persists reports whether the present failure has stood for a while.
func (w *watch) persists() bool {
	if w.failing.IsZero() {
		w.failing = w.now
	}
	return w.now.Sub(w.failing) >= stuck
}

// broken reports whether the host's Docker daemon has refused the image or the
// container; the platform goes on loading for minutes after that.
func broken(row *wire.Instance) bool {
	message := string(row.StatusMsg)
	return strings.Contains(message, "Error response from daemon") || strings.Contains(message, "OCI runtime create failed")
}

// missing says what cannot be reached yet.
func (w *watch) missing(row *wire.Instance) string {
	for _, p := range w.ports {
		if p.number >= symmetricFrom {
			continue // mapped under the number that was drawn
		}
		if _, ok := mapped(row, p); !ok {
			return fmt.Sprintf("port %d/%s not mapped yet", p.number, p.protocol)
		}
	}
	mode, direct, _ := launchOf(string(row.ImageRuntype))
	if _, ok := mapped(row, port{sshPort, tcp}); direct && !ok {
		return "SSH not mapped yet"
	}
	if _, _, ok := sshAddress(row); mode != launchArgs && mode != "" && !ok {
		return "SSH not reachable yet"
	}
	return ""
}

func describe(status string, row *wire.Instance) string {
	if row.StatusMsg == "" {
		return status
	}
	return status + ": " + string(row.StatusMsg)
}

// report tells how a wait ended badly. One that runs but whose ports are not all
// mapped is only warned about: the next refresh fills them in.
func (w *watch) report(diags *diag.Diagnostics, verb string, row *wire.Instance, err error) {
	if err == nil {
		return
	}
	id := strconv.FormatInt(w.id, 10)
	var late *poll.TimeoutError
	if errors.As(err, &late) && row != nil && statusOf(row, w.now) == statusRunning {
		diags.AddWarning("Not everything of Vast.ai instance "+id+" can be reached yet",
			fmt.Sprintf("It runs, but after %s: %s. What is missing is null now; the next refresh fills it in.", w.timeout, w.missing(row)))
		return
	}
	trouble := kernel.Trouble{Doing: verb + " Vast.ai instance " + id, Err: err, Now: w.billing(row)}
	if w.starts {
		trouble.Next = "Other users may have rented its GPUs. Wait and apply again, or replace it: terraform apply -replace=… rents another one, and the data on its disk is lost."
	} else if w.firstBoot {
		trouble.Next = "The next apply replaces it; terraform destroy destroys it and stops its cost."
	}
	kernel.AddError(diags, trouble)
}

// billing says what a failed wait leaves behind.
func (w *watch) billing(row *wire.Instance) string {
	if row == nil {
		return "As far as is known, it exists and is billed until it is destroyed."
	}
	hourly := kernel.Rate(hourlyOf(row))
	if hourly == nil {
		return "It exists and is billed until it is destroyed."
	}
	if row.CurState == wire.StatusStopped {
		return fmt.Sprintf("It exists and its disk bills %s USD/h until it is destroyed.", hourly)
	}
	return fmt.Sprintf("It exists and is billed up to %s USD/h until it is destroyed.", hourly)
}
