"""A check's output, and what a Nagios plugin measured behind its ``|``."""

from __future__ import annotations


def measured(output: str) -> tuple[str, str]:
    """Return *output* without performance data, and these; "" when they would not be shown."""
    if "|" not in output:
        return output, ""
    from grafherald.notification.perfdata import parse, split

    said, data = split(output)
    found = parse(data)
    is_shown = len(found) > 1 or any(metric.percent is not None for metric in found)
    return (said, data) if is_shown else (output, "")
