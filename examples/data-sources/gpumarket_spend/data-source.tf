data "gpumarket_spend" "now" {}

output "spend" {
  value = data.gpumarket_spend.now.table
}

# What was rented by hand or by other tools, or was forgotten.
output "not_ours" {
  value = [for item in data.gpumarket_spend.now.items : item.id if item.managed == false]
}
