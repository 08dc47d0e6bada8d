package normalize

import (
	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// leastDriver is the smallest number that can only be a driver's: CUDA is at 13.
const leastDriver = 100

// cuda is the latest CUDA version that the driver supports. Some hosts report the
// driver's number in its place; the branches and their CUDA versions are NVIDIA's.
func cuda(maxGood *vastai.Float) *float64 {
	if maxGood == nil || *maxGood < leastDriver {
		return scaled(maxGood, 1)
	}
	for _, branch := range []struct{ driver, cuda float64 }{
		{595, 13.2},
		{590, 13.1},
		{580, 13.0},
		{575, 12.9},
		{570, 12.8},
		{565, 12.7},
		{560, 12.6},
		{555, 12.5},
		{550, 12.4},
		{545, 12.3},
		{535, 12.2},
		{530, 12.1},
		{525, 12.0},
		{520, 11.8},
	} {
		if float64(*maxGood) >= branch.driver {
			return &branch.cuda
		}
	}
	return nil
}
