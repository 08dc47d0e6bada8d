# What the marketplaces offer now. It is a separate configuration: its outputs change
# whenever the market moves.

terraform {
  required_providers {
    gpumarket = {
      source = "gpumarket/gpumarket"
    }
  }
}

provider "gpumarket" {}

variable "gpu" {
  type    = string
  default = "RTX 4090"
}

# The cheapest offers of each marketplace. One list over all of them, which is the
# default, may contain offers of only one marketplace.
data "gpumarket_offers" "now" {
  for_each = toset(["runpod_secure", "runpod_community", "vastai"])

  marketplaces    = [each.key]
  gpu_names       = [var.gpu]
  min_reliability = 0.98
  disk_gb         = 40
  limit           = 4
}

output "offers" {
  value = join("\n", [for offers in data.gpumarket_offers.now : offers.table])
}

output "rejected" {
  value = { for name, offers in data.gpumarket_offers.now : name => offers.rejected }
}
