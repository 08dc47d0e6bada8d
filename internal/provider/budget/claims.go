package budget

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

const (
	// underWay is how long a claim counts whose call is not over. It is renewed just
	// before the call is sent, and a call has five minutes.
	underWay = 10 * time.Minute
	// listsLag is how long a platform's list may lack the price of what was rented, and
	// appears how long the thing itself: Vast.ai's may take two minutes.
	listsLag = 10 * time.Minute
	appears  = 3 * time.Minute
	// settles is after how long a lower price than was claimed is believed: until then
	// a machine may be listed with what its disk costs.
	settles = time.Minute
	// lostLag is how long something counts of which nobody knows whether it exists.
	lostLag = 2 * time.Minute
)

// claimed is a claim as the file has it.
type claimed struct {
	Account string        `json:"account"`
	Owner   string        `json:"owner"`
	ID      string        `json:"id,omitempty"`
	Before  money.PerHour `json:"before"`
	After   money.PerHour `json:"after"`
	// At is when it was admitted, Done when the call was over, zero while it is under way.
	At   time.Time `json:"at"`
	Done time.Time `json:"done,omitzero"`
	// Until is when it counts no more.
	Until time.Time `json:"until"`

	// orphan tells that its process died meanwhile.
	orphan bool
}

// claims are the rents under way of all processes that share a data directory, in
// one small file under a lock. Those of a process that died count no more, but for
// what it had rented already. Without a writable directory they are those of this
// process.
type claims struct {
	folder   string
	accounts []string
	owner    string
	// alive is held as long as this process lives.
	alive *flock.Flock
	// mine are the claims of this process, others those of the rest as they were read
	// under the lock.
	mine, others map[string]claimed
	locked       bool
	// kept tells that the file has what is in mine.
	kept bool
}

func newClaims(dataDir string, accounts []string) claims {
	return claims{
		folder: filepath.Join(dataDir, "gpumarket", "rents"), accounts: accounts, owner: rand.Text(),
		mine: map[string]claimed{}, others: map[string]claimed{},
	}
}

func (c *claims) newKey() string { return rand.Text() }

func (c *claims) file() string { return filepath.Join(c.folder, "claims.json") }

func (c *claims) life(owner string) string { return filepath.Join(c.folder, owner+".alive") }

// lock waits for the lock and reads what the other processes claim. An error is
// that of ctx; when there can be no lock, there are no others either.
func (c *claims) lock(ctx context.Context) (open func(), err error) {
	unlock, err := datadir.Lock(ctx, c.lockFile())
	open = c.opened(unlock, err)
	if ended := ctx.Err(); ended != nil {
		open()
		return nil, ended
	}
	return open, nil
}

// lockToWrite is lock for what has nothing to wait for but whoever looks at the spend.
func (c *claims) lockToWrite() (open func()) {
	return c.opened(datadir.LockBriefly(c.lockFile()))
}

func (c *claims) lockFile() string { return filepath.Join(c.folder, "lock") }

// opened reads the file once the lock is held. Without locks this process is on its own.
func (c *claims) opened(unlock func(), err error) (open func()) {
	if err != nil {
		return func() {}
	}
	c.locked = true
	c.live()
	c.read()
	return func() {
		c.locked = false
		unlock()
	}
}

// live takes the lock that tells the others that this process lives.
func (c *claims) live() {
	if c.alive != nil {
		return
	}
	alive := flock.New(c.life(c.owner))
	if ok, err := alive.TryLock(); ok && err == nil {
		c.alive = alive
	}
}

func (c *claims) read() {
	clear(c.others)
	all := datadir.ReadJSON[map[string]claimed](c.file())
	for key, e := range c.mine {
		// Another process saw that a list bears it out.
		if _, there := all[key]; !there && c.kept && !e.Done.IsZero() {
			delete(c.mine, key)
		}
	}
	living := map[string]bool{}
	for key, e := range all {
		if e.Owner == c.owner {
			continue
		}
		lives, known := living[e.Owner]
		if !known {
			lives = c.lives(e.Owner)
			living[e.Owner] = lives
		}
		e.orphan = !lives
		c.others[key] = e
	}
}

// lives tells whether a process has not ended: it would have lost its lock.
func (c *claims) lives(owner string) bool {
	path := c.life(owner)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	other := flock.New(path)
	ok, err := other.TryLock()
	if err != nil {
		return true // in doubt it counts
	}
	if ok {
		_ = os.Remove(path)
		_ = other.Close()
	}
	return !ok
}

func (c *claims) put(key string, e claimed) {
	e.Owner = c.owner
	c.mine[key] = e
	c.write()
}

func (c *claims) drop(key string) {
	delete(c.mine, key)
	c.write()
}

func (c *claims) gone(id string) {
	found := false
	for _, some := range []map[string]claimed{c.mine, c.others} {
		for key, e := range some {
			if e.ID == id {
				delete(some, key)
				found = true
			}
		}
	}
	if found {
		c.write()
	}
}

func (c *claims) write() {
	if !c.locked {
		return
	}
	all := make(map[string]claimed, len(c.mine)+len(c.others))
	for _, some := range []map[string]claimed{c.others, c.mine} {
		for key, e := range some {
			all[key] = e
		}
	}
	// What cannot be written is known to this process alone.
	c.kept = datadir.WriteJSON(c.file(), all) == nil
}

// spent is what the accounts cost by a list that was asked for at asked, with what
// is claimed beside it, but for one claim and the object that it is about. Claims
// that the list bears out are forgotten.
func (c *claims) spent(items []Item, asked, now time.Time, but, object string) money.PerHour {
	listed := make(map[string]money.PerHour, len(items))
	var sum money.PerHour
	for _, item := range items {
		if item.ID != object {
			sum += item.Hourly
		}
		listed[item.ID] = item.Hourly
	}
	settled := false
	for _, some := range []map[string]claimed{c.mine, c.others} {
		for key, e := range some {
			hourly, shows := listed[e.ID]
			switch {
			case e.over(now), slices.Contains(c.accounts, e.Account) && e.settled(hourly, shows, asked):
				delete(some, key)
				settled = true
			case key == but, e.ID != "" && e.ID == object, !slices.Contains(c.accounts, e.Account):
			default:
				// What is listed may be at its old price, or at none yet.
				sum += max(0, e.After-hourly)
			}
		}
	}
	if settled {
		c.write()
	}
	return sum
}

// over tells whether the claim counts no more, whatever the lists say.
func (e claimed) over(now time.Time) bool {
	return !now.Before(e.Until) || e.orphan && e.Done.IsZero() && now.Sub(e.At) >= settles
}

// settled tells whether a list says itself what the claim was for, or so late that
// there is nothing any more that it was for.
func (e claimed) settled(hourly money.PerHour, shows bool, asked time.Time) bool {
	if e.Done.IsZero() || e.ID == "" || !asked.After(e.Done) {
		return false
	}
	if !shows {
		return asked.Sub(e.Done) >= appears
	}
	return !e.After.Above(hourly) || hourly > 0 && asked.Sub(e.Done) >= settles
}
