package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// process is a gpusim that runs in this process.
type process struct {
	t *testing.T
	ready
	err  *lines
	stop func()
}

// lines is a writer that hands over the first line and keeps everything.
type lines struct {
	mu    sync.Mutex
	all   bytes.Buffer
	first chan string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := strings.Contains(l.all.String(), "\n")
	l.all.Write(p)
	if line, _, whole := strings.Cut(l.all.String(), "\n"); whole && !before {
		l.first <- line
	}
	return len(p), nil
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// start runs gpusim until stop or the end of the test, and then wants it to have
// ended well with one line printed.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, diagnostics := &lines{first: make(chan string, 1)}, &lines{first: make(chan string, 1)}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, args, out, diagnostics) }()
	s := &process{t: t, err: diagnostics, stop: sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("gpusim ended with %v", err)
		}
		if n := strings.Count(out.text(), "\n"); n != 1 {
			t.Errorf("gpusim printed %d lines:\n%s", n, out.text())
		}
	})}
	t.Cleanup(s.stop)
	select {
	case line := <-out.first:
		if err := json.Unmarshal([]byte(line), &s.ready); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
	case err := <-ended:
		ended <- err
		t.Fatalf("gpusim ended early: %v", err)
	}
	return s
}

// ask sends a request with the account's key.
func (s *process) ask(method, url, body string) (status int, text string, err error) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.APIKey)
	// A client repeats what fails on a connection that it used before.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(got), err
}

// want asks and wants a status and a part of the body.
func (s *process) want(method, url, body string, status int, part string) string {
	s.t.Helper()
	got, text, err := s.ask(method, url, body)
	if err != nil || got != status || !strings.Contains(text, part) {
		s.t.Fatalf("%s %s %s\n→ %d %.500s (%v)\nwant %d with %s", method, url, body, got, text, err, status, part)
	}
	return text
}

func (s *process) into(url string, v any) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.want("GET", url, "", 200, "")), v); err != nil {
		s.t.Fatalf("%s: %v", url, err)
	}
}

const newVolume = `{"name":"v","size":730,"dataCenter":"US-KS-2"}`

func TestServe(t *testing.T) {
	t.Parallel()
	s := start(t, "-api-key", "k<&>", "-boot", "0s", "-seed", "7")
	if s.APIKey != "k<&>" {
		t.Errorf("key %q", s.APIKey)
	}
	for _, url := range []string{s.RunPodURL, s.VastaiURL, s.ControlURL} {
		if !strings.HasPrefix(url, "http://127.0.0.1:") {
			t.Errorf("address %q", url)
		}
	}
	s.want("POST", s.RunPodURL+"/v2/network-volumes", newVolume, 201, "US-KS-2")
	s.want("POST", s.VastaiURL+"/api/v0/bundles/", `{"limit":3}`, 200, `"offers"`)

	var journal []struct {
		N, Status                         int
		Platform, Operation, Method, Path string
		AtMS                              int64 `json:"at_ms"`
	}
	s.into(s.ControlURL+"/journal?since=0", &journal)
	if len(journal) != 2 || journal[0].Operation != "createNetworkVolume" || journal[0].Status != 201 ||
		journal[1].Platform != "vastai" || journal[1].Operation != "searchOffers" || journal[1].N != 2 {
		t.Errorf("journal %+v", journal)
	}

	s.want("POST", s.ControlURL+"/advance", `{"seconds":36000}`, 200, `"ok":true`)
	var state struct {
		RunPod struct {
			Pods           []any
			NetworkVolumes []struct {
				Size      int
				BilledUSD float64 `json:"billed_usd"`
			} `json:"network_volumes"`
		}
		Vastai struct{ Instances, Volumes []any }
	}
	s.into(s.ControlURL+"/state", &state)
	volumes := state.RunPod.NetworkVolumes
	if len(volumes) != 1 || volumes[0].Size != 730 || volumes[0].BilledUSD < 0.7 || volumes[0].BilledUSD > 0.701 {
		t.Errorf("after ten hours at 0.07: %+v", volumes)
	}
	if state.RunPod.Pods == nil || state.Vastai.Instances == nil || state.Vastai.Volumes == nil {
		t.Errorf("lists are missing in %+v", state)
	}
	s.want("POST", s.ControlURL+"/reset", "", 200, `"ok":true`)
	s.want("GET", s.RunPodURL+"/v2/network-volumes", "", 200, `{"networkVolumes":[]}`)
	s.into(s.ControlURL+"/journal", &journal)
	if len(journal) != 1 {
		t.Errorf("journal after the reset: %+v", journal)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := start(t)
	volumes := s.RunPodURL + "/v2/network-volumes"
	count := func() int {
		t.Helper()
		var list struct{ NetworkVolumes []any }
		s.into(volumes, &list)
		return len(list.NetworkVolumes)
	}
	tests := []struct {
		fault  string // its kind and more
		status int    // 0 = the connection breaks
		part   string
		made   int
	}{
		{`"kind":"drop_before"`, 0, "", 0},
		{`"kind":"drop_after"`, 0, "", 1},
		{`"kind":"status","status":500`, 500, `"status":500`, 0},
		{`"kind":"status","status":429,"body":"slow down"`, 429, "slow down", 0},
		{`"kind":"delay","delay_ms":20`, 201, "US-KS-2", 1},
		{`"kind":"truncate"`, 201, `{"id":`, 1},
		{`"kind":"html"`, 200, "<html>", 0},
	}
	for _, tt := range tests {
		before := count()
		s.want("POST", s.ControlURL+"/faults", `{"platform":"runpod","operation":"createNetworkVolume","times":1,`+tt.fault+`}`, 200, "")
		status, text, err := s.ask("POST", volumes, newVolume)
		if (err != nil) != (tt.status == 0) || status != tt.status || !strings.Contains(text, tt.part) {
			t.Errorf("%s → %d %s (%v), want %d with %s", tt.fault, status, text, err, tt.status, tt.part)
		}
		if made := count() - before; made != tt.made {
			t.Errorf("%s: %d volumes were made, want %d", tt.fault, made, tt.made)
		}
	}
	s.want("POST", s.ControlURL+"/faults", `{"method":"GET","path":"/v2/network-volumes","kind":"empty_list"}`, 200, "")
	if n := count(); n != 0 {
		t.Errorf("an emptied list has %d volumes", n)
	}
	s.want("DELETE", s.ControlURL+"/faults", "", 200, "")
	if n := count(); n != 3 {
		t.Errorf("%d volumes, want 3", n)
	}
	s.want("POST", s.ControlURL+"/faults", `{"operation":"createNetworkVolumes","kind":"html"}`, 400, "createNetworkVolumes")
}

// TestInterrupted: a request that a fault holds up does not hold up the end.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.want("POST", s.ControlURL+"/faults", `{"platform":"runpod","operation":"listPods","kind":"delay","delay_ms":600000}`, 200, "")
	broken := make(chan error, 1)
	go func() {
		_, _, err := s.ask("GET", s.RunPodURL+"/v2/pods", "")
		broken <- err
	}()
	for journal := "[]"; journal == "[]"; {
		journal = s.want("GET", s.ControlURL+"/journal", "", 200, "")
	}
	s.stop()
	if err := <-broken; err == nil {
		t.Error("the request under way was answered")
	}
}

const market = `{"runpod":{"gpus":[{"id":"NVIDIA Test","name":"Test","memory":24,"price":{"secure":1,"community":0}}]},
	"vastai":{"offers":[{"id":77,"machine_id":5,"gpu_name":"RTX 4090","num_gpus":1,"dph_base":0.4}]}}`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "market.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMarketFile(t *testing.T) {
	t.Parallel()
	s := start(t, "-market", write(t, market))
	for range 2 {
		var catalog struct{ GPUs []struct{ ID string } }
		s.into(s.RunPodURL+"/v2/catalog/gpus", &catalog)
		if len(catalog.GPUs) != 1 || catalog.GPUs[0].ID != "NVIDIA Test" {
			t.Errorf("types %+v", catalog.GPUs)
		}
		var found struct{ Offers []struct{ ID int64 } }
		if err := json.Unmarshal([]byte(s.want("POST", s.VastaiURL+"/api/v0/bundles/", `{}`, 200, "")), &found); err != nil {
			t.Fatal(err)
		}
		if len(found.Offers) != 1 || found.Offers[0].ID != 77 {
			t.Errorf("offers %+v", found.Offers)
		}
		s.want("POST", s.ControlURL+"/market", `{"action":"stock","gpu":"NVIDIA Test","level":"NONE"}`, 200, "")
		s.want("POST", s.ControlURL+"/market", `{"action":"take_offer","offer_id":77}`, 200, "")
		s.want("POST", s.RunPodURL+"/v2/pods", `{"name":"p","image":"i","gpu":{"id":"NVIDIA Test","count":1}}`, 400, "no longer any instances")
		s.want("POST", s.ControlURL+"/reset", "", 200, "")
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	s := start(t, "-quota", "documented")
	for range 60 {
		s.want("GET", s.RunPodURL+"/v2/account/ssh-keys", "", 200, "")
	}
	s.want("GET", s.RunPodURL+"/v2/account/ssh-keys", "", 429, "rate limit exceeded")
}

func TestErrors(t *testing.T) {
	t.Parallel()
	taken := start(t)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"-cloud", "x"}, "-cloud"},
		{"argument", []string{"now"}, `"now"`},
		{"boot", []string{"-boot", "fast"}, "fast"},
		{"negative boot", []string{"-boot", "-1s"}, "-boot"},
		{"negative latency", []string{"-latency", "-1s"}, "-latency"},
		{"seed", []string{"-seed", "-1"}, "seed"},
		{"quota", []string{"-quota", "strict"}, `"strict"`},
		{"key", []string{"-api-key", ""}, "-api-key"},
		{"pages", []string{"-runpod-pages", "-1"}, "-runpod-pages"},
		{"address", []string{"-vastai", "nowhere"}, "-vastai"},
		{"address in use", []string{"-control", strings.TrimPrefix(taken.RunPodURL, "http://")}, "-control"},
		{"no market file", []string{"-market", filepath.Join(t.TempDir(), "none.json")}, "none.json"},
		{"market is no JSON", []string{"-market", write(t, `{`)}, "market.json"},
		{"market of another platform", []string{"-market", write(t, `{"aws":{}}`)}, `"aws"`},
		{"misspelt list", []string{"-market", write(t, `{"runpod":{"datacenters":[]}}`)}, `"datacenters"`},
		{"type without id", []string{"-market", write(t, `{"runpod":{"gpus":[{"memory":24}]}}`)}, "gpus[0]"},
		{"offer without name", []string{"-market", write(t, `{"vastai":{"offers":[{"id":1}]}}`)}, "offers[0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			var out bytes.Buffer
			err := run(ctx, tt.args, &out, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
				t.Errorf("error %v, want one with %s; printed %q", err, tt.want, out.String())
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var out, usage bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, &out, &usage); err != nil || out.Len() > 0 {
		t.Errorf("error %v, printed %q", err, out.String())
	}
	for _, name := range []string{"-runpod", "-vastai", "-control", "-api-key", "-seed", "-boot", "-latency", "-quota", "-market", "-runpod-pages"} {
		if !strings.Contains(usage.String(), name+" ") {
			t.Errorf("the usage lacks %s:\n%s", name, usage.String())
		}
	}
	for _, part := range []string{"GET /state", "GET /journal", "POST /advance", "POST /reset", "POST /faults", "POST /market"} {
		if !strings.Contains(usage.String(), part) {
			t.Errorf("the usage does not describe %s", part)
		}
	}
	for _, name := range slices.Concat(simkit.Actions(), kinds()) {
		if !strings.Contains(usage.String(), name) {
			t.Errorf("the usage does not describe %s", name)
		}
	}
}

func kinds() []string {
	var names []string
	for _, k := range simkit.Kinds() {
		names = append(names, string(k))
	}
	return names
}

// TestHints: stderr says what to export, so that a shell understands it, and
// where the control API is described; what is at that address is its manual.
func TestHints(t *testing.T) {
	t.Parallel()
	s := start(t, "-api-key", "it's")
	for _, line := range []string{
		`export RUNPOD_API_KEY='it'\''s'`, "export RUNPOD_BASE_URL='" + s.RunPodURL + "'",
		`export VAST_API_KEY='it'\''s'`, "export VAST_URL='" + s.VastaiURL + "'", "gpusim -help", s.ControlURL,
	} {
		if !strings.Contains(s.err.text(), line) {
			t.Errorf("stderr lacks %q:\n%s", line, s.err.text())
		}
	}
	s.want("GET", s.ControlURL, "", 200, "POST /advance")
	s.want("GET", s.ControlURL+"/nothing", "", 404, "")
}

// TestPages: a switch pages RunPod's lists.
func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t, "-runpod-pages", "1")
	for range 2 {
		s.want("POST", s.RunPodURL+"/v2/network-volumes", newVolume, 201, "")
	}
	s.want("GET", s.RunPodURL+"/v2/network-volumes", "", 200, `"hasNextPage":true`)
}

// TestOpenPorts: what runs is reached where the API says it is, as soon as it
// runs and no longer; a switch keeps it closed.
func TestOpenPorts(t *testing.T) {
	t.Parallel()
	s := start(t, "-boot", "0s")
	var pod struct {
		ID  string
		SSH struct {
			Direct struct {
				Host string
				Port int
			}
		}
	}
	made := s.want("POST", s.RunPodURL+"/v2/pods", `{"name":"p","image":"i","ports":["22/tcp"],"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}}`, 201, "")
	if err := json.Unmarshal([]byte(made), &pod); err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort(pod.SSH.Direct.Host, strconv.Itoa(pod.SSH.Direct.Port))
	greeting := ""
	for greeting == "" && t.Context().Err() == nil {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			continue // not open yet
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		greeting = line
		_ = conn.Close()
	}
	if !strings.HasPrefix(greeting, "SSH-2.0-") {
		t.Errorf("port 22 says %q", greeting)
	}

	closed := start(t, "-boot", "0s", "-open-ports=false")
	closed.want("POST", closed.RunPodURL+"/v2/pods", `{"name":"p","image":"i","ports":["22/tcp"],"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}}`, 201, "198.51.100.")
}
