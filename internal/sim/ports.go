package sim

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

const (
	// portCheck is how often it is looked at what runs.
	portCheck = 50 * time.Millisecond
	// patience is how long a connection may say nothing.
	patience = 30 * time.Second
)

// ServePorts opens the mapped ports of what runs on loopback until ctx ends, and
// closes them, connections included, once it no longer runs. An SSH port greets
// with a banner; any other port answers an HTTP request with status 200 and
// accepts everything else in silence. What cannot be opened is tried again, and
// told to complain once. The world's options must say OpenPorts.
func (w *World) ServePorts(ctx context.Context, complain func(error)) {
	doors := map[simkit.Port]*door{}
	told := map[simkit.Port]bool{}
	for {
		wanted := map[simkit.Port]bool{}
		for _, p := range w.Ports() {
			if p.UDP() {
				continue
			}
			wanted[p] = true
			if doors[p] != nil {
				continue
			}
			d, err := openDoor(ctx, p)
			if err == nil {
				doors[p] = d
			} else if !told[p] {
				told[p] = true
				complain(fmt.Errorf("port %d of %s cannot be opened: %w", p.Public, p.Owner, err))
			}
		}
		for p, d := range doors {
			if !wanted[p] {
				d.close()
				delete(doors, p)
			}
		}
		if clock.System().Sleep(ctx, portCheck) != nil {
			break
		}
	}
	for _, d := range doors {
		d.close()
	}
}

// door is one open port.
type door struct {
	port     simkit.Port
	listener net.Listener

	mu     sync.Mutex
	closed bool
	open   map[net.Conn]bool
}

func openDoor(ctx context.Context, p simkit.Port) (*door, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(simkit.Loopback, strconv.Itoa(p.Public)))
	if err != nil {
		return nil, err
	}
	d := &door{port: p, listener: listener, open: map[net.Conn]bool{}}
	go d.accept()
	return d, nil
}

func (d *door) accept() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return // closed
		}
		if d.enter(conn) {
			go d.serve(conn)
		}
	}
}

// enter notes a connection; ok is false when the door was closed meanwhile.
func (d *door) enter(conn net.Conn) (ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		_ = conn.Close() // nobody is to be told
		return false
	}
	d.open[conn] = true
	return true
}

func (d *door) leave(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, conn)
	_ = conn.Close() // an error means that the other side was faster
}

func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	_ = d.listener.Close() // an error means that it is closed
	for conn := range d.open {
		_ = conn.Close() // likewise
	}
}

// serve talks on one connection. Errors end it: the other side is gone.
func (d *door) serve(conn net.Conn) {
	defer d.leave(conn)
	if conn.SetDeadline(clock.System().Now().Add(patience)) != nil {
		return
	}
	if d.port.SSH() {
		if _, err := io.WriteString(conn, "SSH-2.0-gpusim\r\n"); err == nil {
			_, _ = io.Copy(io.Discard, conn) // until the other side has had enough
		}
		return
	}
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		_, _ = io.Copy(io.Discard, conn) // no HTTP: listen, and say nothing
		return
	}
	body := fmt.Sprintf("gpusim: %s %s on port %s of %s\n", request.Method, request.URL.Path, d.port.Private, d.port.Owner)
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}
