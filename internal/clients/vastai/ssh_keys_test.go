package vastai_test

import (
	"errors"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	keys := w.client.SSHKeys
	// The service answers 404 for an account without keys.
	if all, err := keys.List(ctx, transport.Recent); err != nil || all == nil || len(all) != 0 {
		t.Errorf("keys %v, %v, want an empty list", all, err)
	}
	const text = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdwdW1hcmtldA test"
	made, err := keys.Create(ctx, text)
	if err != nil || made.Material() != text || made.CreatedAt == nil || made.UserID == nil {
		t.Fatalf("%+v, %v", made, err)
	}
	if all, err := keys.List(ctx, transport.Recent); err != nil || len(all) != 1 || all[0].ID != made.ID {
		t.Errorf("keys %v, %v", all, err)
	}
	if got, err := keys.Get(ctx, made.ID, transport.Recent); err != nil || got.Material() != text {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = keys.Create(ctx, text)
	wantKind(t, err, apierr.Conflict, "already exists")

	w.fault("deleteSshKey", 1, 400, `{"success":false,"error":"no_ssh_key","msg":"No ssh key provided"}`)
	err = keys.Delete(ctx, made.ID)
	wantKind(t, err, apierr.Invalid, "") // it is listed
	if err := keys.Delete(ctx, made.ID); err != nil {
		t.Error(err)
	}
	// The service calls the request invalid; the list tells what it means.
	if err := keys.Delete(ctx, made.ID); !errors.Is(err, apierr.NotFound) {
		t.Errorf("a key that is gone: %v", err)
	}
	if _, err := keys.Get(ctx, made.ID, transport.Recent); !errors.Is(err, apierr.NotFound) {
		t.Errorf("a key that is gone: %v", err)
	}

	w.fault("getSshKeysUser", 1, 404, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`)
	_, err = keys.List(ctx, transport.Freshness{NotBefore: w.clock.Now()})
	wantKind(t, err, apierr.Unauthorized, "")
	w.fault("createSshKey", 1, 403, `{"success":false,"error":"team_ssh_keys_not_supported","msg":"no"}`)
	_, err = keys.Create(ctx, text)
	wantKind(t, err, apierr.Forbidden, "")
	w.fault("getSshKeysUser", 50, 200, `{"success":true}`)
	_, err = keys.List(ctx, transport.Freshness{NotBefore: w.clock.Now()})
	wantKind(t, err, apierr.Malformed, "")
}
