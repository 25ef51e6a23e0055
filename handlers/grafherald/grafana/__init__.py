"""Grafana's URLs and its HTTP API."""
