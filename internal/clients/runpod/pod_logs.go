package runpod

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

const (
	opPodLogs = "getPodLogs"
	// logPatience ends the reading of a log: the service keeps the stream open for
	// what is still to come.
	logPatience = 3 * time.Second
)

// LastLog is the last line of the pod's system and container log, "" when there
// is none or it cannot be read. It is for messages about pods that do not come up.
func (p *Pods) LastLog(ctx context.Context, id string) string {
	op, err := withID(p.pods.op(opPodLogs, http.MethodGet, "/logs", transport.Never), id)
	if err != nil {
		return ""
	}
	op.Query, op.Patience = url.Values{"tail": {"20"}}, logPatience
	var reply transport.Reply
	if err := p.pods.api.Do(ctx, op, &reply); err != nil {
		return ""
	}
	return p.told(lastLine(reply.Body))
}

// maxLine is the most of a log's line that is told, in bytes.
const maxLine = 500

// told is a line of a log fit for a message: containers print their environment.
func (p *Pods) told(line string) string { return transport.Cap(p.pods.api.Clean(line), maxLine) }

// lastLine is the line of the last event that has one.
func lastLine(stream []byte) string {
	last := ""
	lines := bufio.NewScanner(bytes.NewReader(stream))
	lines.Buffer(nil, len(stream)+1)
	for lines.Scan() {
		data, is := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		var event struct {
			Line string `json:"line"`
		}
		// The last event may be cut off.
		if is && json.Unmarshal(data, &event) == nil && event.Line != "" {
			last = event.Line
		}
	}
	return last
}
