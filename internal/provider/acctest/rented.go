package acctest

import (
	"encoding/json"
	"fmt"
)

// Rented is one object that a simulator holds.
type Rented struct {
	// Type is the Terraform type.
	Type string
	ID   string
	// Hourly is what its machine costs, as the platform says: RunPod's cost (compute
	// alone), Vast.ai's dph_total; 0 for storage.
	Hourly float64
	// Env is its environment, nil for storage.
	Env map[string]string
	// Image and Name are as the platform has them.
	Image, Name string
}

func (r Rented) String() string { return r.Type + " " + r.ID }

// Rented lists what the simulators hold: pods, network volumes and instances.
func (e *Env) Rented() []Rented {
	// The state is what GET /state answers; going through JSON keeps this test
	// helper from knowing the simulators' types.
	content, err := json.Marshal(e.World.State())
	if err != nil {
		panic(err)
	}
	var state struct {
		RunPod struct {
			Pods []struct {
				ID    string            `json:"id"`
				Name  string            `json:"name"`
				Image string            `json:"image"`
				Env   map[string]string `json:"env"`
				Cost  float64           `json:"cost"`
			} `json:"pods"`
			NetworkVolumes []struct {
				ID   string `json:"id"`
				Name string `json:"name"`
			} `json:"network_volumes"`
		} `json:"runpod"`
		Vastai struct {
			Instances []struct {
				ID    int64             `json:"id"`
				Label string            `json:"label"`
				Image string            `json:"image_uuid"`
				Env   map[string]string `json:"env"`
				Total float64           `json:"dph_total"`
			} `json:"instances"`
		} `json:"vastai"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		panic(err)
	}
	var all []Rented
	for _, p := range state.RunPod.Pods {
		all = append(all, Rented{Type: "gpumarket_runpod_pod", ID: p.ID, Hourly: p.Cost, Env: p.Env, Image: p.Image, Name: p.Name})
	}
	for _, v := range state.RunPod.NetworkVolumes {
		all = append(all, Rented{Type: "gpumarket_runpod_network_volume", ID: v.ID, Name: v.Name})
	}
	for _, i := range state.Vastai.Instances {
		all = append(all, Rented{
			Type: "gpumarket_vastai_instance", ID: fmt.Sprint(i.ID), Hourly: i.Total, Env: i.Env, Image: i.Image, Name: i.Label,
		})
	}
	return all
}
