package acctest

import (
	"fmt"
	"os"
	"strconv"
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
