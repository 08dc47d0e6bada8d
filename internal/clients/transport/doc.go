// Package transport sends requests to a platform. It knows neither platform: a
// client hands it operations and says how refusals are to be read.
//
// A request passes a chain of small steps, outermost first:
//
//	retry → quota → log → send
//
// The retries are go-retryablehttp's, with our policy and on our clock. Every
// attempt pays quota. The key goes into one header, which is sent to the base
// URL's host only. What is repeated depends on the operation's own [Repeat], never
// on its HTTP verb: Vast.ai rents with a PUT and searches with a POST. [Shared]
// answers many reads from one list.
package transport
