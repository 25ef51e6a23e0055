"""Which panels could be drawn without Grafana's renderer, and why not the others."""

from __future__ import annotations

from collections.abc import Iterator

from grafherald.doctor.findings import Finding, Verdict, failed, ok, skipped, warning
from grafherald.drawing.options import available, options
from grafherald.drawing.wording import continued
from grafherald.errors import ConfigError, GraphError
from grafherald.grafana import urls
from grafherald.net.deadline import Deadline
from grafherald.settings import Settings

_SECONDS = 20.0  # for all panels of a dashboard
_MOST = 30  # panels that are tried
_GET = "pip install 'grafherald[draw]'; until then pictures are made by Grafana's renderer alone."


def renderer(config: Settings, found: Finding) -> Finding:
    """Put what was *found* of Grafana's renderer right where panels are drawn without it."""
    if found.verdict is not Verdict.FAILED or not options(config).draws:
        return found
    return ok(found.topic, f"{found.text} Panels are drawn by ourselves.")


def look(config: Settings, url: str, *, alone: bool) -> Iterator[Finding]:
    """Tell whether the panel of the render *url*, or each of its dashboard, can be drawn.

    Args:
        alone: only this one panel is of interest.
    """
    policy = config.graph.draw
    if policy == "never":
        yield skipped("drawing", "graph.draw is never: no panel is drawn by ourselves.")
        return
    if not available():
        text = "Nothing can be drawn here: the extra draw is missing."
        yield (warning if policy == "fallback" else failed)("drawing", text, _GET)
        return
    from grafherald.images.sketch import Sketches

    url = urls.render_url(url, config.graph.from_, config.graph.to)
    deadline = Deadline(_SECONDS)
    try:
        sketches = Sketches(config)
        if alone:
            yield _one(sketches.why_not(url, deadline), policy)
            return
        panels = list(sketches.panels(url, deadline))[:_MOST]
    except (ConfigError, GraphError) as error:
        yield skipped("drawing", f"It can't be told which panels can be drawn: {error}.")
        return
    reasons = {name: sketches.why_not(panel, deadline) for name, panel in panels}
    drawn = sum(not reason for reason in reasons.values())
    yield ok("drawing", f"{drawn} of the dashboard's {len(reasons)} panels can be drawn.")
    for name, reason in reasons.items():
        if reason:
            yield skipped("drawing", f"{name} can't: {continued(reason)}.")


def _one(reason: str, policy: str) -> Finding:
    if not reason:
        return ok("drawing", "The panel can be drawn by ourselves.")
    text = f"The panel can't be drawn: {continued(reason)}."
    advice = "An alert gets its picture from Grafana's renderer, or none."
    return (failed if policy == "only" else warning)("drawing", text, advice)
