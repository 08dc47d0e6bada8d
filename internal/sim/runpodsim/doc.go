// Package runpodsim is a stand-in for the RunPod REST API v2: pods bound to
// hosts, network volumes, templates, registries, SSH keys, the catalog with
// its stock, rate limits, balance and a bill that runs in virtual time.
//
// It answers what the service answers, documented and observed behaviour
// alike, with wire types of its own. Where sources disagree or are silent the
// behaviour is a switch in [Options] whose zero value is the likelier reading.
//
// Each noun registers itself, see noun.go. What the service has and no noun
// registers answers 501 with a sentence.
//
// A request is checked in this order: key (401), rate limit (429), route
// (404/405/501), body schema (422), object (404), rules between fields (400),
// state (409), balance (402), capacity (400).
//
// Nothing runs in the background. The status of a pod follows from the virtual
// time since its container was last started:
//
//	create   PROVISIONING for a quarter of the boot time, STARTING, RUNNING
//	start    STARTING for half the boot time, RUNNING
//	restart  RUNNING as before for a tenth of the boot time, STARTING for half, RUNNING
//	PATCH    of the container: STARTING for half the boot time, RUNNING
//
// Images whose reference contains one of these words fail, each in its own way:
//
//	does-not-exist    STARTING, then ERROR (the pull fails); also "invalid/…"
//	oci-error         STARTING, then ERROR (the container cannot be created)
//	exits-at-once     STARTING, then EXITED
//	never-starts      STARTING for ever
//	not-in-registry   refused by the request that names it, 422
//
// The pod's logs say why.
//
// Stock is kept per GPU type, cloud and data center, in machines of the
// catalog's maximum GPU count. HIGH never runs out: every pod gets a machine
// of its own. MEDIUM is twelve machines, LOW three. A pod stays bound to its
// machine; stopping frees the GPUs for others, and a start fails when they are
// gone.
package runpodsim
