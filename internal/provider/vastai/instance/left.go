package instance

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// leftError is a refusal that left an instance behind which could not be destroyed.
// It does not pass for the refusal that it comes from: no other offer is tried.
type leftError struct {
	id      int64
	message string
}

func (e *leftError) Error() string { return e.message }

// rentOffer rents one offer, once. What a refusal left behind is destroyed at once.
func (l *lease) rentOffer(ctx context.Context, offerID int64) (int64, error) {
	id, err := l.client.Instances.Create(ctx, offerID, l.request)
	if err == nil || id == 0 {
		return id, err
	}
	if failed := l.client.Instances.Destroy(ctx, id); failed != nil && !errors.Is(failed, apierr.NotFound) {
		return 0, &leftError{id, fmt.Sprintf("%v; this left instance %d behind, and it could not be destroyed: %v", err, id, failed)}
	}
	var refused *apierr.Error
	if !errors.As(err, &refused) {
		return 0, err
	}
	told := *refused
	told.Message += fmt.Sprintf(" (this left instance %d behind, which was destroyed)", id)
	return 0, &told
}

// keepLeft keeps in the state what could not be destroyed, so that the next apply or
// destroy ends it, and says what is true now; "" when nothing was left.
func keepLeft(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse, err error) string {
	var left *leftError
	if !errors.As(err, &left) {
		return ""
	}
	kernel.SaveID(ctx, req.Plan, resp, strconv.FormatInt(left.id, 10))
	return fmt.Sprintf("Instance %d exists and may bill. It is in the state: terraform destroy destroys it, and so does the next apply before it rents another one.", left.id)
}

// unveil corrects an instance that ought to run and was outbid: the platform may show
// it as one that its owner stopped, with every state stopped. Its bid tells it apart.
func unveil(i *wire.Instance, desired string) {
	if i == nil || desired != desiredRunning || !isBid(i) || i.MinBid == nil || i.DPHBase == nil {
		return
	}
	if i.IntendedStatus == wire.StatusStopped && i.CurState == wire.StatusStopped && *i.MinBid > *i.DPHBase {
		i.IntendedStatus = wire.StatusRunning
	}
}
