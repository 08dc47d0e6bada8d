data "gpumarket_spend" "now" {}

output "spend" {
  value = data.gpumarket_spend.now.table
}

# Rented by hand or by other tools, or forgotten by everybody.
output "not_ours" {
  value = [for item in data.gpumarket_spend.now.items : item.id if item.managed == false]
}
