data "gpumarket_vastai_offers" "fast" {
  query   = "num_gpus=2 gpu_ram>=24 reliability>0.98 inet_down>500"
  disk_gb = 100
  limit   = 5
}

output "offers" {
  value = [for offer in data.gpumarket_vastai_offers.fast.offers : "${offer.id}: ${offer.num_gpus} x ${offer.gpu_name} at ${offer.dph_total}"]
}
