# Rent a RunPod pod with a network volume, and the cheapest offer on Vast.ai, with
# the total cost in the plan.
#
#   RUNPOD_API_KEY=… VAST_API_KEY=… terraform plan

terraform {
  required_providers {
    gpumarket = {
      source = "gpumarket/gpumarket"
    }
  }
}

provider "gpumarket" {
  budget {
    max_hourly = var.max_hourly
  }
}

variable "max_hourly" {
  description = "The most that everything on both accounts may cost, in USD per hour."
  type        = number
  default     = 5.00
}

variable "gpu" {
  description = "Any name of a GPU: \"RTX 4090\", \"A100 SXM 80GB\", \"4090\"."
  type        = string
  default     = "RTX 4090"
}

data "gpumarket_offers" "worker" {
  marketplaces    = ["vastai"]
  gpu_names       = [var.gpu]
  min_reliability = 0.98
  disk_gb         = 40
  limit           = 20
}

resource "gpumarket_runpod_network_volume" "data" {
  name           = "quickstart"
  size_gb        = 50
  data_center_id = "US-KS-2"
}

resource "gpumarket_runpod_pod" "trainer" {
  name              = "quickstart-trainer"
  image             = "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404"
  data_center_ids   = [gpumarket_runpod_network_volume.data.data_center_id]
  container_disk_gb = 20
  ports             = ["8888/http", "22/tcp"]
  start_ssh         = true

  gpu {
    types = [var.gpu, "RTX A6000"]
  }

  network_volume {
    id         = gpumarket_runpod_network_volume.data.id
    mount_path = "/workspace"
  }
}

resource "gpumarket_vastai_instance" "worker" {
  selection = data.gpumarket_offers.worker.selection
  image     = "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime"
  disk_gb   = 40
  label     = "quickstart-worker"

  launch_mode = "ssh"
  direct      = true
  ports       = ["8080/tcp"]
}

# Known in the plan, before anything is rented.
output "cost" {
  value = provider::gpumarket::cost_table({
    "RunPod network volume" = gpumarket_runpod_network_volume.data.estimated_cost
    "RunPod pod"            = gpumarket_runpod_pod.trainer.estimated_cost
    "Vast.ai instance"      = gpumarket_vastai_instance.worker.estimated_cost
  })
}

output "ssh" {
  value = {
    trainer = gpumarket_runpod_pod.trainer.ssh
    worker  = gpumarket_vastai_instance.worker.ssh
  }
}

output "http" {
  value = {
    trainer = gpumarket_runpod_pod.trainer.http_urls
    worker  = gpumarket_vastai_instance.worker.http_urls
  }
}
