"""What the picture service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60)


class PictureMetrics:
    """The service's counters.

    Args:
        registry: where they go.
        waiting: how many renders run or wait for their turn.
    """

    def __init__(self, registry: CollectorRegistry, waiting: Callable[[], float]) -> None:
        self.requests = Counter(
            "grafherald_images_requests",
            "Requests for a picture by what became of them.",
            ["outcome"],
            registry=registry,
        )
        self.render_seconds = Histogram(
            "grafherald_images_render_seconds",
            "From the request to Grafana to the published picture, or to the failure.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.pictures = Counter(
            "grafherald_images_pictures", "Pictures published.", registry=registry
        )
        self.bytes = Counter(
            "grafherald_images_bytes", "Bytes of the pictures published.", registry=registry
        )
        queue = Gauge(
            "grafherald_images_renders_waiting",
            "Renders that run or wait for their turn.",
            registry=registry,
        )
        queue.set_function(waiting)
