package instance

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// attachKeys attaches the wanted keys and detaches those that were wanted before
// and are no longer. Others are left alone.
func (r *Resource) attachKeys(ctx context.Context, client *vastai.Client, id int64, wanted, before []string) error {
	if slices.Equal(wanted, before) {
		return nil
	}
	attached, err := client.Instances.Keys(ctx, id)
	if err != nil {
		return err
	}
	has := func(key string) bool {
		for _, k := range attached {
			if wire.SameKey(k.Material(), key) {
				return true
			}
		}
		return false
	}
	for _, key := range wanted {
		if has(key) {
			continue
		}
		if err := client.Instances.AttachKey(ctx, id, strings.TrimSpace(key)); err != nil {
			return err
		}
	}
	wants := func(key string) bool {
		return slices.ContainsFunc(wanted, func(other string) bool { return wire.SameKey(key, other) })
	}
	for _, k := range attached {
		ours := slices.ContainsFunc(before, func(key string) bool { return wire.SameKey(k.Material(), key) })
		if !ours || wants(k.Material()) {
			continue
		}
		if err := client.Instances.DetachKey(ctx, id, k.ID); err != nil && !errors.Is(err, apierr.NotFound) {
			return err
		}
	}
	return nil
}
