"""The history of alerts as a Grafana datasource: for Simple JSON and for its successor.

`request` and `target` read what Grafana asks, `history_of` asks the history, `answer` writes what
Grafana reads, `routes` is the Flask blueprint around them.

Wire formats: https://github.com/grafana/simple-json-datasource#readme and
https://github.com/simPod/GrafanaJsonDatasource#readme.
"""
