"""What Prometheus knows about resources."""
