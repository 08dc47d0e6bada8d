package instance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// Values of launch_mode.
const (
	launchSSH     = "ssh"
	launchJupyter = "jupyter"
	launchArgs    = "args"
)

func launchModes() []string { return []string{launchSSH, launchJupyter, launchArgs} }

// runtype is a launch mode as the API takes it.
func runtype(mode string, direct bool) string {
	switch {
	case mode == launchArgs:
		return launchArgs
	case direct:
		return mode + "_direct"
	default:
		return mode + "_proxy"
	}
}

// launchOf reads a launch mode back. The service reports it in words of its own,
// "jupyter_direc ssh_direc ssh_proxy", the misspelling included. ok is false
// while it reports none.
func launchOf(reported string) (mode string, direct, ok bool) {
	words := strings.Fields(reported)
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(words, name) })
	}
	switch {
	case len(words) == 0:
		return "", false, false
	case has("jupyter", "jupyter_proxy", "jupyter_direc", "jupyter_direct"):
		mode = launchJupyter
	case has("ssh", "ssh_proxy", "ssh_direc", "ssh_direct"):
		mode = launchSSH
	default:
		mode = launchArgs
	}
	return mode, has("jupyter_direc", "jupyter_direct", "ssh_direc", "ssh_direct"), true
}

// port is a container port.
type port struct {
	number   int
	protocol string
}

// The protocols of a port.
const (
	tcp = "tcp"
	udp = "udp"
)

// symmetricFrom: from here on a number asks for the same port inside and outside.
const symmetricFrom = 70_000

// parsePort reads "8080", "8080/tcp", "5000/udp".
func parsePort(text string) (port, error) {
	number, protocol, given := strings.Cut(text, "/")
	if !given {
		protocol = tcp
	}
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 1 || strconv.Itoa(n) != number:
		return port{}, fmt.Errorf("%q is not a container port: use \"8080\", \"8080/tcp\" or \"5000/udp\"", text)
	case n > validators.MaxPort && n < symmetricFrom:
		return port{}, fmt.Errorf("%q is not a container port: the highest port number is %d; a number of %d or more requests the same number inside and outside", text, validators.MaxPort, symmetricFrom)
	case n > validators.MaxSymmetricPort:
		return port{}, fmt.Errorf("%q is not a container port: the highest number that requests the same port inside and outside is %d", text, validators.MaxSymmetricPort)
	case protocol != tcp && protocol != udp:
		return port{}, fmt.Errorf("%q has the protocol %q: Vast.ai maps tcp and udp", text, protocol)
	}
	return port{n, protocol}, nil
}

// flag is the key under which a port travels in the environment.
func (p port) flag() string {
	text := fmt.Sprintf("-p %d:%d", p.number, p.number)
	if p.protocol == udp {
		return text + "/udp"
	}
	return text
}

// flagPort reads a port out of the environment: "-p 8080:8080", "-p 8080:8080/udp",
// "-p 8080".
func flagPort(key string) (port, bool) {
	text, ok := strings.CutPrefix(key, "-p ")
	if !ok {
		return port{}, false
	}
	if at := strings.LastIndex(text, ":"); at >= 0 {
		text = text[at+1:]
	}
	p, err := parsePort(strings.TrimSpace(text))
	return p, err == nil
}

// mapped is the port outside that a container port is published at.
func mapped(i *wire.Instance, p port) (int64, bool) {
	for _, binding := range i.Ports[fmt.Sprintf("%d/%s", p.number, p.protocol)] {
		if outside, err := strconv.ParseInt(string(binding.HostPort), 10, 64); err == nil {
			return outside, true
		}
	}
	return 0, false
}
