import {
  to = gpumarket_runpod_network_volume.data
  id = "2q9m7x4c"
}
