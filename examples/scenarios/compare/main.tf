# What a job costs on each marketplace.

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

variable "hours" {
  description = "Length of the job."
  type        = number
  default     = 2
}

data "gpumarket_offers" "reliable" {
  gpu_names       = [var.gpu]
  min_reliability = 0.99
  disk_gb         = 0
}

data "gpumarket_offers" "cheap" {
  gpu_names       = [var.gpu]
  min_reliability = 0.97
  disk_gb         = 0
}

output "job" {
  description = "USD for the whole job by marketplace, at the cheapest offer of each."
  value = {
    reliable = { for name, figures in data.gpumarket_offers.reliable.by_marketplace : name => provider::gpumarket::job_cost(figures.min, var.hours) }
    cheap    = { for name, figures in data.gpumarket_offers.cheap.by_marketplace : name => provider::gpumarket::job_cost(figures.min, var.hours) }
  }
}

output "offers" {
  value = data.gpumarket_offers.cheap.table
}
