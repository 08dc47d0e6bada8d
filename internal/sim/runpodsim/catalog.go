package runpodsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Catalog is what a market file puts in place of the built-in catalog: lists
// in the shape of the API's own answers. A list left out stays built in.
// Types from a file are in high stock in every data center.
type Catalog struct {
	gpus        []gpuTypeOut
	cpus        []cpuTypeOut
	dataCenters []dataCenterOut
}

// ParseCatalog reads {"gpus":[…],"cpus":[…],"dataCenters":[…]}. Every element
// needs an id, types need a price; what else is left out gets a usual value.
func ParseCatalog(data []byte) (*Catalog, error) {
	var file struct {
		GPUs []struct {
			gpuTypeOut
			Secure    *bool        `json:"secure"`
			Community *bool        `json:"community"`
			MaxCount  *maxCountOut `json:"maxCount"`
		} `json:"gpus"`
		CPUs        []cpuTypeOut    `json:"cpus"`
		DataCenters []dataCenterOut `json:"dataCenters"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("runpod: %w", err)
	}
	c := &Catalog{cpus: file.CPUs, dataCenters: file.DataCenters}
	if file.GPUs != nil {
		c.gpus = []gpuTypeOut{}
	}
	for i, row := range file.GPUs {
		g := row.gpuTypeOut
		g.Secure, g.Community = g.Price.Secure > 0, g.Price.Community > 0
		if row.Secure != nil {
			g.Secure = *row.Secure
		}
		if row.Community != nil {
			g.Community = *row.Community
		}
		g.MaxCount = maxCountOut{Secure: 8, Community: 8}
		if row.MaxCount != nil {
			g.MaxCount = *row.MaxCount
		}
		if g.ID == "" || g.Price.Secure < 0 || g.Price.Community < 0 {
			return nil, fmt.Errorf("runpod: gpus[%d]: an id and prices of at least 0 are needed", i)
		}
		complete(&g)
		c.gpus = append(c.gpus, g)
	}
	for i := range c.cpus {
		if c.cpus[i].ID == "" || c.cpus[i].Price.SecurePerVCPU <= 0 {
			return nil, fmt.Errorf("runpod: cpus[%d]: an id and price.securePerVcpu are needed", i)
		}
		if c.cpus[i].VCPU.Max == 0 {
			c.cpus[i].VCPU = vcpuOut{Min: 2, Max: 32}
		}
		if c.cpus[i].RAMGBPerVCPU == 0 {
			c.cpus[i].RAMGBPerVCPU = 4
		}
	}
	for i := range c.dataCenters {
		if c.dataCenters[i].ID == "" {
			return nil, fmt.Errorf("runpod: dataCenters[%d]: an id is needed", i)
		}
		completePlace(&c.dataCenters[i])
	}
	return c, nil
}

// complete fills in what a file may leave out of a GPU type, and drops what is
// only there on request.
func complete(g *gpuTypeOut) {
	if g.Name == "" {
		g.Name = strings.TrimPrefix(strings.TrimPrefix(g.ID, "NVIDIA "), "GeForce ")
	}
	if g.Manufacturer == "" {
		g.Manufacturer = manufacturerOf(g.ID)
	}
	g.Availability, g.DataCenters, g.CudaVersions = "", nil, nil
}

func completePlace(d *dataCenterOut) {
	if d.Name == "" {
		d.Name = d.ID
	}
	if d.Region == "" {
		d.Region = "UNKNOWN"
	}
	if d.NetworkVolumeTypes == nil {
		d.NetworkVolumeTypes = []string{standard}
	}
	if d.Compliance == nil {
		d.Compliance = []string{}
	}
	d.GPUAvailability, d.CPUAvailability = nil, nil
}

func manufacturerOf(id string) string {
	switch {
	case strings.HasPrefix(id, "AMD"):
		return "AMD"
	case strings.HasPrefix(id, "NVIDIA"), strings.HasPrefix(id, "Tesla"):
		return "NVIDIA"
	default:
		return "UNKNOWN"
	}
}

// catalog is what is on sale, prices included.
type catalog struct {
	gpus           []*gpuType
	cpus           []*cpuTypeOut
	dataCenters    []*dataCenter
	cpusEverywhere bool
}

type gpuType struct {
	out                         gpuTypeOut
	secureStock, communityStock scarcity
	everywhere                  bool
}

type dataCenter struct {
	out      dataCenterOut
	unlisted bool
}

// newCatalog is the built-in catalog with the parts of file in place.
func newCatalog(file *Catalog) catalog {
	var c catalog
	if file == nil {
		file = &Catalog{}
	}
	for _, g := range file.gpus {
		t := &gpuType{out: g, everywhere: true}
		if g.Secure {
			t.secureStock = excellent
		}
		if g.Community {
			t.communityStock = excellent
		}
		c.gpus = append(c.gpus, t)
	}
	if file.gpus == nil {
		for _, m := range gpuModels() {
			c.gpus = append(c.gpus, m.build())
		}
	}
	cpus := file.cpus
	if cpus == nil {
		cpus = cpuModels()
	}
	for _, row := range cpus {
		c.cpus = append(c.cpus, &row)
	}
	c.cpusEverywhere = file.cpus != nil
	for _, d := range file.dataCenters {
		c.dataCenters = append(c.dataCenters, &dataCenter{out: d})
	}
	if file.dataCenters == nil {
		for _, p := range places() {
			c.dataCenters = append(c.dataCenters, p.build())
		}
	}
	return c
}

func (m gpuModel) build() *gpuType {
	g := &gpuType{secureStock: m.secureStock, communityStock: m.communityStock, out: gpuTypeOut{
		ID: m.id, Name: m.name, Memory: m.memory, Manufacturer: manufacturerOf(m.id),
		Secure: m.secureStock != unsold, Community: m.communityStock != unsold,
		Price:    priceOut{Secure: m.secure, Community: m.community},
		MaxCount: maxCountOut{Secure: m.maxSecure, Community: m.maxCommun},
	}}
	if m.pool != "" {
		g.out.Pool = &m.pool
		if usd, ok := serverlessPrice(m.pool); ok {
			g.out.Price.Serverless = &usd
		}
	}
	return g
}

func (p place) build() *dataCenter {
	d := &dataCenter{unlisted: p.unlisted, out: dataCenterOut{
		ID: p.id, Name: p.name, Region: p.region, GlobalNetwork: p.global,
		NetworkVolumeTypes: []string{}, Compliance: []string{"SOC_2_TYPE_2"},
	}}
	if p.region == "EUROPE" {
		d.out.Compliance = []string{"GDPR", "ISO_IEC_27001"}
	}
	if strings.Contains(p.volumes, "S") {
		d.out.NetworkVolumeTypes = append(d.out.NetworkVolumeTypes, standard)
	}
	if strings.Contains(p.volumes, "H") {
		d.out.NetworkVolumeTypes = append(d.out.NetworkVolumeTypes, highPerformance)
	}
	return d
}

func (s *Sim) gpuType(id string) *gpuType {
	for _, g := range s.catalog.gpus {
		if g.out.ID == id {
			return g
		}
	}
	return nil
}

func (s *Sim) cpuType(id string) *cpuTypeOut {
	for _, c := range s.catalog.cpus {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (s *Sim) dataCenter(id string) *dataCenter {
	i := slices.IndexFunc(s.catalog.dataCenters, func(d *dataCenter) bool { return d.out.ID == id })
	if i < 0 {
		return nil
	}
	return s.catalog.dataCenters[i]
}
