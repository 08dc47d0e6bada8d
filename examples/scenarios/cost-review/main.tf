# Review the cost of a pull request that rents GPUs.
#
#   terraform plan -out=plan
#   terraform show -json plan | jq -r .planned_values.outputs.cost.value    → the comment
#   terraform show -json plan | jq -e '[.checks[] | select(.status == "fail")] == []'
#
# The last line makes the pipeline fail when the check below fails.

terraform {
  required_providers {
    gpumarket = {
      source = "gpumarket/gpumarket"
    }
  }
}

provider "gpumarket" {}

variable "max_hourly" {
  description = "What this configuration may cost, in USD per hour."
  type        = number
  default     = 3
}

variable "workers" {
  description = "Number of Vast.ai instances."
  type        = number
  default     = 2
}

# One selection for each worker, so that two workers do not try to rent the same offer.
data "gpumarket_offers" "worker" {
  gpu_names       = ["RTX 4090"]
  marketplaces    = ["vastai"]
  min_reliability = 0.98
  disk_gb         = 40
  limit           = 20
}

resource "gpumarket_runpod_network_volume" "data" {
  name           = "review-data"
  size_gb        = 100
  data_center_id = "US-KS-2"
}

resource "gpumarket_runpod_pod" "trainer" {
  name            = "review-trainer"
  image           = "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404"
  data_center_ids = [gpumarket_runpod_network_volume.data.data_center_id]

  gpu {
    types = ["RTX 4090"]
  }

  network_volume {
    id         = gpumarket_runpod_network_volume.data.id
    mount_path = "/workspace"
  }
}

resource "gpumarket_vastai_instance" "worker" {
  count     = var.workers
  selection = merge(data.gpumarket_offers.worker.selection, { candidates = slice(data.gpumarket_offers.worker.selection.candidates, count.index, length(data.gpumarket_offers.worker.selection.candidates)) })
  image     = "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime"
  disk_gb   = 40
  label     = "review-worker-${count.index}"
}

locals {
  costs = merge(
    {
      "network volume" = gpumarket_runpod_network_volume.data.estimated_cost
      "trainer"        = gpumarket_runpod_pod.trainer.estimated_cost
    },
    { for i, worker in gpumarket_vastai_instance.worker : "worker ${i}" => worker.estimated_cost },
  )
}

output "cost" {
  value = provider::gpumarket::cost_table(local.costs)
}

check "cost" {
  assert {
    condition     = sum(values(local.costs)[*].hourly) <= var.max_hourly
    error_message = "This configuration would cost ${sum(values(local.costs)[*].hourly)} USD per hour; the limit is ${var.max_hourly} USD/h."
  }
}
