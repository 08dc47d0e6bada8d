package kernel

import (
	"context"
	"errors"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// WhileInUse repeats a delete that the platform refuses because something that
// is being deleted itself still holds the object. It gives up with the last
// refusal when the timeout is over.
func WhileInUse(ctx context.Context, clk clock.Clock, timeout time.Duration, remove func(context.Context) error) error {
	pause := 2 * time.Second
	for began := clk.Now(); ; {
		err := remove(ctx)
		if !errors.Is(err, apierr.InUse) || clk.Now().Sub(began)+pause > timeout {
			return err
		}
		if sleepErr := clk.Sleep(ctx, pause); sleepErr != nil {
			return err
		}
		pause = min(2*pause, 15*time.Second)
	}
}
