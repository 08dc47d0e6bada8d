package budget_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
)

// account is what a platform bills; what was rented shows in its list after a lag.
type account struct {
	clock clock.Clock
	lag   time.Duration

	mu     sync.Mutex
	rented []rental
	most   money.PerHour
	lists  int
}

type rental struct {
	hourly   money.PerHour
	from, to time.Time
}

func (a *account) rent(hourly money.PerHour, end time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rented = append(a.rented, rental{hourly, a.clock.Now(), end})
	a.most = max(a.most, a.total())
}

func (a *account) total() money.PerHour {
	var sum money.PerHour
	for _, r := range a.rented {
		if r.to.IsZero() || r.to.After(a.clock.Now()) {
			sum += r.hourly
		}
	}
	return sum
}

func (a *account) list(context.Context, bool) ([]budget.Item, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lists++
	var items []budget.Item
	now := a.clock.Now()
	for i, r := range a.rented {
		if now.Sub(r.from) >= a.lag && (r.to.IsZero() || r.to.After(now)) {
			items = append(items, budget.Item{ID: strconv.Itoa(i), Hourly: r.hourly, Managed: marked(true)})
		}
	}
	return items, nil
}

func newAccount(t *testing.T, lag time.Duration) (*account, *budget.Budget, *clocktest.Leaping) {
	t.Helper()
	clk := clocktest.NewLeaping(began)
	a := &account{clock: clk, lag: lag}
	return a, budget.New(clk, limit(1), a.list, t.TempDir()), clk
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	soon := began.Add(42 * time.Second)
	tests := map[string]struct {
		running money.PerHour
		ends    time.Time
		rent    money.PerHour
		want    string
		waits   time.Duration
	}{
		"within":              {running: 0.41, rent: 0.59},
		"above":               {running: 0.42, rent: 0.59, want: "everything else costs 0.42 USD/h, this adds 0.59 USD/h, and budget.max_hourly is 1.00 USD/h; nothing ended within 2m0s to make room", waits: 2 * time.Minute},
		"a deletion":          {running: 0.9, ends: soon, rent: 0.59, waits: 45 * time.Second},
		"too dear by itself":  {running: 0.1, rent: 1.01, want: "everything else costs 0.10 USD/h, this adds 1.01 USD/h, and budget.max_hourly is 1.00 USD/h"},
		"nothing is added":    {running: 5, rent: 0},
		"what runs is enough": {running: 5, rent: 0.01, want: "everything else costs 5.00 USD/h, this adds 0.01 USD/h, and budget.max_hourly is 1.00 USD/h; nothing ended within 2m0s to make room", waits: 2 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, clk := newAccount(t, 0)
			a.rent(tt.running, tt.ends)
			done, err := b.Admit(t.Context(), tt.rent)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				done()
			}
			if got != tt.want {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
			if waited := clk.Now().Sub(began); waited != tt.waits {
				t.Errorf("waited %s, want %s", waited, tt.waits)
			}
			var exceeded *budget.ExceededError
			if err != nil && !errors.As(err, &exceeded) {
				t.Errorf("a %T", err)
			}
		})
	}
}

// TestAdmit_UnderWay: an admitted amount counts until its rent is over, and then
// as long as the lists may lag.
func TestAdmit_UnderWay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lag    time.Duration
		rents  bool
		apart  time.Duration
		second money.PerHour
		waits  time.Duration
		refuse bool
	}{
		"room for both":         {rents: true, second: 0.6},
		"room once it is clear": {rents: true, apart: 3 * time.Second, second: 0.4, waits: 10 * time.Second},
		"listed late":           {rents: true, lag: 8 * time.Second, second: 0.7, waits: 2 * time.Minute, refuse: true},
		"not rented":            {second: 0.7, waits: 10 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, clk := newAccount(t, tt.lag)
			done, err := b.Admit(t.Context(), 0.4)
			if err != nil {
				t.Fatal(err)
			}
			if tt.rents {
				a.rent(0.4, time.Time{})
			}
			done()
			done() // twice is as good as once

			clk.Advance(tt.apart)
			second, err := b.Admit(t.Context(), tt.second)
			if (err != nil) != tt.refuse {
				t.Fatalf("refused: %v", err)
			}
			if err == nil {
				second()
			}
			if waited := clk.Now().Sub(began) - tt.apart; waited != tt.waits {
				t.Errorf("waited %s, want %s", waited, tt.waits)
			}
		})
	}
}

// TestAdmit_NeverAbove: rents side by side, some of which fail, never bring the
// account above its limit, and use it up.
func TestAdmit_NeverAbove(t *testing.T) {
	t.Parallel()
	for name, lag := range map[string]time.Duration{"at once": 0, "late lists": 7 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, clk := newAccount(t, lag)
			var group sync.WaitGroup
			for i := range 12 {
				group.Go(func() {
					done, err := b.Admit(t.Context(), 0.3)
					if err != nil {
						return
					}
					defer done()
					if err := clk.Sleep(t.Context(), time.Duration(i)*time.Second); err != nil {
						t.Error(err)
					}
					if i%4 != 0 {
						a.rent(0.3, time.Time{})
					}
				})
			}
			group.Wait()
			if a.most.Above(1) {
				t.Errorf("%s USD/h were rented under a limit of 1.00", a.most)
			}
			if a.most < 0.89 {
				t.Errorf("%s USD/h were rented, and three at 0.30 have room", a.most)
			}
		})
	}
}

func TestAdmit_Unlisted(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	b := budget.New(clocktest.NewLeaping(began), limit(1), func(context.Context, bool) ([]budget.Item, error) { return nil, down }, t.TempDir())
	_, err := b.Admit(t.Context(), 0.1)
	if want := "budget.max_hourly cannot be checked, so nothing is rented: down"; !errors.Is(err, down) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestAdmit_SharesLooks: rents that begin together are held against one list.
func TestAdmit_SharesLooks(t *testing.T) {
	t.Parallel()
	a, b, clk := newAccount(t, 0)
	for range 20 {
		if _, err := b.Admit(t.Context(), 0.01); err != nil {
			t.Fatal(err)
		}
	}
	clk.Advance(2 * time.Second)
	if _, err := b.Admit(t.Context(), 0.01); err != nil || a.lists != 2 {
		t.Errorf("%v, and %d lists for twenty rents and a later one; want 2", err, a.lists)
	}
}

// TestAdmit_AsksAnew: the authority does not decide by an old list.
func TestAdmit_AsksAnew(t *testing.T) {
	t.Parallel()
	b := budget.New(clocktest.NewLeaping(began), limit(1), func(_ context.Context, fresh bool) ([]budget.Item, error) {
		if !fresh {
			t.Error("an old list would do")
		}
		return nil, nil
	}, t.TempDir())
	if _, err := b.Admit(t.Context(), 0.1); err != nil {
		t.Error(err)
	}
}

// TestAdmit_Interrupted: Ctrl-C ends the wait for room, and the wait for the turn.
func TestAdmit_Interrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	looks := make(chan struct{}, 100)
	release := make(chan struct{})
	b := budget.New(clocktest.NewLeaping(began), limit(1), func(context.Context, bool) ([]budget.Item, error) {
		looks <- struct{}{}
		<-release
		return []budget.Item{foreign("x", 1)}, nil
	}, t.TempDir())
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := b.Admit(ctx, 0.1)
			results <- err
		}()
	}
	<-looks // one looks, the other waits for its turn
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for the turn: %v", err)
	}
	close(release)
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for room: %v", err)
	}
}

// TestAdmit_OtherBlocks: another provider block, in another process, rents on the
// same account.
func TestAdmit_OtherBlocks(t *testing.T) {
	t.Parallel()
	a, first, clk := newAccount(t, 0)
	second := budget.New(clk, limit(1), a.list, t.TempDir())
	if _, err := first.Admit(t.Context(), 0.6); err != nil {
		t.Fatal(err)
	}
	a.rent(0.6, time.Time{})
	var exceeded *budget.ExceededError
	if _, err := second.Admit(t.Context(), 0.6); !errors.As(err, &exceeded) || exceeded.Others != 0.6 {
		t.Errorf("got %v, want a refusal next to 0.60 USD/h", err)
	}
}

func TestAdmit_NoLimit(t *testing.T) {
	t.Parallel()
	a := &account{clock: clocktest.NewLeaping(began)}
	b := budget.New(a.clock, budget.Limits{}, a.list, t.TempDir())
	done, err := b.Admit(t.Context(), 1e6)
	if err != nil || a.lists != 0 {
		t.Fatalf("%v after %d lists", err, a.lists)
	}
	done()
}
