"""What can go wrong between Grafana and the JSON API.

A tree of its own: the plugin is shipped alone and imports nothing of grafherald but its version.
"""

from __future__ import annotations


class PluginError(Exception):
    """The root; its text is one sentence without a secret."""


class HandshakeError(PluginError):
    """The process was not started by a host that can talk to it; the text says how to be."""


class FrameError(PluginError):
    """There are no frames for a query; the text stands in the panel or the alert rule.

    Attributes:
        status: the HTTP status that Grafana shows beside it.
        source: whose fault it is, in Grafana's words: ``downstream`` (the JSON API, the
            network, the query) or ``plugin``.
    """

    def __init__(self, message: str, *, status: int = 502, source: str = "downstream") -> None:
        super().__init__(message)
        self.status = status
        self.source = source
