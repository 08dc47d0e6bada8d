import {
  to = gpumarket_vastai_instance.worker
  id = "12345678"
}
