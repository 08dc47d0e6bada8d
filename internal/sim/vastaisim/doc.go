// Package vastaisim is a stand-in for the Vast.ai console API as a renter sees
// it: an offer market, instances with their state machine, bids, volumes,
// templates, keys, quotas and a bill that runs in virtual time.
//
// It answers what the service answers, documented and observed behaviour
// alike, with wire types of its own. Where sources disagree the behaviour is a
// switch in [Options], set to the reading held to be the likelier one.
//
// Each noun registers itself, see noun.go. What the service has and no noun
// registers answers 501 with a sentence.
//
// Nothing runs in the background. Every request first plays what would have
// happened since the last one, event by event in the order of time, so that
// state and bill are exact however far the clock was moved.
//
// Images whose reference contains one of these words fail to start, each in
// its own way: "does-not-exist" never leaves loading until the platform gives
// up and flips intended_status to stopped; "oci-error" stays created and is
// given up likewise; "exits-at-once" ends as exited as soon as it has run.
package vastaisim
