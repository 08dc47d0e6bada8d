// Command providerschema prints the provider's schema in the form of "terraform
// providers schema -json", for the generation of the docs. It asks the provider
// itself, so neither a CLI nor an installation is needed, and what an older CLI
// leaves out (identities, list resources, actions) is there.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	schemas, err := read(context.Background(), providerserver.NewProtocol6(provider.New("docs")())())
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(schemas)
}

// failed turns diagnostics of the provider into an error.
func failed(diagnostics []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}
