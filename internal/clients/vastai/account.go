package vastai

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

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
	listKeys = operation{
		name: "getSshKeysUser", method: http.MethodGet, path: "/api/v0/ssh/", repeat: transport.Safe, interval: time.Second,
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

// SSHKeys lists the account's keys; none is an empty list.
func (a *Account) SSHKeys(ctx context.Context) ([]wire.SSHKey, error) {
	var answer json.RawMessage
	op := listKeys.op()
	err := a.transport.Do(ctx, op, &answer)
	if errors.Is(err, apierr.NotFound) {
		// The service answers 404 for an account without keys.
		return []wire.SSHKey{}, nil
	}
	if err != nil {
		return nil, err
	}
	if len(answer) == 0 || answer[0] != '[' {
		return nil, failure(op, apierr.Malformed, "the account's SSH keys are no list")
	}
	var keys wire.SSHKeyList
	if err := json.Unmarshal(answer, &keys); err != nil {
		return nil, failure(op, apierr.Malformed, "%s", err)
	}
	return keys, nil
}
