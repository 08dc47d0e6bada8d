package runpod

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// bootTroubles are the words by which the host's own log tells that a container
// does not come up: there is no field for it, and the status stays STARTING.
func bootTroubles() []string {
	return []string{"error pulling image", "error creating container", "oci runtime", "container exited"}
}

// BootTrouble is the last line of the system log when it tells that the container
// cannot come up or ends as soon as it starts, else "". A host may still get over
// it: a caller acts on a trouble that stays.
func (p *Pods) BootTrouble(ctx context.Context, id string) string {
	op, err := withID(p.pods.op(opPodLogs, http.MethodGet, "/logs", transport.Never), id)
	if err != nil {
		return ""
	}
	op.Query, op.Patience = url.Values{"source": {"system"}, "tail": {"20"}}, logPatience
	var reply transport.Reply
	if err := p.pods.api.Do(ctx, op, &reply); err != nil {
		return ""
	}
	line := lastLine(reply.Body)
	for _, words := range bootTroubles() {
		if strings.Contains(strings.ToLower(line), words) {
			return p.told(line)
		}
	}
	return ""
}
