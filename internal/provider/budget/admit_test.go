package budget_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
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
	// unpriced is for how long something is listed at 0.
	unpriced time.Duration

	mu     sync.Mutex
	rented []rental
	most   money.PerHour
	lists  int
}

type rental struct {
	hourly   money.PerHour
	from, to time.Time
}

// rent returns the id of what was rented.
func (a *account) rent(hourly money.PerHour, end time.Time) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rented = append(a.rented, rental{hourly, a.clock.Now(), end})
	a.most = max(a.most, a.total())
	return strconv.Itoa(len(a.rented) - 1)
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
			item := budget.Item{ID: strconv.Itoa(i), Hourly: r.hourly, Managed: marked(true)}
			if now.Sub(r.from) < a.unpriced {
				item.Hourly = 0
			}
			items = append(items, item)
		}
	}
	return items, nil
}

func newAccount(t *testing.T, lag time.Duration) (*account, *budget.Budget, *clocktest.Leaping) {
	t.Helper()
	clk := clocktest.NewLeaping(began)
	a := &account{clock: clk, lag: lag}
	return a, budget.New(clk, limit(1), a.list, t.TempDir(), theAccount), clk
}

const theAccount = "account"

// rent is a create at a price.
func rent(hourly money.PerHour) budget.Rent { return budget.Rent{Account: theAccount, After: hourly} }

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
			_, err := b.Admit(t.Context(), rent(tt.rent))
			got := ""
			if err != nil {
				got = err.Error()
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

// TestAdmit_UnderWay: an admitted amount counts until its object shows on a list with
// its price, however long that takes, or until it is known that there is none.
func TestAdmit_UnderWay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// lag is how late the list shows what was rented; unpriced for how long without a price.
		lag, unpriced time.Duration
		rents, lost   bool
		apart         time.Duration
		second        money.PerHour
		waits         time.Duration
		refuse        bool
	}{
		"room for both":                     {rents: true, second: 0.6},
		"no more than room":                 {rents: true, second: 0.7, waits: 2 * time.Minute, refuse: true},
		"listed late":                       {rents: true, lag: 8 * time.Second, second: 0.7, waits: 2 * time.Minute, refuse: true},
		"listed after a minute":             {rents: true, lag: time.Minute, apart: 30 * time.Second, second: 0.7, waits: 2 * time.Minute, refuse: true},
		"listed without a price":            {rents: true, unpriced: 5 * time.Minute, apart: 30 * time.Second, second: 0.7, waits: 2 * time.Minute, refuse: true},
		"listed without a price, with room": {rents: true, unpriced: 5 * time.Minute, apart: 30 * time.Second, second: 0.6},
		"not rented":                        {second: 0.7},
		"perhaps rented":                    {lost: true, second: 0.7, waits: 2 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, clk := newAccount(t, tt.lag)
			a.unpriced = tt.unpriced
			claim, err := b.Admit(t.Context(), rent(0.4))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.rents:
				claim.Done(a.rent(0.4, time.Time{}))
			case tt.lost:
				claim.Done("")
			}
			claim.End() // after Done it changes nothing

			clk.Advance(tt.apart)
			second, err := b.Admit(t.Context(), rent(tt.second))
			if (err != nil) != tt.refuse {
				t.Fatalf("refused: %v", err)
			}
			second.End()
			if waited := clk.Now().Sub(began) - tt.apart; waited != tt.waits {
				t.Errorf("waited %s, want %s", waited, tt.waits)
			}
		})
	}
}

// TestAdmit_Gone: what was rented and ended before any list showed it counts no more.
func TestAdmit_Gone(t *testing.T) {
	t.Parallel()
	_, b, _ := newAccount(t, 0)
	claim, err := b.Admit(t.Context(), rent(0.9))
	if err != nil {
		t.Fatal(err)
	}
	claim.Done("x")
	b.Gone("x")
	if _, err := b.Admit(t.Context(), rent(0.9)); err != nil {
		t.Error(err)
	}
}

// TestAdmit_Change: a change counts what it adds, until the object is listed at the
// new price.
func TestAdmit_Change(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(began)
	hourly := money.PerHour(0.1)
	list := func(context.Context, bool) ([]budget.Item, error) { return []budget.Item{ours("x", hourly)}, nil }
	b := budget.New(clk, limit(1), list, t.TempDir(), theAccount)
	change := budget.Rent{Account: theAccount, ID: "x", Before: 0.1, After: 0.7}
	claim, err := b.Admit(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	var exceeded *budget.ExceededError
	if _, err := b.Admit(t.Context(), rent(0.4)); !errors.As(err, &exceeded) || exceeded.Others != 0.7 {
		t.Errorf("under way: %v, want a refusal next to 0.70", err)
	}
	claim.Done("x")
	done := clk.Now()
	hourly = 0.5 // it is cheaper than was claimed, or not listed at its price yet
	if _, err := b.Admit(t.Context(), rent(0.5)); err != nil || clk.Now().Sub(done) < time.Minute {
		t.Errorf("%v after %s; want room once the list was the same for a minute", err, clk.Now().Sub(done))
	}
}

// TestAdmit_Confirm: the look just before the call sees what others rented meanwhile,
// and the price that the call has by then.
func TestAdmit_Confirm(t *testing.T) {
	t.Parallel()
	a, b, clk := newAccount(t, 0)
	claim, err := b.Admit(t.Context(), rent(0.4))
	if err != nil {
		t.Fatal(err)
	}
	if err := claim.Confirm(t.Context(), 0.9); err != nil {
		t.Errorf("at a higher price: %v", err)
	}
	clk.Advance(time.Minute)
	a.rent(0.5, time.Time{})
	var exceeded *budget.ExceededError
	if err := claim.Confirm(t.Context(), 0.6); !errors.As(err, &exceeded) || exceeded.Others != 0.5 {
		t.Errorf("next to what others rented: %v, want a refusal next to 0.50", err)
	}
	if err := claim.Confirm(t.Context(), 0.5); err != nil {
		t.Errorf("with room: %v", err)
	}
	var none *budget.Claim
	if err := none.Confirm(t.Context(), 5); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

// TestAdmit_Siblings: processes that share a data directory admit one at a time, and
// know what the others are renting. What another account pays is not counted, nor what
// a process claimed that has ended.
func TestAdmit_Siblings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		account string
		ends    func(*budget.Claim)
		later   time.Duration
		refuse  bool
	}{
		"under way":       {account: theAccount, refuse: true},
		"rented":          {account: theAccount, ends: func(c *budget.Claim) { c.Done("unlisted") }, later: 30 * time.Second, refuse: true},
		"not rented":      {account: theAccount, ends: func(c *budget.Claim) { c.End() }},
		"another account": {account: "other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, clk := t.TempDir(), clocktest.NewLeaping(began)
			first := budget.New(clk, limit(0.9), static(), dir, tt.account)
			second := budget.New(clk, limit(0.9), static(), dir, theAccount)
			claim, err := first.Admit(t.Context(), budget.Rent{Account: tt.account, After: 0.59})
			if err != nil {
				t.Fatal(err)
			}
			if tt.ends != nil {
				tt.ends(claim)
			}
			clk.Advance(tt.later)
			_, err = second.Admit(t.Context(), rent(0.59))
			var exceeded *budget.ExceededError
			if tt.refuse != errors.As(err, &exceeded) || !tt.refuse && err != nil {
				t.Errorf("%v, want a refusal: %v", err, tt.refuse)
			}
			runtime.KeepAlive(first) // it holds the lock that tells that it lives
		})
	}
}

// TestAdmit_SeenBySibling: what one process saw on a list is no claim any more for the
// one that rented it, so that the room is free once it ended.
func TestAdmit_SeenBySibling(t *testing.T) {
	t.Parallel()
	dir, clk := t.TempDir(), clocktest.NewLeaping(began)
	items := []budget.Item{ours("x", 0.6)}
	list := func(context.Context, bool) ([]budget.Item, error) { return items, nil }
	first := budget.New(clk, limit(1), list, dir, theAccount)
	second := budget.New(clk, limit(1), list, dir, theAccount)
	items = nil
	claim, err := first.Admit(t.Context(), rent(0.6))
	if err != nil {
		t.Fatal(err)
	}
	claim.Done("x")
	items = []budget.Item{ours("x", 0.6)}
	clk.Advance(5 * time.Second)
	if _, err := second.Admit(t.Context(), rent(0.1)); err != nil {
		t.Fatal(err)
	}
	items = nil
	clk.Advance(5 * time.Second)
	for _, b := range []*budget.Budget{first, second} {
		later, err := b.Admit(t.Context(), rent(0.6))
		if err != nil {
			t.Errorf("after it ended: %v", err)
		}
		later.End()
	}
	if waited := clk.Now().Sub(began); waited != 10*time.Second {
		t.Errorf("waited until %s after the start, want no wait after the 10 s", waited)
	}
}

// TestAdmit_DeadSibling: a process that ended in the middle of a rent takes room for a
// minute, until lists show what it may have rented.
func TestAdmit_DeadSibling(t *testing.T) {
	t.Parallel()
	dir, clk := t.TempDir(), clocktest.NewLeaping(began)
	if err := os.MkdirAll(filepath.Join(dir, "gpumarket", "rents"), 0o700); err != nil {
		t.Fatal(err)
	}
	content := `{"k": {"account": "account", "owner": "dead", "before": 0, "after": 0.59, "at": "2026-03-02T09:00:00Z", "until": "2026-03-02T09:10:00Z"}}`
	if err := os.WriteFile(filepath.Join(dir, "gpumarket", "rents", "claims.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	b := budget.New(clk, limit(0.9), static(), dir, theAccount)
	if _, err := b.Admit(t.Context(), rent(0.59)); err != nil {
		t.Fatal(err)
	}
	if waited := clk.Now().Sub(began); waited != time.Minute {
		t.Errorf("waited %s, want a minute", waited)
	}
}

// TestAdmit_SiblingsNeverAbove: two processes that rent side by side stay within the
// limit together.
func TestAdmit_SiblingsNeverAbove(t *testing.T) {
	t.Parallel()
	clk, dir := clocktest.NewLeaping(began), t.TempDir()
	a := &account{clock: clk, lag: 7 * time.Second}
	var group sync.WaitGroup
	for range 4 {
		b := budget.New(clk, limit(1), a.list, dir, theAccount)
		for range 3 {
			group.Go(func() {
				claim, err := b.Admit(t.Context(), rent(0.3))
				if err != nil {
					return
				}
				if err := clk.Sleep(t.Context(), time.Second); err != nil {
					t.Error(err)
				}
				claim.Done(a.rent(0.3, time.Time{}))
			})
		}
	}
	group.Wait()
	if a.most.Above(1) || a.most < 0.89 {
		t.Errorf("%s USD/h were rented under a limit of 1.00, want 0.90", a.most)
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
					claim, err := b.Admit(t.Context(), rent(0.3))
					if err != nil {
						return
					}
					defer claim.End()
					if err := clk.Sleep(t.Context(), time.Duration(i)*time.Second); err != nil {
						t.Error(err)
					}
					if i%4 != 0 {
						claim.Done(a.rent(0.3, time.Time{}))
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
	b := budget.New(clocktest.NewLeaping(began), limit(1), func(context.Context, bool) ([]budget.Item, error) { return nil, down }, t.TempDir(), theAccount)
	_, err := b.Admit(t.Context(), rent(0.1))
	if want := "budget.max_hourly cannot be checked, so nothing is rented: down"; !errors.Is(err, down) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestAdmit_SharesLooks: rents that begin together are held against one list.
func TestAdmit_SharesLooks(t *testing.T) {
	t.Parallel()
	a, b, clk := newAccount(t, 0)
	for range 20 {
		if _, err := b.Admit(t.Context(), rent(0.01)); err != nil {
			t.Fatal(err)
		}
	}
	clk.Advance(2 * time.Second)
	if _, err := b.Admit(t.Context(), rent(0.01)); err != nil || a.lists != 2 {
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
	}, t.TempDir(), theAccount)
	if _, err := b.Admit(t.Context(), rent(0.1)); err != nil {
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
			_, err := b.Admit(ctx, rent(0.1))
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
	if _, err := first.Admit(t.Context(), rent(0.6)); err != nil {
		t.Fatal(err)
	}
	a.rent(0.6, time.Time{})
	var exceeded *budget.ExceededError
	if _, err := second.Admit(t.Context(), rent(0.6)); !errors.As(err, &exceeded) || exceeded.Others != 0.6 {
		t.Errorf("got %v, want a refusal next to 0.60 USD/h", err)
	}
}

func TestAdmit_NoLimit(t *testing.T) {
	t.Parallel()
	a := &account{clock: clocktest.NewLeaping(began)}
	b := budget.New(a.clock, budget.Limits{}, a.list, t.TempDir())
	claim, err := b.Admit(t.Context(), rent(1e6))
	if err != nil || a.lists != 0 {
		t.Fatalf("%v after %d lists", err, a.lists)
	}
	claim.Done("x")
	claim.End()
}
