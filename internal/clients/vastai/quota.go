package vastai

import (
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// Names of the operations in the service's API document. It lacks the last one.
const (
	opSearchOffers    = "searchOffers"
	opCreateInstance  = "createInstance"
	opListInstances   = "showInstances"
	opShowInstance    = "showInstance"
	opManageInstance  = "manageInstance"
	opDestroyInstance = "destroyInstance"
	opChangeBid       = "changeBid"
	opListKeys        = "showSshKeys"
	opAttachKey       = "attachSshKey"
	opDetachKey       = "detachSshKey"
	opAccountKeys     = "getSshKeysUser"
	opShowUser        = "showUser"
	opSearchTemplates = "searchTemplates"
	opListVolumes     = "listVolumes"
	opUpdateTemplate  = "updateInstanceTemplate"
)

// interval is the least time between two calls of an operation. The service keeps
// one for each method and route; the figures are those in the examples of its API
// document, taken for seconds. Operations without a figure are not paced, the
// search of offers among them.
func interval(op transport.Op) time.Duration {
	var threshold time.Duration
	switch op.Name {
	case opListInstances, opManageInstance:
		threshold = time.Second
	case opShowInstance, opDetachKey:
		threshold = 2 * time.Second
	case opDestroyInstance, opSearchTemplates:
		threshold = 3 * time.Second
	case opCreateInstance:
		threshold = 4500 * time.Millisecond
	case opChangeBid, opListVolumes:
		threshold = 5500 * time.Millisecond
	default:
		return 0
	}
	// The service measures arrivals, and the way there is not always equally long.
	return threshold + threshold/20 + 50*time.Millisecond
}
