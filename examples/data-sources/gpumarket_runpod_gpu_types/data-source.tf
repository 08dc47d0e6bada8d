data "gpumarket_runpod_gpu_types" "large" {
  min_memory_gb = 80
}

output "large_gpus" {
  value = { for type in data.gpumarket_runpod_gpu_types.large.gpu_types : type.name => type.secure_price }
}
