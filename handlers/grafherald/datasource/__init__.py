"""The history of alerts as a Grafana datasource: for Simple JSON and for its successor.

`request` and `target` read what Grafana asks, `graphs` and `tables` ask the history, `json_format`
writes what Grafana reads, `routes` is the Flask blueprint around them.

Wire formats: https://github.com/grafana/simple-json-datasource#readme and
https://github.com/simPod/GrafanaJsonDatasource#readme.
"""
