package spend_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

const address = "data.gpumarket_spend.test"

// post rents something behind the provider's back.
func post(t *testing.T, env *acctest.Env, method, url, body string) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
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
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: HTTP %d, %v %v", method, url, resp.StatusCode, answer, err)
	}
	return answer
}

// TestSpendDataSource finds what was rented elsewhere, a volume, and what a
// stopped pod still costs.
func TestSpendDataSource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	post(t, env, http.MethodPost, env.RunPodURL+"/v2/network-volumes", `{"name":"forgotten","size":100,"dataCenter":"US-KS-2"}`)
	pod := post(t, env, http.MethodPost, env.RunPodURL+"/v2/pods",
		`{"name":"byhand","image":"ubuntu:24.04","disk":20,"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1},"mounts":{"persistent":{"size":100,"path":"/data"}}}`)
	id, _ := pod["id"].(string)
	post(t, env, http.MethodPost, env.RunPodURL+"/v2/pods/"+id+"/action", `{"action":"stop"}`)

	item := func(index int, attributes map[string]knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(address, tfjsonpath.New("items").AtSliceIndex(index), knownvalue.ObjectPartial(attributes))
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{{
			Config: env.Config(`data "gpumarket_spend" "test" {}`),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("items"), knownvalue.ListSizeExact(2)),
				// 100 GB × 0.20 while stopped = 20.00 a month; 100 GB × 0.07 = 7.00.
				item(0, map[string]knownvalue.Check{
					"kind": knownvalue.StringExact("pod"), "id": knownvalue.StringExact(id), "status": knownvalue.StringExact("EXITED"),
					"managed": knownvalue.Bool(false), "monthly": knownvalue.Float64Exact(20),
				}),
				item(1, map[string]knownvalue.Check{
					"kind": knownvalue.StringExact("network_volume"), "name": knownvalue.StringExact("forgotten"),
					"managed": knownvalue.Null(), "monthly": knownvalue.Float64Exact(7),
				}),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("monthly"), knownvalue.Float64Exact(27)),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("vastai").AtMapKey("hourly"), knownvalue.Float64Exact(0)),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("vastai").AtMapKey("balance"), knownvalue.NotNull()),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("vastai").AtMapKey("hours_left"), knownvalue.Null()),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("runpod").AtMapKey("balance"), knownvalue.Null()),
			},
		}},
	})
}
