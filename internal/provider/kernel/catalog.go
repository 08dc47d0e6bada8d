package kernel

import (
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// GPUSale is the list price of one GPU of the type in a cloud and the most GPUs
// that a pod there may have. sold is false, and the rest 0, where the type is not
// sold: the catalog carries placeholders there.
func GPUSale(t *wire.GPUType, cloud string) (price money.PerHour, maxCount int, sold bool) {
	switch {
	case cloud == wire.CloudSecure && t.Secure:
		return money.PerHour(t.Price.Secure), t.MaxCount.Secure, true
	case cloud == wire.CloudCommunity && t.Community:
		return money.PerHour(t.Price.Community), t.MaxCount.Community, true
	default:
		return 0, 0, false
	}
}
