import {
  to = gpumarket_runpod_pod.trainer
  identity = {
    id = "7h9k2m4n6p"
  }
}
