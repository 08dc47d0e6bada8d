package simkit

import (
	"net"
	"os"
	"strconv"
	"strings"
)

// Loopback is where ports are reachable when a world opens them.
const Loopback = "127.0.0.1"

// Ports that are opened come from a range below the one that systems give out
// to connections by themselves.
const (
	firstPort = 20_000
	portCount = 12_000
)

// Port is a port of a container that is mapped to one outside.
type Port struct {
	// Public is the port outside.
	Public int
	// Private is the port inside with its protocol: "22/tcp", "8000/http".
	Private string
	// Owner names what runs: "pod abc", "instance 7".
	Owner string
}

// SSH tells whether an SSH server listens inside.
func (p Port) SSH() bool { return strings.HasPrefix(p.Private, "22/") }

// UDP tells whether the port is one of datagrams, which nothing is opened for.
func (p Port) UDP() bool { return strings.HasSuffix(p.Private, "/udp") }

// Address is where mapped ports are reachable: the given address, or [Loopback]
// in a world that opens them.
func (k *Kit) Address(documentation string) string {
	if k.options.OpenPorts {
		return Loopback
	}
	return documentation
}

// OpensPorts tells whether mapped ports are to be opened on [Loopback].
func (k *Kit) OpensPorts() bool { return k.options.OpenPorts }

// PublicPort is a port for a mapping: one of draw's, or in a world that opens
// its ports one that is free on this machine now.
func (k *Kit) PublicPort(draw func() int) int {
	if !k.options.OpenPorts {
		return draw()
	}
	for range portCount {
		// Worlds of several processes begin at different places.
		port := firstPort + (os.Getpid()+int(k.ports.Add(1)))%portCount
		if free(port) {
			return port
		}
	}
	return draw()
}

// free tells whether a port of [Loopback] can be listened on.
func free(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort(Loopback, strconv.Itoa(port))) //nolint:noctx // at once
	if err != nil {
		return false
	}
	return listener.Close() == nil
}
