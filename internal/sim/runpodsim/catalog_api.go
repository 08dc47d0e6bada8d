package runpodsim

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// catalogNoun is what there is to rent.
func (s *Sim) catalogNoun() noun {
	const gpus, cpus, places = "/v2/catalog/gpus", "/v2/catalog/cpus", "/v2/catalog/datacenters"
	return noun{
		Reset: func() {
			s.catalog = newCatalog(s.options.Catalog)
			s.stockUp()
		},
		Routes: []route{
			onList(gpus, "listGpuTypes", s.listGPUTypes),
			on(http.MethodGet, gpus+"/{id}", "getGpuType", s.getGPUType),
			onList(cpus, "listCpuTypes", s.listCPUTypes),
			on(http.MethodGet, cpus+"/{id}", "getCpuType", s.getCPUType),
			onList(places, "listDataCenters", s.listDataCenters),
			on(http.MethodGet, places+"/{id}", "getDataCenter", s.getDataCenter),
		},
	}
}

// query reads the parameters of one catalog request and collects what is wrong
// with them. Unknown parameters are ignored, as the service does.
type query struct {
	values url.Values
	errs   []string
}

func (q *query) has(name string) bool { return q.values.Get(name) != "" }

func (q *query) fail(name, format string, args ...any) {
	q.errs = append(q.errs, "$.query."+name+": "+fmt.Sprintf(format, args...))
}

// list reads a comma-separated parameter whose items are of an enum.
func (q *query) list(name string, enum ...string) []string {
	if !q.has(name) {
		return nil
	}
	items := strings.Split(q.values.Get(name), ",")
	for _, item := range items {
		if !slices.Contains(enum, item) {
			q.fail(name, "value must be one of %s", quoted(enum))
		}
	}
	return items
}

func (q *query) matching(name string, pattern *regexp.Regexp) []string {
	if !q.has(name) {
		return nil
	}
	items := strings.Split(q.values.Get(name), ",")
	for _, item := range items {
		if !pattern.MatchString(item) {
			q.fail(name, "'%s' does not match pattern '%s'", item, pattern)
		}
	}
	return items
}

func (q *query) number(name string, least int) int {
	if !q.has(name) {
		return least
	}
	n, err := strconv.Atoi(q.values.Get(name))
	if err != nil || n < least {
		q.fail(name, "got %s, want an integer of at least %d", q.values.Get(name), least)
		return least
	}
	return n
}

// wishes are the availability parameters of the catalog.
type wishes struct {
	include  bool
	products []string
	count    int
	cloud    string
	// countries, versions and floor narrow GPU types.
	countries, versions []string
	floor               string
}

// wishesOf reads and checks what asks for availability: 422 for malformed
// values first, then 400 for combinations.
func wishesOf(values url.Values, gpus bool) (wishes, *problem) {
	q := &query{values: values}
	w := wishes{include: len(q.list("include", "AVAILABILITY")) > 0, cloud: secure}
	only := []string{"count", "cloud", "countryCodes", "cudaVersions", "minCudaVersion"}
	if gpus {
		w.products = q.list("product", "POD", "CLUSTER", "SERVERLESS")
		w.count = q.number("count", 1)
		if clouds := q.list("cloud", secure, community); len(clouds) > 0 {
			w.cloud = clouds[0]
		}
		w.countries = q.matching("countryCodes", regexp.MustCompile(`^[A-Z]{2}$`))
		w.versions = q.matching("cudaVersions", regexp.MustCompile(`^\d+\.\d+$`))
		if floor := q.matching("minCudaVersion", regexp.MustCompile(`^\d+(\.\d+)?$`)); len(floor) > 0 {
			w.floor = floor[0]
		}
	} else {
		only = []string{"vcpuCount"}
		w.products = q.list("product", "POD", "SERVERLESS")
		w.count = q.number("vcpuCount", 2)
	}
	switch {
	case len(q.errs) > 0:
		return w, invalid(q.errs)
	case w.include && len(w.products) == 0:
		return w, badRequest("product is required with include=AVAILABILITY")
	case !w.include && len(w.products) > 0:
		return w, badRequest("product requires include=AVAILABILITY")
	case len(w.versions) > 0 && w.floor != "":
		return w, badRequest("cudaVersions and minCudaVersion are mutually exclusive")
	}
	for _, name := range only {
		if q.has(name) && !w.include {
			return w, badRequest("%s requires include=AVAILABILITY", name)
		}
	}
	return w, nil
}

func (s *Sim) listGPUTypes(c *call) (int, any, *problem) {
	w, p := wishesOf(c.query, true)
	if p != nil {
		return 0, nil, p
	}
	list := []gpuTypeOut{}
	for _, g := range s.catalog.gpus {
		out := s.gpuTypeOut(g, w)
		if len(w.countries) > 0 && len(out.DataCenters) == 0 {
			continue
		}
		list = append(list, out)
	}
	return http.StatusOK, map[string]any{"gpus": list}, nil
}

func (s *Sim) getGPUType(c *call) (int, any, *problem) {
	w, p := wishesOf(c.query, true)
	if p != nil {
		return 0, nil, p
	}
	g := s.gpuType(c.id)
	if g == nil {
		return 0, nil, notFound("resource")
	}
	return http.StatusOK, s.gpuTypeOut(g, w), nil
}

func (s *Sim) gpuTypeOut(g *gpuType, w wishes) gpuTypeOut {
	out := g.out
	if !w.include {
		return out
	}
	best := none
	for _, dc := range s.catalog.dataCenters {
		at := shelf{g.out.ID, w.cloud, dc.out.ID}
		if s.shelves[at] == nil || (len(w.countries) > 0 && !slices.Contains(w.countries, countryOf(dc.out.ID))) {
			continue
		}
		level := s.available(at, w.count)
		if g.out.Pool == nil && !slices.Contains(w.products, "POD") {
			level = none
		}
		if level == none {
			continue
		}
		best = max(best, level)
		out.DataCenters = append(out.DataCenters, placeOut{dc.out.ID, dc.out.Name, levelName(level)})
	}
	out.Availability = levelName(best)
	if g.out.Manufacturer == "NVIDIA" {
		out.CudaVersions = cudaOf(w, best)
	}
	return out
}

// cudaOf lists the versions of hosts of a type that has the given stock.
func cudaOf(w wishes, stock int) []cudaOut {
	offered, gone := cudaVersions()
	list := []cudaOut{}
	for _, version := range slices.Concat(offered, gone) {
		if len(w.versions) > 0 && !slices.Contains(w.versions, version) {
			continue
		}
		if w.floor != "" && !newer(version, w.floor) {
			continue
		}
		list = append(list, cudaOut{Version: version, Available: stock > none && slices.Contains(offered, version)})
	}
	return list
}

func (s *Sim) listCPUTypes(c *call) (int, any, *problem) {
	w, p := wishesOf(c.query, false)
	if p != nil {
		return 0, nil, p
	}
	list := []cpuTypeOut{}
	for _, t := range s.catalog.cpus {
		list = append(list, s.cpuTypeOut(t, w))
	}
	return http.StatusOK, map[string]any{"cpus": list}, nil
}

func (s *Sim) getCPUType(c *call) (int, any, *problem) {
	w, p := wishesOf(c.query, false)
	if p != nil {
		return 0, nil, p
	}
	t := s.cpuType(c.id)
	if t == nil {
		return 0, nil, notFound("resource")
	}
	return http.StatusOK, s.cpuTypeOut(t, w), nil
}

func (s *Sim) cpuTypeOut(t *cpuTypeOut, w wishes) cpuTypeOut {
	out := *t
	if !w.include {
		return out
	}
	best := none
	for _, dc := range s.catalog.dataCenters {
		if level := s.available(shelf{t.ID, secure, dc.out.ID}, w.count); level > none {
			best = max(best, level)
			out.DataCenters = append(out.DataCenters, placeOut{dc.out.ID, dc.out.Name, levelName(level)})
		}
	}
	out.Availability = levelName(best)
	return out
}

func (s *Sim) listDataCenters(c *call) (int, any, *problem) {
	q := &query{values: c.query}
	include := q.list("include", "GPU_AVAILABILITY", "CPU_AVAILABILITY")
	regions := q.list("regions", "NORTH_AMERICA", "SOUTH_AMERICA", "EUROPE", "ASIA", "MIDDLE_EAST", "AFRICA", "OCEANIA", "ANTARCTICA", "UNKNOWN")
	volumes := q.list("networkVolumeTypes", standard, highPerformance)
	compliance := q.list("compliance", "GDPR", "ISO_IEC_27001", "ISO_14001", "PCI_DSS", "HITRUST", "SOC_1_TYPE_2", "SOC_2_TYPE_2",
		"SOC_3_TYPE_2", "ITAR", "FISMA_HIGH", "HIPAA", "RENEWABLE")
	global := q.list("globalNetwork", "true", "false")
	if len(q.errs) > 0 {
		return 0, nil, invalid(q.errs)
	}
	list := []dataCenterOut{}
	for _, d := range s.catalog.dataCenters {
		if d.unlisted || (len(regions) > 0 && !slices.Contains(regions, d.out.Region)) ||
			!containsAll(d.out.NetworkVolumeTypes, volumes) || !containsAll(d.out.Compliance, compliance) ||
			(len(global) > 0 && strconv.FormatBool(d.out.GlobalNetwork) != global[0]) {
			continue
		}
		list = append(list, s.dataCenterOut(d, include))
	}
	return http.StatusOK, map[string]any{"dataCenters": list}, nil
}

func (s *Sim) getDataCenter(c *call) (int, any, *problem) {
	q := &query{values: c.query}
	include := q.list("include", "GPU_AVAILABILITY", "CPU_AVAILABILITY")
	if len(q.errs) > 0 {
		return 0, nil, invalid(q.errs)
	}
	d := s.dataCenter(c.id)
	if d == nil || d.unlisted {
		return 0, nil, notFound("resource")
	}
	return http.StatusOK, s.dataCenterOut(d, include), nil
}

func (s *Sim) dataCenterOut(d *dataCenter, include []string) dataCenterOut {
	out := d.out
	if slices.Contains(include, "GPU_AVAILABILITY") {
		for _, g := range s.catalog.gpus {
			level := max(s.available(shelf{g.out.ID, secure, d.out.ID}, 1), s.available(shelf{g.out.ID, community, d.out.ID}, 1))
			if level > none {
				out.GPUAvailability = append(out.GPUAvailability, placeOut{g.out.ID, g.out.Name, levelName(level)})
			}
		}
	}
	if slices.Contains(include, "CPU_AVAILABILITY") {
		for _, t := range s.catalog.cpus {
			if level := s.available(shelf{t.ID, secure, d.out.ID}, 2); level > none {
				out.CPUAvailability = append(out.CPUAvailability, placeOut{t.ID, t.Name, levelName(level)})
			}
		}
	}
	return out
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) })
}
