package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Config is what a [Transport] is made of.
type Config struct {
	// Platform is the platform's name in errors: "RunPod", "Vast.ai".
	Platform string
	// BaseURL is https://…, or http:// for loopback; it may have a path.
	BaseURL string
	// APIKey goes into the Authorization header and nowhere else.
	APIKey string
	// UserAgent is sent with every request.
	UserAgent string
	Clock     clock.Clock
	Logger    *slog.Logger
	// Base is the way to the network; nil is a tuned default.
	Base http.RoundTripper
	// Classify turns a reply into an error, nil for a success. It sees every reply,
	// those with status 200 too. Platform, Op, Status and, from the header,
	// RetryAfter are filled in where it leaves them empty.
	Classify func(op Op, reply Reply) *apierr.Error
	// Quota paces requests; nil does not.
	Quota Quota
	// Seed makes the jitter of the retries repeatable; 0 seeds it at random.
	Seed uint64
}

// Quota delays requests so that the platform need not refuse them.
type Quota interface {
	// Wait returns when the request may be sent, or with ctx's error. A wait beyond
	// the deadline of [WithDeadline] fails at once with kind Throttled.
	Wait(ctx context.Context, op Op) error
	// Done reports the answer, or a reply with status 0 when none came. Every
	// successful Wait is followed by one Done.
	Done(op Op, reply Reply)
}

// Transport sends requests to one account of one platform. It is safe for
// concurrent use.
type Transport struct {
	config Config
	base   *url.URL
	memory memory
	walk   Walk
	turns  turns

	mu   sync.Mutex
	rand *rand.Rand
}

// New returns a transport. It refuses a base URL that would send the key in the
// clear to another machine, and a key that does not fit into a header.
func New(config Config) (*Transport, error) {
	base, err := parseBase(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", config.Platform, err)
	}
	if !plausibleKey(config.APIKey) {
		return nil, fmt.Errorf("%s: the API key is empty or holds blanks or characters that are not ASCII", config.Platform)
	}
	if config.Classify == nil {
		return nil, fmt.Errorf("%s: a transport needs Classify", config.Platform)
	}
	if config.Clock == nil {
		config.Clock = clock.System()
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Base == nil {
		config.Base = network()
	}
	seed := config.Seed
	if seed == 0 {
		seed = rand.Uint64() //nolint:gosec // G404: jitter is no secret.
	}
	t := &Transport{
		config: config,
		base:   base,
		rand:   rand.New(rand.NewPCG(seed, seed)), //nolint:gosec // G404: jitter is no secret.
	}
	t.Hide(config.APIKey)
	return t, nil
}

// Walk is what the lists of the account share. Who writes to the account says so there.
func (t *Transport) Walk() *Walk { return &t.walk }

// Do sends op and decodes a successful answer into out, unless that is nil. An out
// of type *Reply gets the answer as it came; if a successful one breaks off, the
// part that came. Errors of Do are *apierr.Error.
//
// The retries end at the deadline of [WithDeadline] or of ctx, or after 60 s where
// there is none.
func (t *Transport) Do(ctx context.Context, op Op, out any) error {
	c := &call{t: t, op: op, out: out, began: t.config.Clock.Now()}
	if err := c.run(withBudget(ctx, t.config.Clock)); err != nil {
		return err
	}
	return nil
}

func parseBase(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("the base URL is not a URL")
	case base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return nil, errors.New("the base URL must be a scheme, a host and at most a path")
	case base.Scheme == "https" || base.Scheme == "http" && loopback(base.Hostname()):
		return base, nil
	default:
		return nil, fmt.Errorf("the base URL %s must begin with https://; plain http:// is for loopback addresses", text)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func plausibleKey(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
}

// network is the default way to a platform. A create may take minutes to answer,
// so that only the steps before the request have limits of their own.
func network() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 15 * time.Second,
		MaxIdleConns:        32,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     60 * time.Second,
	}
}
