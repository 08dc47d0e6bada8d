package kernel

import "github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"

// operationApply is what Terraform and OpenTofu call an apply in their lock, with
// or without a saved plan.
const operationApply = "OperationTypeApply"

// stateLock is the lock that Terraform holds on a local state while it runs. It
// is the only trace from which a provider can tell a plan from an apply. The
// zero value is no lock: a remote state, -lock=false, or no Terraform at all.
type stateLock struct {
	ID        string
	Operation string
}

// readStateLock reads the lock file that lies beside a local state.
func readStateLock(dataDir string) stateLock {
	return datadir.ReadJSON[stateLock](datadir.LockPath(dataDir))
}
