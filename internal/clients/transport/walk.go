package transport

import (
	"sync/atomic"
	"time"
)

// Walk is one of Terraform's walks over a configuration, as one account sees it:
// Terraform starts the provider, and configures it, once for each refresh, plan or
// apply. Until something is written a list of the account that was taken during the
// walk is good for the whole walk, so that a refresh which takes longer than a window
// does not ask again. From the first write on windows are what they are.
//
// The zero value is the beginning of a walk; a nil one has no lists of its own.
type Walk struct{ wrote atomic.Bool }

// walkWindow bounds the age of a list during a walk. Longer ones ask again.
const walkWindow = 15 * time.Minute

// Wrote ends the time during which only reads were made.
func (w *Walk) Wrote() { w.wrote.Store(true) }

func (w *Walk) reading() bool { return w != nil && !w.wrote.Load() }
