"""What the picture service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60)


class Metrics:
    """The service's counters.

    Args:
        waiting: how many renders run or wait for their turn.
    """

    def __init__(self, waiting: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "grafherald_images_requests",
            "Requests for a picture by what became of them.",
            ["outcome"],
            registry=self._registry,
        )
        self.render_seconds = Histogram(
            "grafherald_images_render_seconds",
            "From the request to Grafana to the published picture, or to the failure.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.pictures = Counter(
            "grafherald_images_pictures", "Pictures published.", registry=self._registry
        )
        self.bytes = Counter(
            "grafherald_images_bytes", "Bytes of the pictures published.", registry=self._registry
        )
        queue = Gauge(
            "grafherald_images_renders_waiting",
            "Renders that run or wait for their turn.",
            registry=self._registry,
        )
        queue.set_function(waiting)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)
