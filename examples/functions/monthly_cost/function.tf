output "cost" {
  value = provider::gpumarket::monthly_cost(0.59) # 430.7
}
