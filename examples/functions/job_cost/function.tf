output "cost" {
  value = provider::gpumarket::job_cost(0.59, 2) # 1.18
}
