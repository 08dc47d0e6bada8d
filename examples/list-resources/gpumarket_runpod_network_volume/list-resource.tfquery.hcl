list "gpumarket_runpod_network_volume" "all" {
  provider = gpumarket
}
