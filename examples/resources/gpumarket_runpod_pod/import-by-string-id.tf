import {
  to = gpumarket_runpod_pod.trainer
  id = "7h9k2m4n6p"
}
