"""A check's output, and what a Nagios plugin measured behind its ``|``."""

from __future__ import annotations


def measured(output: str) -> tuple[str, str]:
    """Take performance data out of *output* where they are worth showing, else "" for them."""
    if "|" not in output:
        return output, ""
    from grafherald.notification.perfdata import parse, split

    said, data = split(output)
    found = parse(data)
    is_shown = len(found) > 1 or any(metric.percent is not None for metric in found)
    return (said, data) if is_shown else (output, "")
