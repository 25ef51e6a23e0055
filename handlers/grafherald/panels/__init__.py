"""Grafana's panels as data: what a render URL shows, asked for without a browser.

`reader.Reader` finds the panel in its dashboard, fills in its variables, asks its datasources
through Grafana's backend and hands everything that `grafherald.draw` needs back. Never through
``/api/datasources/proxy/``: before 8.5.14 and 9.1.8 Grafana hands our token on to the datasource
(CVE-2022-31130).
"""
