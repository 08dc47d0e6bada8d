// Package vastai is a client of the Vast.ai API as a renter uses it, one file per
// noun. It speaks wire truth: bodies as they travel, refusals with their
// [apierr.Kind], classified here once from status, code and message together.
//
// Paths have a slash at their end, or have none, exactly as the vendor's command
// line sends them: a redirect would lose the body of a write.
package vastai

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Window is how long a list answers reads of single objects once something was written;
// until then it does so for the whole walk, see [transport.Walk].
const Window = 10 * time.Second

const platform = "Vast.ai"

// Config is what a [Client] is made of; see transport.Config.
type Config struct {
	APIKey, BaseURL, UserAgent string
	Clock                      clock.Clock
	Logger                     *slog.Logger
	Base                       http.RoundTripper
}

// Client is one Vast.ai account. It is safe for concurrent use. What its methods
// return is shared with other callers: the slices are the caller's own, what their
// elements point to is not to be changed.
type Client struct {
	Offers    *Offers
	Instances *Instances
	Templates *Templates
	Volumes   *Volumes
	SSHKeys   *SSHKeys
	Account   *Account

	api *transport.Transport
}

// Hide takes secrets that the platform keeps out of all that is told from now on: in
// errors, in logs and by [Client.Clean].
func (c *Client) Hide(secrets ...string) { c.api.Hide(secrets...) }

// Clean is a text of the platform's without the secrets that were sent to it or
// hidden.
func (c *Client) Clean(text string) string { return c.api.Clean(text) }

// New returns a client. It sends nothing.
func New(config Config) (*Client, error) {
	clk := config.Clock
	if clk == nil {
		clk = clock.System()
	}
	t, err := transport.New(transport.Config{
		Platform: platform, BaseURL: config.BaseURL, APIKey: config.APIKey, UserAgent: config.UserAgent,
		Clock: clk, Logger: config.Logger, Base: config.Base,
		Classify: classify, Quota: transport.NewIntervalQuota(clk, pace),
	})
	if err != nil {
		return nil, err
	}
	offers := newOffers(t, clk)
	return &Client{
		Offers:    offers,
		Instances: newInstances(t, clk, offers),
		Templates: &Templates{transport: t, reads: newShelf[[]wire.Template](clk, Window)},
		Volumes:   newVolumes(t, clk),
		SSHKeys:   newSSHKeys(t, clk),
		Account:   &Account{transport: t},
		api:       t,
	}, nil
}

// nothing is the body of a write that has nothing to say.
func nothing() any { return struct{}{} }

// failure is an error of this client's own, for answers that are well formed and
// yet cannot be right.
func failure(op transport.Op, kind apierr.Kind, format string, args ...any) *apierr.Error {
	return &apierr.Error{Platform: platform, Op: op.Name, Kind: kind, Status: http.StatusOK, Message: fmt.Sprintf(format, args...)}
}
