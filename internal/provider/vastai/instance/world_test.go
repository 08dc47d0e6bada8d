package instance_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

const address = "gpumarket_vastai_instance.test"

// row is one offer of a test's market; each is on a machine of its own.
func row(id int, gpu string, price float64) string {
	return fmt.Sprintf(`{"id": %d, "machine_id": %d, "gpu_name": %q, "num_gpus": 1, "gpu_ram": 24564, "dph_base": %v, "min_bid": %v,
		"storage_cost": 0.144, "reliability2": 0.99, "geolocation": "Texas, US", "direct_port_count": 50, "cuda_max_good": 12.8}`,
		id, 9000+id, gpu, price, price/2)
}

// ladder are five 4090s from 0.30 USD/h upwards in steps of 0.10, and a dear H100.
func ladder() string {
	rows := []string{row(201, "H100 SXM", 2.5)}
	for i := range 5 {
		rows = append(rows, row(101+i, "RTX 4090", 0.3+0.1*float64(i)))
	}
	return market(rows...)
}

func market(rows ...string) string {
	return `{"vastai": {"offers": [` + strings.Join(rows, ",\n") + `]}}`
}

// world has only the offers of the file.
func world(t *testing.T, market string, options ...func(*vastaisim.Options)) *acctest.Env {
	t.Helper()
	env := acctest.New(t, func(o *sim.Options) {
		o.Vastai = func(v *vastaisim.Options) {
			for _, option := range options {
				option(v)
			}
		}
	})
	if err := env.World.LoadMarket([]byte(market)); err != nil {
		t.Fatal(err)
	}
	return env
}

// instance is a resource with the lines beside what every instance needs.
func instance(lines ...string) string {
	all := strings.Join(lines, "\n")
	set := func(name, line string) {
		for _, given := range lines {
			if strings.HasPrefix(strings.TrimSpace(given), name+" ") {
				return
			}
		}
		all = line + "\n" + all
	}
	set("disk_gb", `disk_gb = 50`)
	if !strings.Contains(all, "template_id") {
		set("image", `image = "ubuntu:24.04"`)
	}
	if !strings.Contains(all, "offer_id ") && !strings.Contains(all, "selection ") {
		set("offer", `offer { gpu_names = ["RTX 4090"] }`)
	}
	return "resource \"gpumarket_vastai_instance\" \"test\" {\n" + all + "\n}\n"
}

// candidates is a selection with quotes for offers of the ladder: id and price.
func candidates(quotes ...[2]float64) string {
	rows := make([]string, 0, len(quotes))
	for _, q := range quotes {
		rows = append(rows, fmt.Sprintf(
			`{ marketplace = "vastai", offer_id = %v, gpu_name = "RTX 4090", gpu_count = 1, compute_hourly_price = %v, storage_price_per_gb_month = 0.144, interruptible = false, more = "dropped" }`, q[0], q[1]))
	}
	return "selection = {\n  gpu_names = [\"RTX 4090\"]\n  candidates = [\n    " + strings.Join(rows, ",\n    ") + "\n  ]\n}"
}

func value(attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), want)
}

func text(attribute, want string) statecheck.StateCheck {
	return value(attribute, knownvalue.StringExact(want))
}

func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

func action(want plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, want)
}

func unknown(attributes ...string) []plancheck.PlanCheck {
	var checks []plancheck.PlanCheck
	for _, attribute := range attributes {
		checks = append(checks, plancheck.ExpectUnknownValue(address, tfjsonpath.New(attribute)))
	}
	return checks
}

func steps(t *testing.T, env *acctest.Env, all ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: all})
}

// emptyPlan is a step that finds nothing to do.
func emptyPlan(config string) resource.TestStep {
	return resource.TestStep{Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())}
}

func move(t *testing.T, env *acctest.Env, action simkit.MarketAction) {
	t.Helper()
	if err := env.World.Market(action); err != nil {
		t.Fatal(err)
	}
}

func fault(t *testing.T, env *acctest.Env, f simkit.Fault) {
	t.Helper()
	f.Platform = vastaisim.Name
	if err := env.World.Fault(f); err != nil {
		t.Fatal(err)
	}
}

// nothingLeft fails the test when the simulator still holds an instance.
func nothingLeft(t *testing.T, env *acctest.Env) {
	t.Helper()
	if left := env.Rented(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// request speaks to the simulator as somebody else with the same account would.
func request(t *testing.T, env *acctest.Env, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, env.VastaiURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+env.APIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v\n%s", method, path, resp.Status, err, content)
	}
	return string(content)
}
