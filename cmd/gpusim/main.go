// Command gpusim serves the two simulated marketplaces on this machine, for the
// demo and for trying things out. When it is ready it prints one line of JSON,
//
//	{"runpod_url":…,"vastai_url":…,"control_url":…,"api_key":…}
//
// and serves until it is interrupted. To stderr it prints the variables to export
// for a client to use it; -help describes the control API. What runs on the
// marketplaces opens its ports on 127.0.0.1.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gpusim:", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	runpod, vastai, control string // addresses to listen on
	world                   sim.Options
	market                  string // file
	pages                   int    // objects on a page of RunPod's lists; 0 is all
}

// ready is the line that is printed once all three addresses answer.
type ready struct {
	RunPodURL  string `json:"runpod_url"`
	VastaiURL  string `json:"vastai_url"`
	ControlURL string `json:"control_url"`
	APIKey     string `json:"api_key"`
}

// run serves until ctx ends, which is no error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	o.world.RunPod = func(r *runpodsim.Options) { r.PageSize = o.pages }
	world := sim.New(o.world)
	if o.market != "" {
		file, err := os.ReadFile(o.market)
		if err != nil {
			return fmt.Errorf("-market: %w", err)
		}
		if err := world.LoadMarket(file); err != nil {
			return fmt.Errorf("-market %s: %w", o.market, err)
		}
	}

	servers, err := listen(ctx, []service{
		{"-runpod", o.runpod, world.RunPod},
		{"-vastai", o.vastai, world.Vastai},
		{"-control", o.control, world.Control},
	})
	if err != nil {
		return err
	}
	return serve(ctx, servers, ports(world, stderr), func(urls []string) error {
		r := ready{RunPodURL: urls[0], VastaiURL: urls[1], ControlURL: urls[2], APIKey: world.Kit.APIKey()}
		if _, err := io.WriteString(stderr, r.hints()); err != nil {
			return err
		}
		line := json.NewEncoder(stdout)
		line.SetEscapeHTML(false)
		return line.Encode(r) //nolint:gosec // the key of a simulated account is there to be used
	})
}

// ports is what opens the ports of what runs; nil when nobody wants them open.
func ports(world *sim.World, stderr io.Writer) func(context.Context) {
	if !world.Kit.OpensPorts() {
		return nil
	}
	return func(ctx context.Context) {
		world.ServePorts(ctx, func(err error) {
			_, _ = fmt.Fprintln(stderr, "gpusim:", err) // there is nowhere else to say it
		})
	}
}

// hints say how to use what is ready.
func (r ready) hints() string {
	var b strings.Builder
	b.WriteString("gpusim: ready. To use it from a shell:\n\n")
	for _, v := range [][2]string{
		{"RUNPOD_API_KEY", r.APIKey}, {"RUNPOD_BASE_URL", r.RunPodURL}, {"VAST_API_KEY", r.APIKey}, {"VAST_URL", r.VastaiURL},
	} {
		fmt.Fprintf(&b, "  export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
	}
	fmt.Fprintf(&b, "\nThe control API at %s (faults, time, the market) is described by\n\"gpusim -help\" and by \"curl %s\".\n", r.ControlURL, r.ControlURL)
	return b.String()
}

// parse reads the command line. For -h it prints the flags and the manual of the
// control API to usage and returns [flag.ErrHelp].
func parse(args []string, usage io.Writer) (settings, error) {
	const anyPort = "127.0.0.1:0"
	var o settings
	flags := flag.NewFlagSet("gpusim", flag.ContinueOnError)
	flags.StringVar(&o.runpod, "runpod", anyPort, "`address` of RunPod's API")
	flags.StringVar(&o.vastai, "vastai", anyPort, "`address` of Vast.ai's API")
	flags.StringVar(&o.control, "control", anyPort, "`address` of the control API: journal, state, time, faults, market")
	flags.StringVar(&o.world.APIKey, "api-key", simkit.DefaultAPIKey, "the one valid `key` of both accounts")
	flags.Uint64Var(&o.world.Seed, "seed", 1, "`number` that ids, addresses and the built-in market follow from")
	flags.DurationVar(&o.world.Boot, "boot", 2*time.Second, "how long a rented machine takes until it runs")
	flags.DurationVar(&o.world.Latency, "latency", 0, "how long every request waits")
	flags.StringVar(&o.world.Quota, "quota", simkit.QuotaOff, "rate limits: off or documented")
	flags.IntVar(&o.pages, "runpod-pages", 0, "RunPod's lists come in pages of `N` objects; 0 is whole lists without pages")
	flags.BoolVar(&o.world.OpenPorts, "open-ports", true, "what runs opens its ports on 127.0.0.1")
	flags.StringVar(&o.market, "market", "", "JSON `file` with a market in place of the built-in one")

	// What is wrong is said once, by main.
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(usage)
			flags.Usage()
			if _, err := io.WriteString(usage, "\n"+simkit.Manual); err != nil {
				return o, err
			}
		}
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.world.Boot < 0:
		return o, errors.New("-boot may not be negative")
	case o.world.Latency < 0:
		return o, errors.New("-latency may not be negative")
	case o.pages < 0:
		return o, errors.New("-runpod-pages may not be negative")
	case o.world.APIKey == "":
		return o, errors.New("-api-key may not be empty")
	case o.world.Quota != simkit.QuotaOff && o.world.Quota != simkit.QuotaDocumented:
		return o, fmt.Errorf("-quota %q is neither %s nor %s", o.world.Quota, simkit.QuotaOff, simkit.QuotaDocumented)
	}
	return o, nil
}
