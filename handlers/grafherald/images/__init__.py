"""Pictures: fetched from Grafana with the token, checked, published without it."""
