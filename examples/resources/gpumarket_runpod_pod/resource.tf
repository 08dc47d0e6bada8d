resource "gpumarket_runpod_network_volume" "data" {
  name           = "training-data"
  size_gb        = 100
  data_center_id = "US-KS-2"
}

resource "gpumarket_runpod_pod" "trainer" {
  name  = "trainer"
  image = "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404"

  # Tried in this order until one is available.
  gpu {
    types = ["RTX 4090", "L40S", "RTX A6000"]
  }

  clouds           = ["SECURE"]
  data_center_ids  = [gpumarket_runpod_network_volume.data.data_center_id]
  max_hourly_price = 1.20

  network_volume {
    id         = gpumarket_runpod_network_volume.data.id
    mount_path = "/workspace"
  }

  container_disk_gb = 40
  ports             = ["8888/http", "22/tcp"]
  start_ssh         = true
  env = {
    RUN_NAME = "baseline"
  }

  timeouts {
    create = "20m"
  }
}

output "ssh" {
  value = gpumarket_runpod_pod.trainer.ssh
}
