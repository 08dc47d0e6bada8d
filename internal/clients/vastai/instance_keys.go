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

// keysAnswer is {"ssh_keys": …}; a missing key is not an empty list.
type keysAnswer struct{ keys wire.SSHKeyList }

func (a *keysAnswer) UnmarshalJSON(data []byte) error {
	var body struct {
		Keys json.RawMessage `json:"ssh_keys"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	if body.Keys == nil {
		return errors.New("it has no ssh_keys")
	}
	return json.Unmarshal(body.Keys, &a.keys)
}

// The SSH keys of one instance.
//
//nolint:gochecknoglobals // constants in all but syntax.
var (
	listInstanceKeys = operation{
		name: "showSshKeys", method: http.MethodGet, path: "/api/v0/instances/{id}/ssh/", repeat: transport.Safe, interval: 2 * time.Second,
	}
	attachKey = operation{
		name: "attachSshKey", method: http.MethodPost, path: "/api/v0/instances/{id}/ssh/", repeat: transport.Safe, interval: 2 * time.Second,
	}
	detachKey = operation{
		name: "detachSshKey", method: http.MethodDelete, path: "/api/v0/instances/{id}/ssh/{id}/", repeat: transport.Safe, interval: 2 * time.Second,
	}
)

// Keys lists the SSH keys attached to an instance.
func (s *Instances) Keys(ctx context.Context, id int64) ([]wire.SSHKey, error) {
	var a keysAnswer
	err := s.instances.api.Do(ctx, listInstanceKeys.op(id), &a)
	return a.keys, err
}

// AttachKey adds a public key, by its text. One that is attached already is no
// error, so that a repeated call is none either.
func (s *Instances) AttachKey(ctx context.Context, id int64, key string) error {
	err := s.instances.api.Do(ctx, attachKey.with(map[string]string{"ssh_key": key}, id), nil)
	if errors.Is(err, apierr.Conflict) {
		return nil
	}
	return err
}

// DetachKey removes a key by its number; apierr.NotFound when it is not attached.
func (s *Instances) DetachKey(ctx context.Context, id, keyID int64) error {
	return s.instances.api.Do(ctx, detachKey.with(nothing(), id, keyID), nil)
}
