# What both accounts are billed for now, no matter who rented it.

terraform {
  required_providers {
    gpumarket = {
      source = "gpumarket/gpumarket"
    }
  }
}

provider "gpumarket" {}

data "gpumarket_spend" "now" {}

output "spend" {
  value = data.gpumarket_spend.now.table
}
