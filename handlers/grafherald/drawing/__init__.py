"""Panels as pictures of our own, beside an alert or anywhere else, without a renderer.

`panels` reads what a render URL shows, `draw` makes a picture of it. Here they are put together:
`artist.Artist` asks a Grafana, `scene` says what an alert adds, `workers` draws where drawing must
not hold up a server's other threads.
"""
