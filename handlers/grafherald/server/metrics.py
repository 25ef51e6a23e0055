"""What the daemon counts, as Prometheus reads it. https://prometheus.io/docs/practices/naming/"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_LATENCY = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
_RENDER = (0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30)


class Metrics:
    """Counters of one daemon."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = self._counter(
            "events",
            "Inputs taken, by what became of them: kept, nothing, refused, failed, lost.",
            "source",
            "outcome",
        )
        self._sent = self._counter("notifications", "Notifications sent.", "channel", "type")
        self._failed = self._counter(
            "notifications_failed",
            "Attempts that failed: temporary, unknown, permanent, too_old.",
            "channel",
            "reason",
        )
        self._latency = Histogram(
            "grafherald_notification_latency_seconds",
            "From an event's arrival to its notification's.",
            registry=self.registry,
            buckets=_LATENCY,
        )
        self._renders = self._counter(
            "renders", "Pictures: ok, failed, drawn, late, reused.", "outcome"
        )
        self._render_seconds = Histogram(
            "grafherald_render_seconds",
            "How long a picture took.",
            registry=self.registry,
            buckets=_RENDER,
        )
        self._reloaded = Gauge(
            "grafherald_config_last_reload_successful",
            "1 when the settings in force are those of the file.",
            registry=self.registry,
        )
        self._reloaded.set(1)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"grafherald_{name}", text, labels, registry=self.registry)

    def event(self, source: str, outcome: str) -> None:
        """Count an input: ``kept``, ``nothing``, ``refused``, ``failed`` or ``lost``."""
        self._events.labels(source, outcome).inc()

    def sent(self, channel: str, kind: str, latency: float) -> None:
        """Count a notification that arrived, *latency* seconds after its event."""
        self._sent.labels(channel, kind).inc()
        self._latency.observe(max(0.0, latency))

    def failed(self, channel: str, reason: str) -> None:
        """Count an attempt that failed: ``temporary``, ``unknown``, ``permanent``, ``too_old``."""
        self._failed.labels(channel, reason).inc()

    def render(self, outcome: str, seconds: float | None) -> None:
        """Count a picture: ``ok``, ``failed``, ``drawn``, ``late`` (no slot), ``reused``."""
        self._renders.labels(outcome).inc()
        if seconds is not None:
            self._render_seconds.observe(seconds)

    def reloaded(self, good: bool) -> None:
        """Remember whether the last reload of the settings was a good one."""
        self._reloaded.set(int(good))

    def ask(self, name: str, text: str, read: Callable[[], dict[str, float]], label: str) -> None:
        """Add a gauge that is read whenever somebody asks: a number for each *label*."""
        self.registry.register(_Asked(f"grafherald_{name}", text, read, label))


class _Asked(Collector):
    def __init__(
        self, name: str, text: str, read: Callable[[], dict[str, float]], label: str
    ) -> None:
        self._name, self._text, self._read, self._label = name, text, read, label

    def collect(self) -> Iterable[GaugeMetricFamily]:
        labels = [self._label] if self._label else []
        family = GaugeMetricFamily(self._name, self._text, labels=labels)
        for value, number in self._read().items():
            family.add_metric([value] if self._label else [], number)
        yield family

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []
