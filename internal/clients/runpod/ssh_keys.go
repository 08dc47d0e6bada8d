package runpod

import (
	"context"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// SSHKeys are the public keys of the account.
type SSHKeys struct {
	api *transport.Transport
}

// List returns the keys in authorized_keys form.
func (k *SSHKeys) List(ctx context.Context) ([]string, error) {
	return browse(ctx, k.api, "getSshKeys", "/v2/account/ssh-keys", "keys", nil, func(key *string) string { return *key })
}
