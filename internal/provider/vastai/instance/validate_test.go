package instance_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestInstanceResource_Invalid is refused at validate, before anything is asked.
func TestInstanceResource_Invalid(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lines []string
		want  string
	}{
		"offer_of_nothing":        {[]string{`offer {}`}, `An offer that names no GPU`},
		"offer_without_gpu":       {[]string{`offer { countries = ["US"] }`}, `Set offer\.gpu_names`},
		"offer_of_zero_memory":    {[]string{`offer { min_gpu_memory_gb = 0 }`}, `An offer that names no GPU`},
		"offer_of_no_names":       {[]string{`offer { gpu_names = [] }`}, `An offer that names no GPU`},
		"port_66000":              {[]string{`ports = ["66000"]`}, `port numbers end at 65535; one from 70000 on asks for the same number inside and outside`},
		"port_80000":              {[]string{`ports = ["80000/udp"]`}, `end at 79999`},
		"empty_label":             {[]string{`label = ""`}, `"" has no meaning here. To leave the attribute out, set it to null`},
		"empty_args":              {[]string{`args = []`}, `\[\] has no meaning here. To leave the attribute out, set it to null`},
		"offer_and_offer_id":      {[]string{`offer {}`, `offer_id = 5`}, `Both offer and offer_id`},
		"neither":                 {[]string{`# offer_id `}, `Nothing to rent`},
		"neither_image":           {[]string{`# template_id`}, `Nothing to run`},
		"unknown_gpu":             {[]string{`offer { gpu_names = ["RTX 4091"] }`}, `Did you mean.*RTX 4090`},
		"reliability":             {[]string{`offer { min_reliability = 99 }`}, `between 0 and 1.*For 99 % write 0\.99`},
		"gpu_count":               {[]string{`offer { gpu_count = 0 }`}, `between 1 and 128`},
		"memory":                  {[]string{`offer { min_gpu_memory_gb = -1 }`}, `at least 0`},
		"country":                 {[]string{`offer { countries = ["usa"] }`}, `two-letter country code; use "US"`},
		"country_uk":              {[]string{`offer { countries = ["UK"] }`}, `use "GB" for United Kingdom`},
		"cuda":                    {[]string{`offer { min_cuda_version = "new" }`}, `version such as 12\.4`},
		"order":                   {[]string{`offer { order_by = "price" }`}, `one of`},
		"query_field":             {[]string{`offer { query = "num_gpu>=2" }`}, `did you mean num_gpus\?[^.]`},
		"query":                   {[]string{`offer { query = "num_gpus=1 gpu_ramm>=24" }`}, `At character 12: .*gpu_ramm`},
		"disk":                    {[]string{`disk_gb = -5`}, `at least 1`},
		"port_protocol":           {[]string{`ports = ["80/http"]`}, `tcp and udp`},
		"port_number":             {[]string{`ports = ["http"]`}, `not a container port`},
		"port_twice":              {[]string{`ports = ["80", "80/tcp"]`}, `The same port twice`},
		"ports_too_many":          {[]string{`ports = [for i in range(65) : tostring(8000 + i)]`}, `at most 64`},
		"env_twice":               {[]string{`env = { A = "1" }`, `env_wo = { A = "2" }`}, `The same variable twice`},
		"env_flag":                {[]string{`env = { "-p 80:80" = "1" }`}, `Not a variable's name`},
		"onstart":                 {[]string{`onstart = "` + strings.Repeat("x", 4049) + `"`}, `at most 4048|between 1 and 4048`},
		"args_with_ssh":           {[]string{`args = ["a"]`, `launch_mode = "ssh"`}, `Arguments that nothing reads`},
		"direct_with_args":        {[]string{`args = ["a"]`, `direct = true`}, `Nothing to reach directly`},
		"keys_with_args":          {[]string{`launch_mode = "args"`, `ssh_public_keys = ["` + keyOne + `"]`}, `No SSH to log in to`},
		"key":                     {[]string{`ssh_public_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]`}, `Not a public key`},
		"direct_beside_template":  {[]string{`template_id = "12"`, `direct = true`}, `Set launch_mode as well`},
		"launch_mode":             {[]string{`launch_mode = "vnc"`}, `one of`},
		"bid_low":                 {[]string{`bid_price = 0`}, `between 0\.001000 and 32`},
		"bid_high":                {[]string{`bid_price = 33`}, `between 0\.001000 and 32`},
		"max_hourly_price":        {[]string{`max_hourly_price = 0`}, `has to be above 0`},
		"status":                  {[]string{`desired_status = "RUNNING"`}, `one of`},
		"policy":                  {[]string{`on_interruption = "pray"`}, `one of`},
		"rebid_without_a_maximum": {[]string{`bid_price = 0.5`, `on_interruption = "rebid"`}, `Bidding without a limit`},
		"rebid_without_a_bid":     {[]string{`max_hourly_price = 1`, `on_interruption = "rebid"`}, `Nothing to bid`},
		"version_without_login":   {[]string{`image_login_wo_version = 1`}, `No login to send`},
		"volume":                  {[]string{acctest.Block("volume", `id = "V.5"`, `mount_path = "/data"`)}, `has to be a number`},
		"mount_path":              {[]string{acctest.Block("volume", `id = "5"`, `mount_path = "data"`)}, `absolute path`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			steps(t, env, resource.TestStep{
				Config: env.Config(instance(tt.lines...)), PlanOnly: true, ExpectError: regexp.MustCompile(spaced(tt.want)),
			})
			if requests := env.Requests(""); len(requests) > 0 {
				t.Errorf("%d requests, want none", len(requests))
			}
		})
	}
}

// spaced lets a message be wrapped anywhere.
func spaced(pattern string) string { return strings.ReplaceAll(pattern, " ", `\s+`) }
