package sim_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// openWorld is a world on the machine's clock whose ports are open until the end
// of the test, or until the returned function is called.
func openWorld(t *testing.T) (w *sim.World, end func()) {
	t.Helper()
	w = sim.New(sim.Options{Seed: 1, APIKey: "k", OpenPorts: true})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.ServePorts(ctx, func(err error) { t.Error(err) })
	}()
	end = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(end)
	return w, end
}

// publicPort is the mapping of what runs.
func publicPort(t *testing.T, w *sim.World, private string) int {
	t.Helper()
	for _, p := range w.Ports() {
		if p.Private == private {
			return p.Public
		}
	}
	t.Fatalf("nothing maps %s: %+v", private, w.Ports())
	return 0
}

// dial connects to a port of loopback as soon as, or until, it is open.
func dial(t *testing.T, port int, open bool) net.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(simkit.Loopback, strconv.Itoa(port)))
		switch {
		case ctx.Err() != nil:
			t.Fatalf("port %d is never open=%v", port, open)
		case (err == nil) == open:
			return conn
		case err == nil:
			_ = conn.Close()
		}
	}
}

func first(t *testing.T, conn net.Conn) string {
	t.Helper()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// TestOpenPorts: what runs on either marketplace is reached on loopback, with a
// banner for SSH and an answer for HTTP, and no longer once it stops.
func TestOpenPorts(t *testing.T) {
	t.Parallel()
	w, end := openWorld(t)
	status, text := ask(t, w.RunPod, "POST", "/v2/pods", `{"name":"p","image":"i","ports":["22/tcp","8000/http","5432/tcp"],"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}}`)
	if status != 201 {
		t.Fatalf("%d %s", status, text)
	}
	var pod struct{ ID string }
	if err := json.Unmarshal([]byte(text), &pod); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, `"host":"127.0.0.1"`) {
		t.Errorf("the pod is not at loopback: %s", text)
	}
	ssh := dial(t, publicPort(t, w, "22/tcp"), true)
	if got := first(t, ssh); !strings.HasPrefix(got, "SSH-2.0-") {
		t.Errorf("SSH says %q", got)
	}
	web := publicPort(t, w, "8000/http")
	dial(t, web, true)
	resp, err := http.Get("http://" + net.JoinHostPort(simkit.Loopback, strconv.Itoa(web)) + "/health") //nolint:noctx // a test on loopback
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("HTTP answers %v, %v", resp, err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || !strings.Contains(string(body), "GET /health on port 8000/http of pod "+pod.ID) {
		t.Errorf("%q, %v", body, err)
	}
	_ = dial(t, publicPort(t, w, "5432/tcp"), true).Close()

	if status, text := ask(t, w.RunPod, "POST", "/v2/pods/"+pod.ID+"/action", `{"action":"stop"}`); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	dial(t, web, false)
	_, _ = io.ReadAll(ssh) // ends, because connections are closed too
	_ = ssh.Close()

	if err := w.Vastai.LoadOffers(json.RawMessage(`[{"id":7,"gpu_name":"RTX 4090","dph_base":0.4,"direct_port_count":9}]`)); err != nil {
		t.Fatal(err)
	}
	if status, text := ask(t, w.Vastai, "PUT", "/api/v0/asks/7/", `{"image":"a:1","runtype":"ssh_direct","env":{"-p 8080:8080":"1","-p 5000:5000/udp":"1"}}`); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	_, list := ask(t, w.Vastai, "GET", "/api/v1/instances/", "")
	if !strings.Contains(list, `"public_ipaddr":"127.0.0.1"`) {
		t.Errorf("the instance is not at loopback: %s", list)
	}
	_ = dial(t, publicPort(t, w, "22/tcp"), true).Close()
	last := publicPort(t, w, "8080/tcp")
	_ = dial(t, last, true).Close()
	dial(t, publicPort(t, w, "5000/udp"), false)
	end()
	dial(t, last, false)
}

// TestPortInUse: a port that somebody else has is told once, and opened as soon
// as it is free.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	w := sim.New(sim.Options{Seed: 1, APIKey: "k", OpenPorts: true})
	status, text := ask(t, w.RunPod, "POST", "/v2/pods", `{"name":"p","image":"i","ports":["9000/tcp"],"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}}`)
	if status != 201 {
		t.Fatalf("%d %s", status, text)
	}
	port := publicPort(t, w, "9000/tcp")
	other, err := net.Listen("tcp", net.JoinHostPort(simkit.Loopback, strconv.Itoa(port))) //nolint:noctx // at once
	if err != nil {
		t.Fatal(err)
	}
	complaints := make(chan error, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.ServePorts(ctx, func(err error) { complaints <- err })
	}()
	if err := <-complaints; !strings.Contains(err.Error(), strconv.Itoa(port)) {
		t.Errorf("complaint %v, want the port", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	conn := dial(t, port, true)
	_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	if got := first(t, conn); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("the port says %q", got)
	}
	cancel()
	<-done
	if n := len(complaints); n > 0 {
		t.Errorf("%d more complaints", n)
	}
}
