"""Events that do not come from Kubernetes or Prometheus."""
