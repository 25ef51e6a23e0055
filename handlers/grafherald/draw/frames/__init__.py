"""The data of a panel: frames as Grafana answers them, and all that makes others of them."""
