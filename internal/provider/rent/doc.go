// Package rent creates things, most of which cost money, so that nothing is ever
// paid for twice, owned twice or lost sight of:
//
//   - [Once] is the create of every resource: it adopts what a killed process left
//     or keeps an intent on disk, sends the create once, under a context that Ctrl-C
//     does not cancel, and looks for the thing when the answer was lost;
//   - [First] walks candidates in order until one is rented, and [Reservations] keeps
//     creates that run side by side from chasing one offer;
//   - [Desk.InState] and [Desk.Gone] take note of what became of an object, and
//     [Desk.Overview] tells what was created and is in no state.
package rent

// MarkerEnv is the environment variable that carries the random marker of a
// create on pods and instances. What bears it on an account was made by this
// provider.
const MarkerEnv = "GPUMARKET_CREATE_ID"
