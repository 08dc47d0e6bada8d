package pod

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/poll"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// start starts a stopped pod on its own host.
func (r *Resource) start(ctx context.Context, u *update, timeout time.Duration, diags *diag.Diagnostics) error {
	if err := u.call(u.client.Pods.Start(ctx, u.id)); err != nil {
		return err
	}
	return r.awaitAgain(ctx, u, wait{id: u.id, timeout: timeout}, diags)
}

// awaitAgain waits for a pod that ran before. When the time is up the change
// stands nevertheless: how to reach the pod is left to the next refresh.
func (r *Resource) awaitAgain(ctx context.Context, u *update, w wait, diags *diag.Diagnostics) error {
	u.claim.Done(ledgerKind + "/" + u.id)
	pod, err := r.await(ctx, u.client, w)
	if pod != nil {
		u.now = pod
	}
	var late *poll.TimeoutError
	if errors.As(err, &late) {
		u.late(diags, err)
		return nil
	}
	return err
}

// late forgets how the old container was reached, so that nothing stale is kept.
func (u *update) late(diags *diag.Diagnostics, err error) {
	stale := *u.now
	stale.Runtime, stale.SSH = nil, wire.PodSSH{}
	u.now = &stale
	diags.AddAttributeWarning(path.Root("ssh"), "The pod is not reachable yet",
		err.Error()+".\n\nThe change was made. Its ports and SSH details are null until the next refresh finds them.")
}

// trouble says how an update failed and what is true now.
func (u *update) trouble(err error) kernel.Trouble {
	t := kernel.Trouble{
		Doing: "update RunPod pod " + u.id, Err: err,
		Now: "It exists and is " + u.now.Status + ". What was changed before the failure is in the state.",
	}
	var failed *poll.StateError
	switch {
	case kernel.BudgetAdvice(err) != "":
		t.Now = "It exists and is " + u.now.Status + ". Nothing was changed."
	case u.edit.starts && errors.Is(err, apierr.NoCapacity):
		t.Doing = "start RunPod pod " + u.id
		t.Now = "It is stopped and keeps its volume, which is billed."
		t.Next = "A stopped pod is bound to its host: try again when GPUs are free there, set desired_status = \"EXITED\", or replace it: terraform apply -replace=…"
	case errors.As(err, &failed):
		t.Next = "Correct the configuration and apply again."
	}
	return t
}
