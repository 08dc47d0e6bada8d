terraform {
  required_providers {
    gpumarket = {
      source = "gpumarket/gpumarket"
    }
  }
}

# The keys come from RUNPOD_API_KEY and VAST_API_KEY; one of them is enough.
provider "gpumarket" {
  budget {
    max_hourly      = 5.00 # USD per hour: everything on both accounts together
    max_hourly_each = 2.00 # USD per hour: any one resource
  }
}
