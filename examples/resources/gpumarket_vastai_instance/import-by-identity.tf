import {
  to = gpumarket_vastai_instance.worker
  identity = {
    id = "12345678"
  }
}
