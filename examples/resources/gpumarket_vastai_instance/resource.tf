data "gpumarket_offers" "worker" {
  gpu_names       = ["RTX 4090", "RTX 3090"]
  marketplaces    = ["vastai"]
  min_reliability = 0.98
  disk_gb         = 40
  limit           = 10
}

# What the plan shows is what is rented: the plan contains the offers, and they are
# tried in order, never above the quoted price.
resource "gpumarket_vastai_instance" "worker" {
  selection = data.gpumarket_offers.worker.selection
  image     = "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime"
  disk_gb   = 40
  label     = "worker"

  launch_mode = "ssh"
  direct      = true
  ports       = ["8080/tcp"]
  env = {
    RUN_NAME = "baseline"
  }

  timeouts {
    create = "20m"
  }
}

output "ssh" {
  value = gpumarket_vastai_instance.worker.ssh
}
