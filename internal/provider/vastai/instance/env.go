package instance

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// environment is what goes into the env of a request: variables, secrets, ports
// and the marker. Ports travel as keys like "-p 8080:8080".
type environment struct {
	vars, secrets map[string]string
	ports         []port
	marker        string
}

func (m *model) environment(secrets types.Map, marker string, diags *diag.Diagnostics) environment {
	e := environment{vars: kernel.StringMap(m.Env), secrets: kernel.StringMap(secrets), marker: marker}
	for _, text := range kernel.Strings(m.Ports) {
		p, err := parsePort(text)
		if err != nil {
			diags.AddError("Not a port", err.Error())
			continue
		}
		e.ports = append(e.ports, p)
	}
	return e
}

// sent is the environment as it is sent.
func (e environment) sent() map[string]string {
	out := map[string]string{}
	maps.Copy(out, e.vars)
	maps.Copy(out, e.secrets)
	for _, p := range e.ports {
		out[p.flag()] = "1"
	}
	if e.marker != "" {
		out[rent.MarkerEnv] = e.marker
	}
	return out
}

// secretNames are the names of the secrets, sorted.
func (e environment) secretNames() []string { return slices.Sorted(maps.Keys(e.secrets)) }

// merge is what the instance's environment becomes: what others set stays, what
// was formerly ours goes, what is ours now is set. A port that is there under
// another spelling is left as it is.
func (e environment) merge(current map[string]string, formerNames []string, formerPorts []port) map[string]string {
	out := foreign(current)
	for _, name := range formerNames {
		delete(out, name)
	}
	have := map[port]bool{}
	for key := range current {
		p, ok := flagPort(key)
		if !ok {
			continue
		}
		if slices.Contains(formerPorts, p) && !slices.Contains(e.ports, p) {
			delete(out, key)
			continue
		}
		have[p] = true
	}
	for key, value := range e.sent() {
		if p, ok := flagPort(key); ok && have[p] {
			continue
		}
		out[key] = value
	}
	return out
}

// foreign is an environment without the variables that the platform sets itself,
// which some answers show among those that were sent.
func foreign(env map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range env {
		if !slices.Contains(predefined(), name) && !strings.HasPrefix(name, "VAST_TCP_PORT_") && !strings.HasPrefix(name, "VAST_UDP_PORT_") {
			out[name] = value
		}
	}
	return out
}

func predefined() []string {
	return []string{
		"CONTAINER_API_KEY", "CONTAINER_ID", "GPU_COUNT", "JUPYTER_SERVER_ROOT", "JUPYTER_SERVER_URL", "PUBLIC_IPADDR",
		"SSH_PUBLIC_KEY", "VAST_CONTAINERLABEL",
	}
}

// sameEnv compares environments but for white space around values, which is not
// read back.
func sameEnv(a, b map[string]string) bool {
	return maps.EqualFunc(a, b, func(x, y string) bool { return strings.TrimSpace(x) == strings.TrimSpace(y) })
}
