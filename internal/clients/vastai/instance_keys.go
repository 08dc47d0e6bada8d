package vastai

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

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

// Keys lists the SSH keys attached to an instance.
func (s *Instances) Keys(ctx context.Context, id int64) ([]wire.SSHKey, error) {
	var a keysAnswer
	err := s.transport.Do(ctx, transport.Op{
		Name: opListKeys, Method: http.MethodGet, Path: keysPath(itoa(id)), Route: keysPath("{id}"), Repeat: transport.Safe,
	}, &a)
	return a.keys, err
}

// AttachKey adds a public key, by its text. One that is attached already is no
// error, so that a repeated call is none either.
func (s *Instances) AttachKey(ctx context.Context, id int64, key string) error {
	err := s.transport.Do(ctx, transport.Op{
		Name: opAttachKey, Method: http.MethodPost, Path: keysPath(itoa(id)), Route: keysPath("{id}"),
		Body: map[string]string{"ssh_key": key}, Repeat: transport.Safe,
	}, nil)
	if errors.Is(err, apierr.Conflict) {
		return nil
	}
	return err
}

// DetachKey removes a key by its number; apierr.NotFound when it is not attached.
func (s *Instances) DetachKey(ctx context.Context, id, keyID int64) error {
	return s.transport.Do(ctx, transport.Op{
		Name: opDetachKey, Method: http.MethodDelete, Path: keysPath(itoa(id)) + itoa(keyID) + "/", Route: keysPath("{id}") + "{ssh_key_id}/",
		Body: nothing(), Repeat: transport.Safe,
	}, nil)
}

func keysPath(id string) string { return "/api/v0/instances/" + id + "/ssh/" }
