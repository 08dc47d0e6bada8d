list "gpumarket_vastai_instance" "all" {
  provider = gpumarket
}
