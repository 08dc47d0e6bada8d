resource "gpumarket_runpod_network_volume" "data" {
  name           = "data"
  size_gb        = 100
  data_center_id = "US-KS-2"
}

output "cost" {
  value = provider::gpumarket::cost_table({
    data = gpumarket_runpod_network_volume.data.estimated_cost
  })
}
