// Package runpod is a client of the RunPod REST API v2, one file per noun of the
// API. It speaks wire truth: bodies as they travel, refusals with their
// [apierr.Kind], classified here once.
package runpod

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Window is how long a list answers reads of single objects once something was written;
// until then it does so for the whole walk, see [transport.Walk].
const Window = 10 * time.Second

// platform is the name in errors.
const platform = "RunPod"

// Config is what a [Client] is made of; see transport.Config.
type Config struct {
	APIKey, BaseURL, UserAgent string
	Clock                      clock.Clock
	Logger                     *slog.Logger
	Base                       http.RoundTripper
}

// Client is one RunPod account.
type Client struct {
	Pods           *Pods
	NetworkVolumes *NetworkVolumes
	Catalog        *Catalog
	Templates      *Templates
	SSHKeys        *SSHKeys

	api *transport.Transport
}

// Hide takes secrets that the platform keeps out of all that is told from now on: in
// errors, in logs and by [Client.Clean].
func (c *Client) Hide(secrets ...string) { c.api.Hide(secrets...) }

// Clean is a text of the platform's without the secrets that were sent to it or
// hidden.
func (c *Client) Clean(text string) string { return c.api.Clean(text) }

// New returns a client. It sends nothing. BaseURL is the root of the API with or
// without the /v2 at its end, which RunPod's own pages count as part of it.
func New(config Config) (*Client, error) {
	baseURL, err := rootURL(config.BaseURL)
	if err != nil {
		return nil, err
	}
	api, err := transport.New(transport.Config{
		Platform: platform, BaseURL: baseURL, APIKey: config.APIKey, UserAgent: config.UserAgent,
		Clock: config.Clock, Logger: config.Logger, Base: config.Base, Classify: classify, Quota: transport.NewHeaderQuota(config.Clock),
	})
	if err != nil {
		return nil, err
	}
	return &Client{
		Pods:           newPods(api, config.Clock),
		NetworkVolumes: newNetworkVolumes(api, config.Clock),
		Catalog:        newCatalog(api, config.Clock),
		Templates:      newTemplates(api, config.Clock),
		SSHKeys:        &SSHKeys{api: api},
		api:            api,
	}, nil
}

// rootURL takes the version off a base URL. Everything else about it is for
// [transport.New] to check.
func rootURL(text string) (string, error) {
	root := strings.TrimRight(text, "/")
	if strings.HasSuffix(root, "/v1") {
		return "", errors.New("the base URL is that of REST v1, which RunPod has retired; v2 is at https://api.runpod.io")
	}
	return strings.TrimSuffix(root, "/v2"), nil
}
