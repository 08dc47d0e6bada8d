# What the market offers now. A configuration of its own: the market moves, and the
# plan of what is rented shall stay empty while it does.

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

data "gpumarket_offers" "now" {
  gpu_names       = [var.gpu]
  min_reliability = 0.98
  disk_gb         = 40
  limit           = 10
}

output "offers" {
  value = data.gpumarket_offers.now.table
}

output "rejected" {
  value = data.gpumarket_offers.now.rejected
}
