data "gpumarket_offers" "cheap" {
  gpu_names       = ["RTX 4090", "RTX 5090"]
  min_reliability = 0.98
  disk_gb         = 100
  limit           = 10
}

output "market" {
  value = data.gpumarket_offers.cheap.table
}
