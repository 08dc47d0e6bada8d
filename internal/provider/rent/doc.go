// Package rent creates things that cost money, so that nothing is ever paid for
// twice or lost sight of. It is the one mechanism behind the Create of every
// resource:
//
//   - [Create] sends a create once, under a context that Ctrl-C does not cancel,
//     and looks for the thing when the answer was lost;
//   - [Intents] remembers on disk what was about to be created, so that a killed
//     process is not the end of the story;
//   - [First] walks candidates in order until one is rented;
//   - [Reservations] keeps creates that run side by side from chasing one offer.
package rent

// MarkerEnv is the environment variable that carries the random marker of a
// create on pods and instances. What bears it on an account was made by this
// provider.
const MarkerEnv = "GPUMARKET_CREATE_ID"
