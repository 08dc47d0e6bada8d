package vastai

import (
	"context"
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

//nolint:gochecknoglobals // constants in all but syntax.
var (
	// showUser stands only in the hand-kept API document, which names no interval.
	showUser = operation{
		name: "showUser", method: http.MethodGet, path: "/api/v0/users/current", repeat: transport.Safe, interval: unpaced,
	}
)

// Account is the account itself.
type Account struct{ transport *transport.Transport }

// Current returns the account with its balance.
func (a *Account) Current(ctx context.Context) (*wire.User, error) {
	op := showUser.op()
	var user wire.User
	if err := a.transport.Do(ctx, op, &user); err != nil {
		return nil, err
	}
	if user.ID <= 0 {
		return nil, failure(op, apierr.Malformed, "the account has no id")
	}
	return &user, nil
}
