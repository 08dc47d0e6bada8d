package acctest

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
)

// defaultLiveMax is what a live test may spend unless told otherwise, in USD.
const defaultLiveMax = 1.00

// Live lets a test run against the real accounts of whoever set GPUMARKET_LIVE=1
// ("make testlive"), and skips it otherwise. It returns the most that the test
// may spend, in USD: GPUMARKET_LIVE_MAX_USD, else 1.00. The test keeps to it
// with max_hourly_price and budget, and destroys what it rents.
func Live(t testing.TB) float64 {
	t.Helper()
	if os.Getenv("GPUMARKET_LIVE") != "1" {
		t.Skip("rents for real money: run it with make testlive")
	}
	limit, err := liveMax()
	if err != nil {
		t.Fatal(err)
	}
	return limit
}

func liveMax() (float64, error) {
	text := os.Getenv("GPUMARKET_LIVE_MAX_USD")
	if text == "" {
		return defaultLiveMax, nil
	}
	limit, err := strconv.ParseFloat(text, 64)
	if err != nil || limit <= 0 {
		return 0, fmt.Errorf("GPUMARKET_LIVE_MAX_USD=%q is no amount of USD above 0", text)
	}
	return limit, nil
}

// liveAccounts are the variables that name the accounts of whoever runs the tests,
// as they were before the environment was cleaned of them for everybody else.
var liveAccounts = sync.OnceValue(func() []string {
	var accounts []string
	for _, name := range []string{"RUNPOD_API_KEY", "RUNPOD_BASE_URL", "VAST_API_KEY", "VAST_URL", "XDG_CONFIG_HOME", "HOME"} {
		if value, set := os.LookupEnv(name); set {
			accounts = append(accounts, name+"="+value)
		}
	}
	return accounts
})

// LiveCLI returns a CLI that runs the built provider against the real accounts of
// whoever runs the tests, in a new working directory with the given configuration.
// At the end of the test, however it ends, everything in the state is destroyed.
func LiveCLI(t *testing.T, config string) *CLI {
	t.Helper()
	accounts := liveAccounts()
	tools := prepare(t)
	plugins, err := built()
	if err != nil {
		t.Fatal(err)
	}
	c := newCLI(t, tools, plugins, "")
	c.env = append(c.env, accounts...)
	c.Write("main.tf", config)
	t.Cleanup(func() {
		if result := c.Run("destroy", "-auto-approve"); result.Code != 0 {
			t.Errorf("STILL BILLING: destroy failed in %s\n%s", c.Dir, result.Output())
		}
	})
	return c
}
