package runpod

import (
	"context"
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// SSHKeys are the public keys of the account.
type SSHKeys struct {
	api *transport.Transport
}

// List returns the keys in authorized_keys form.
func (k *SSHKeys) List(ctx context.Context) ([]string, error) {
	out := list[string]{key: "keys", id: func(key *string) string { return *key }}
	const path = "/v2/account/ssh-keys"
	err := k.api.Do(ctx, transport.Op{
		Name: "getSshKeys", Method: http.MethodGet, Path: path, Route: path, Repeat: transport.Safe,
	}, &out)
	return out.items, err
}
