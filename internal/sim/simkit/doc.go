// Package simkit is what the simulated marketplaces share: a virtual clock, a
// journal of requests, faults, latency, seeded randomness and the control API
// that steers them.
//
// A platform simulator is an [http.Handler] that passes its own handler
// through [Kit.Wrap]. From then on every request is recorded, can be delayed
// and can be made to fail, without the simulator knowing:
//
//	latency → journal → fault → the platform's own authentication, quota, work
//
// A platform is made of [Nouns]: each registers its routes, keeps its objects in a
// [Table], and knows its state and its bills.
//
// Virtual time is real time plus what was advanced. Nothing runs in the
// background: a simulator works out from the clock, at each request, what has
// happened meanwhile.
package simkit
