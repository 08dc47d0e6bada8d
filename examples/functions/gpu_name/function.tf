output "name" {
  value = provider::gpumarket::gpu_name("NVIDIA GeForce RTX 4090") # RTX 4090
}
