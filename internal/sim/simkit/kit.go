package simkit

import (
	"crypto/subtle"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// DefaultAPIKey is the key of a simulated account unless another is set.
const DefaultAPIKey = "gpusim-key" //nolint:gosec // opens nothing but the simulation

// Quota modes of a simulated platform.
const (
	// QuotaOff: requests are never refused for their number.
	QuotaOff = "off"
	// QuotaDocumented: each platform keeps the limits its fact sheet states.
	QuotaDocumented = "documented"
)

// Options set up a [Kit]. The zero value is usable.
type Options struct {
	// Clock is what virtual time is measured from; nil is the machine's clock.
	Clock clock.Clock
	// APIKey is the one valid key; "" is [DefaultAPIKey].
	APIKey string
	// Seed makes ids, addresses and the built-in market reproducible.
	Seed uint64
	// Boot is how long a rented machine takes until it runs; 0 is at once.
	Boot time.Duration
	// Latency is how long every request waits before it is looked at.
	Latency time.Duration
	// Quota is [QuotaOff] (also "") or [QuotaDocumented].
	Quota string
	// OpenPorts promises that somebody listens on [Loopback] for what runs: see
	// sim.World.ServePorts. Addresses and ports of what runs are then those.
	OpenPorts bool
}

// Kit is the shared machinery of one simulated world. It is safe for
// concurrent use.
type Kit struct {
	options Options
	clock   *clock.Offset
	ports   atomic.Int64 // that were looked at for mappings

	mu        sync.Mutex
	journal   []Entry
	faults    []*activeFault
	platforms map[string]Platform
}

// New returns a kit whose virtual time starts at the present of its clock.
func New(options Options) *Kit {
	if options.Clock == nil {
		options.Clock = clock.System()
	}
	if options.APIKey == "" {
		options.APIKey = DefaultAPIKey
	}
	if options.Quota == "" {
		options.Quota = QuotaOff
	}
	return &Kit{options: options, clock: clock.NewOffset(options.Clock), platforms: map[string]Platform{}}
}

// Clock is the virtual clock. Its Sleep is not shortened by [Kit.Advance].
func (k *Kit) Clock() clock.Clock { return k.clock }

// Now is the present in virtual time, UTC.
func (k *Kit) Now() time.Time { return k.clock.Now().UTC() }

// Advance moves virtual time forward by d; a negative d does nothing.
func (k *Kit) Advance(d time.Duration) { k.clock.Advance(d) }

// Boot is how long a rented machine takes until it runs.
func (k *Kit) Boot() time.Duration { return k.options.Boot }

// APIKey is the one valid key.
func (k *Kit) APIKey() string { return k.options.APIKey }

// QuotaDocumented tells whether the platforms' documented limits are kept.
func (k *Kit) QuotaDocumented() bool { return k.options.Quota == QuotaDocumented }

// KeyOK tells whether key is the account's.
func (k *Kit) KeyOK(key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(k.options.APIKey)) == 1
}

// Rand returns a fresh generator for the named stream. The same seed and
// stream always give the same numbers, whatever other streams were used for.
// A generator is not safe for concurrent use.
func (k *Kit) Rand(stream string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(stream)) // a hash.Hash never fails
	//nolint:gosec // a simulation has to be reproducible, not unpredictable
	return rand.New(rand.NewPCG(k.options.Seed, h.Sum64()))
}

// Reset forgets what was advanced, the journal and the faults. The platforms
// are reset by the control API, see [Control].
func (k *Kit) Reset() {
	k.clock.Reset()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.journal, k.faults = nil, nil
}

// Bearer is the token of the request's Authorization header; ok is false when
// there is no such header or it is of another scheme.
func Bearer(r *http.Request) (token string, ok bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	token = strings.TrimSpace(token)
	return token, token != ""
}

// RandomID returns n characters of 0-9a-z.
func RandomID(rnd *rand.Rand, n int) string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	id := make([]byte, n)
	for i := range id {
		id[i] = alphabet[rnd.IntN(len(alphabet))]
	}
	return string(id)
}
