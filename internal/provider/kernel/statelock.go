package kernel

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

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

// readStateLock reads the lock file that lies beside a local state: in the
// working directory, or in the workspace's folder below it.
func readStateLock(dataDir string) stateLock {
	const file = ".terraform.tfstate.lock.info"
	path := file
	if workspace := rent.Workspace(dataDir); workspace != "default" {
		path = filepath.Join("terraform.tfstate.d", workspace, file)
	}
	var lock stateLock
	content, err := os.ReadFile(path) //nolint:gosec // Terraform's own file beside its own state.
	if err != nil || json.Unmarshal(content, &lock) != nil {
		return stateLock{}
	}
	return lock
}
