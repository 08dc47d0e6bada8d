resource "gpumarket_runpod_network_volume" "data" {
  name           = "training-data"
  size_gb        = 100
  data_center_id = "US-KS-2"
}
