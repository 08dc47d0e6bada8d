package runpodsim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

type gpuType struct {
	ID, Name, Availability string
	Secure, Community      bool
	Pool                   *string
	Memory                 int
	Price                  struct {
		Secure, Community float64
		Serverless        *float64
	}
	MaxCount     struct{ Secure, Community int }
	DataCenters  []place
	CudaVersions []struct {
		Version   string
		Available bool
	}
}

type place struct{ ID, Name, Availability string }

const available = "/v2/catalog/gpus/NVIDIA%20GeForce%20RTX%204090?include=AVAILABILITY&product=POD"

// levels are the data centers of a type, with their stock.
func (w *world) levels(query string) map[string]string {
	w.t.Helper()
	var g gpuType
	w.call("GET", available+query, "").into(http.StatusOK, &g)
	levels := map[string]string{"all": g.Availability}
	for _, dc := range g.DataCenters {
		levels[dc.ID] = dc.Availability
	}
	return levels
}

func TestCatalogParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		path   string
		status int
		want   string
	}{
		{"/v2/catalog/gpus", 200, ""},
		{"/v2/catalog/gpus?include=AVAILABILITY", 400, "product is required with include=AVAILABILITY"},
		{"/v2/catalog/gpus?product=POD", 400, "requires include"},
		{"/v2/catalog/gpus?count=2", 400, "requires include"},
		{"/v2/catalog/gpus?include=EVERYTHING", 422, "AVAILABILITY"},
		{"/v2/catalog/gpus?include=AVAILABILITY&product=POD&cloud=ALL", 422, "SECURE"},
		{"/v2/catalog/gpus?include=AVAILABILITY&product=POD&count=0", 422, "at least 1"},
		{"/v2/catalog/gpus?include=AVAILABILITY&product=POD&countryCodes=usa", 422, "pattern"},
		{"/v2/catalog/gpus?include=AVAILABILITY&product=POD&cudaVersions=12", 422, "pattern"},
		{"/v2/catalog/gpus?include=AVAILABILITY&product=POD&minCudaVersion=12", 200, ""},
		{"/v2/catalog/gpus?include=AVAILABILITY&product=POD&minCudaVersion=12&cudaVersions=12.8", 400, "mutually exclusive"},
		{"/v2/catalog/cpus?include=AVAILABILITY", 400, "product is required with include=AVAILABILITY"},
		{"/v2/catalog/cpus?include=AVAILABILITY&product=POD&vcpuCount=4", 200, ""},
		{"/v2/catalog/cpus/cpu3c", 200, "cpu3c"},
		{"/v2/catalog/datacenters?include=GPU_AVAILABILITY,CPU_AVAILABILITY", 200, "gpuAvailability"},
		{"/v2/catalog/datacenters?networkVolumeTypes=STANDARD,HIGH_PERFORMANCE", 200, "US-KS-2"},
		{"/v2/catalog/datacenters?regions=MARS", 422, "EUROPE"},
		{"/v2/catalog/datacenters/US-KS-2", 200, "US Kansas 2"},
		{"/v2/catalog/datacenters/US-WA-2", 404, "resource not found"},
		{"/v2/catalog/templates?source=verified", 200, "vLLM"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
			w.call("GET", tt.path, "").want(tt.status, tt.want)
		})
	}
}

// TestUnknownParameter shows that a parameter the document does not know is
// ignored. The documents would object, so they are not asked.
func TestUnknownParameter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api = w.sim
	w.call("GET", "/v2/catalog/gpus?colour=red", "").want(http.StatusOK, "")
}

// TestCatalog holds the built-in catalog to what is known of the real one.
func TestCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var list struct{ GPUs []gpuType }
	w.call("GET", "/v2/catalog/gpus?include=AVAILABILITY&product=POD", "").into(http.StatusOK, &list)
	placeholders, inStock := 0, 0
	for _, g := range list.GPUs {
		if !g.Secure && g.Price.Secure > 0 {
			placeholders++
		}
		if g.Availability != "NONE" {
			inStock++
		}
		if (g.Availability == "NONE") != (len(g.DataCenters) == 0) || (g.Secure && g.MaxCount.Secure == 0) || (g.Community && g.Price.Community == 0) {
			t.Errorf("%s: %+v", g.ID, g)
		}
	}
	if len(list.GPUs) < 40 || placeholders < 5 || inStock < 15 {
		t.Errorf("%d types, %d with a price but not sold, %d in stock", len(list.GPUs), placeholders, inStock)
	}
	if !slices.ContainsFunc(list.GPUs, func(g gpuType) bool { return g.ID == "unknown" && g.Memory == 0 }) {
		t.Error("no type \"unknown\"")
	}
}

func TestCudaVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var g gpuType
	w.call("GET", available+"&minCudaVersion=12.6", "").into(http.StatusOK, &g)
	var versions []string
	for _, v := range g.CudaVersions {
		versions = append(versions, v.Version)
		if !v.Available {
			t.Errorf("%s is not available", v.Version)
		}
	}
	if !slices.Equal(versions, []string{"13.0", "12.9", "12.8", "12.7", "12.6"}) {
		t.Errorf("versions %v", versions)
	}
	for _, want := range versions {
		p := w.create(image, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1,"allowedCudaVersions":["`+want+`"]}`)
		if *p.CudaVersion != want {
			t.Errorf("asked for %s, got %s", want, *p.CudaVersion)
		}
	}
}

func TestStock(t *testing.T) {
	t.Parallel()
	const gpu, eight = "NVIDIA GeForce RTX 4090", `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":8}`
	here := `"dataCenterIds":["US-KS-2"]`
	tests := []struct {
		level string
		pods  int // of a whole machine each, before there is none left; 100 = no end
	}{{"NONE", 0}, {"LOW", 3}, {"MEDIUM", 12}, {"HIGH", 100}}
	for _, tt := range tests {
		t.Run(tt.level, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *runpodsim.Options) { o.Balance = 1e6 })
			w.market(simkit.MarketAction{Action: simkit.Stock, GPU: gpu, Cloud: "secure", DataCenter: "US-KS-2", Level: strings.ToLower(tt.level)})
			shown := w.levels("")["US-KS-2"]
			if shown != tt.level && (tt.level != "NONE" || shown != "") {
				t.Errorf("shows %q", shown)
			}
			rented := 0
			for ; rented < 100; rented++ {
				r := w.call("POST", "/v2/pods", podBody(image, eight, here))
				if r.status != http.StatusCreated {
					r.want(http.StatusBadRequest, capacity)
					break
				}
			}
			if rented != tt.pods {
				t.Errorf("%d pods found a machine, want %d", rented, tt.pods)
			}
			if got := w.levels("")["US-KS-2"]; (got == "HIGH") != (tt.level == "HIGH") || (got != "" && got != "HIGH") {
				t.Errorf("shows %q when %d are rented", got, rented)
			}
		})
	}
}

// TestStockRunsLow: the level that is shown follows what fits the asked count.
func TestStockRunsLow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *runpodsim.Options) { o.Balance = 1e6 })
	w.market(simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 4090", Level: "NONE"})
	w.market(simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 4090", Cloud: "COMMUNITY", DataCenter: "EU-SE-1", Level: "MEDIUM"})
	if got := w.levels(""); len(got) != 1 || got["all"] != "NONE" {
		t.Errorf("SECURE shows %v", got)
	}
	if got := w.levels("&cloud=COMMUNITY"); got["EU-SE-1"] != "MEDIUM" || len(got) != 2 {
		t.Errorf("COMMUNITY shows %v", got)
	}
	if got := w.levels("&cloud=COMMUNITY&countryCodes=US,CA"); len(got) != 1 {
		t.Errorf("in America: %v", got)
	}
	for range 9 {
		w.create(image, `"cloud":"COMMUNITY"`, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":8}`)
	}
	if got := w.levels("&cloud=COMMUNITY"); got["EU-SE-1"] != "LOW" {
		t.Errorf("with three machines left: %v", got)
	}
	for range 3 {
		w.create(image, `"cloud":"COMMUNITY"`, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":5}`)
	}
	if got := w.levels("&cloud=COMMUNITY&count=4"); len(got) != 1 {
		t.Errorf("with three GPUs left on each machine, for four: %v", got)
	}
	if got := w.levels("&cloud=COMMUNITY&count=3"); got["EU-SE-1"] != "LOW" {
		t.Errorf("with three GPUs left on each machine, for three: %v", got)
	}
}

func TestMarketErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name    string
		action  simkit.MarketAction
		foreign bool // concerns nothing here
	}{
		{"offer", simkit.MarketAction{Action: simkit.TakeOffer, OfferID: "7"}, true},
		{"outbid", simkit.MarketAction{Action: simkit.Outbid, InstanceID: "7"}, true},
		{"unknown pod", simkit.MarketAction{Action: simkit.BusyHost, InstanceID: "7"}, true},
		{"no host", simkit.MarketAction{Action: simkit.HostOffline}, true},
		{"unknown type", simkit.MarketAction{Action: simkit.Reprice, GPU: "RTX 9999", Factor: 2}, true},
		{"unknown data center", simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 4090", DataCenter: "XX-1", Level: "LOW"}, true},
		{"not sold there", simkit.MarketAction{Action: simkit.Stock, GPU: "NVIDIA A40", Cloud: "COMMUNITY", DataCenter: "US-KS-2", Level: "LOW"}, true},
		{"level", simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 4090", Level: "PLENTY"}, false},
		{"cloud", simkit.MarketAction{Action: simkit.Reprice, Cloud: "SKY", Factor: 2}, false},
		{"factor", simkit.MarketAction{Action: simkit.Reprice}, false},
		{"price of one place", simkit.MarketAction{Action: simkit.Reprice, DataCenter: "US-KS-2", Factor: 2}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := w.sim.Market(tt.action)
			if err == nil || errors.Is(err, simkit.ErrNotApplicable) != tt.foreign {
				t.Errorf("error %v, of something foreign: %v", err, tt.foreign)
			}
		})
	}
}

func TestLoadCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := `{"gpus":[{"id":"NVIDIA Test","memory":24,"price":{"secure":1,"community":0}},
		{"id":"NVIDIA Other","price":{"secure":0.5,"community":2},"secure":false,"maxCount":{"secure":0,"community":2}}],
		"dataCenters":[{"id":"XX-A-1"},{"id":"XX-B-1","networkVolumeTypes":[]}]}`
	c, err := runpodsim.ParseCatalog([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	w.sim.LoadCatalog(c)
	for range 2 {
		var list struct{ GPUs []gpuType }
		w.call("GET", "/v2/catalog/gpus?include=AVAILABILITY&product=POD", "").into(http.StatusOK, &list)
		if len(list.GPUs) != 2 || list.GPUs[0].Availability != "HIGH" || len(list.GPUs[0].DataCenters) != 2 || list.GPUs[0].Community ||
			list.GPUs[1].Secure || list.GPUs[1].Availability != "NONE" {
			t.Errorf("types %+v", list.GPUs)
		}
		w.create(image, `"gpu":{"id":"NVIDIA Test","count":8}`, `"dataCenterIds":["XX-B-1"]`)
		w.create(image, `"gpu":{"id":"NVIDIA Other","count":2}`, `"cloud":"COMMUNITY"`)
		w.volume(10, "XX-A-1")
		w.call("POST", "/v2/network-volumes", `{"name":"v","size":10,"dataCenter":"XX-B-1"}`).want(http.StatusBadRequest, "supported: XX-A-1")
		w.create(image, `"cpu":{"id":"cpu3c","vcpuCount":2}`) // built in
		w.sim.Reset()
	}
	w.market(simkit.MarketAction{Action: simkit.Stock, GPU: "NVIDIA Test", Level: "NONE"})
	w.call("POST", "/v2/pods", podBody(image, `"gpu":{"id":"NVIDIA Test","count":1}`)).want(http.StatusBadRequest, capacity)

	none, err := runpodsim.ParseCatalog([]byte(`{"gpus":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	w.sim.LoadCatalog(none)
	w.call("GET", "/v2/catalog/gpus", "").want(http.StatusOK, `{"gpus":[]}`)
}

func TestParseCatalogErrors(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		`[]`, `{"gpus":{}}`, `{"gpus":[{"price":{"secure":1}}]}`, `{"gpus":[{"id":"x","price":{"secure":-1}}]}`,
		`{"cpus":[{"id":"x"}]}`, `{"dataCenters":[{}]}`,
	} {
		if _, err := runpodsim.ParseCatalog([]byte(file)); err == nil {
			t.Errorf("%s was accepted", file)
		}
	}
}

// TestState shows environments, hosts and what everything costs.
func TestState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *runpodsim.Options) { o.HideInjectedEnv = true })
	w.call("PUT", "/v2/account/ssh-keys", `{"keys":["ssh-rsa AAA"]}`).want(http.StatusOK, "")
	v := w.volume(730, "US-KS-2")
	w.create(image, gpu4090, `"env":{"TOKEN":"secret"}`, `"startSsh":true`, `"mounts":{"network":[{"volumeId":"`+v.ID+`","path":"/w"}]}`)
	text, err := json.Marshal(w.sim.State())
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Pods []struct {
			pod
			HostID    string            `json:"host_id"`
			HourlyUSD float64           `json:"hourly_usd"`
			HiddenEnv map[string]string `json:"hidden_env"`
		}
		NetworkVolumes []struct {
			volume
			PodIDs []string `json:"pod_ids"`
		} `json:"network_volumes"`
		SSHKeys []string `json:"ssh_keys"`
		Balance float64
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	if len(state.Pods) != 1 || state.Pods[0].Env["TOKEN"] != "secret" || state.Pods[0].HiddenEnv["PUBLIC_KEY"] == "" || state.Pods[0].HostID == "" {
		t.Fatalf("pods %+v", state.Pods)
	}
	if want := 0.59 + 50*0.1/730; fmt.Sprintf("%.6f", state.Pods[0].HourlyUSD) != fmt.Sprintf("%.6f", want) {
		t.Errorf("the pod costs %v an hour, want %v", state.Pods[0].HourlyUSD, want)
	}
	if len(state.NetworkVolumes) != 1 || !slices.Equal(state.NetworkVolumes[0].PodIDs, []string{state.Pods[0].ID}) {
		t.Errorf("volumes %+v", state.NetworkVolumes)
	}
	if len(state.SSHKeys) != 1 || state.Balance != 1000 {
		t.Errorf("keys %v, balance %v", state.SSHKeys, state.Balance)
	}
}
