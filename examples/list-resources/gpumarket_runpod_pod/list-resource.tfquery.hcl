list "gpumarket_runpod_pod" "all" {
  provider = gpumarket
}
