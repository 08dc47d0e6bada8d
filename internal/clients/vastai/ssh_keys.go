package vastai

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// SSHKeys are the public keys of the account, which every new instance gets. A key of
// a team has none: the service refuses all of this with apierr.Forbidden.
type SSHKeys struct {
	keys *collection[wire.SSHKey]
}

//nolint:gochecknoglobals // constants in all but syntax.
var (
	listKeys = operation{
		name: "getSshKeysUser", method: http.MethodGet, path: "/api/v0/ssh/", repeat: transport.Safe, interval: time.Second,
	}
	createKey = operation{
		name: "createSshKey", method: http.MethodPost, path: "/api/v0/ssh/", repeat: transport.IfNotSent, interval: time.Second,
	}
	deleteKey = operation{
		name: "deleteSshKey", method: http.MethodDelete, path: "/api/v0/ssh/{id}/", repeat: transport.Safe, interval: time.Second,
	}
)

func newSSHKeys(api *transport.Transport, clk clock.Clock) *SSHKeys {
	return &SSHKeys{newCollection(api, clk, Window, noun[wire.SSHKey]{
		one: "SSH key", list: listKeys, missing: true,
		id:    func(k *wire.SSHKey) int64 { return k.ID },
		ended: func(k *wire.SSHKey) bool { return k.DeletedAt != nil },
	})}
}

// List returns the keys.
func (k *SSHKeys) List(ctx context.Context, f transport.Freshness) ([]wire.SSHKey, error) {
	return k.keys.all(ctx, f)
}

// Get returns one key; apierr.NotFound when two lists lack it.
func (k *SSHKeys) Get(ctx context.Context, id int64, f transport.Freshness) (*wire.SSHKey, error) {
	return k.keys.get(ctx, id, f)
}

// newKey is {"key": {…}}.
type newKey struct{ key wire.SSHKey }

func (n *newKey) UnmarshalJSON(data []byte) error {
	var body struct {
		Key wire.SSHKey `json:"key"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	if body.Key.ID <= 0 {
		return errors.New("the key has no id")
	}
	n.key = body.Key
	return nil
}

// Create adds a key by its text; Ambiguous: it may be there. apierr.Conflict: it was
// before.
func (k *SSHKeys) Create(ctx context.Context, text string) (*wire.SSHKey, error) {
	var answer newKey
	if err := k.keys.write(ctx, createKey.with(map[string]string{"ssh_key": text}), &answer); err != nil {
		return nil, err
	}
	return &answer.key, nil
}

// Delete removes a key from the account. Instances that have it keep it.
func (k *SSHKeys) Delete(ctx context.Context, id int64) error {
	return k.keys.remove(ctx, id, deleteKey.with(nothing(), id))
}
