"""Kubernetes, Prometheus and other services."""
