"""Asking for a graph in chat: a line in, replies with pictures out.

``query`` (what was asked) and ``answers`` (what is replied) are pure; ``bot`` ties them to Grafana;
``slack``, ``socket_mode``, ``hipchat`` and ``http`` are where people and scripts ask.
"""
