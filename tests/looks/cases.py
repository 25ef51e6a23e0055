"""The notifications that are looked at: each kind, long and empty, with and without pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from PIL import Image

from grafherald.event import Event, Kind, State
from grafherald.notification import Graph, Notification

AT = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
_PROBLEM = Event(
    source="sensu-go",
    kind=Kind.PROBLEM,
    state=State.CRITICAL,
    status=2,
    entity="web01.fra.example.com",
    check="cpu",
    output="CheckCPU CRITICAL: total=97.2% user=81.4% system=13.1% iowait=2.7%",
    occurred_at=AT,
    occurrences=3,
    since=AT - timedelta(minutes=2),
    namespace="default",
    history=(0, 0, 1, 2, 2, 2),
    attributes={"runbook": ("https://wiki.example.com/runbooks/cpu",)},
)
_OK = _PROBLEM._replace(kind=Kind.RESOLVE, state=State.OK, status=0, output="CheckCPU OK: 3.1%")
_LONG = "\n".join(
    f"  {number:5} www-data  20   0 {number * 4711} worker --queue=/srv/queues/{'x' * number}"
    for number in range(1, 90)
)
_DISKS = (
    "/=81%;80;90 /var=93%;80;90 /srv/postgresql/16/main/pg_wal=12GB;20;30;0;40"
    " inodes=4%;80;90 load1=12.4;8;16"
)


def _graph(**changes: str | bytes) -> Graph:
    graph = Graph(
        render_url="https://grafana.example.com/render/d-solo/node/host?panelId=2",
        link="https://grafana.example.com/d/node/host?viewPanel=2&from=now-6h&to=now",
        png=picture(),
        image_url="https://grafana.example.com/saved-images/0a1b.png",
    )
    return graph._replace(**changes)  # type: ignore[arg-type]


def picture() -> bytes:
    """A dark picture as large as a panel's: what it shows is not what is looked at."""
    out = io.BytesIO()
    Image.new("RGB", (1000, 500), "#181b1f").save(out, "PNG")
    return out.getvalue()


_MISSING = _graph(
    png=b"", image_url="", problem="Grafana answered 500; the renderer is not installed"
)

CASES: Mapping[str, Notification] = {
    "problem": Notification(_PROBLEM, (_graph(),)),
    "resolve": Notification(_OK, (_graph(),)),
    "acknowledgement": Notification(
        _PROBLEM._replace(
            kind=Kind.ACKNOWLEDGEMENT,
            author="maria",
            comment="a deploy, back to normal by 04:00",
        ),
        (_graph(),),
    ),
    "flapping": Notification(
        _PROBLEM._replace(kind=Kind.FLAPPING, state=State.WARNING, status=1), (_graph(),)
    ),
    "downtime": Notification(
        _OK._replace(kind=Kind.DOWNTIME_START, author="maria", comment="new disks")
    ),
    "warning-long-output": Notification(
        _PROBLEM._replace(
            state=State.WARNING,
            status=1,
            output="PROCS WARNING: 89 processes",
            long_output=_LONG,
            details=(("Address", "10.1.2.3"), ("hook ps", _LONG[:600])),
        ),
        (_graph(),),
    ),
    "no-output": Notification(_PROBLEM._replace(output=""), (_graph(),)),
    "three-graphs": Notification(_PROBLEM, (_graph(), _MISSING, _graph())),
    "missing-graph": Notification(_PROBLEM, (_MISSING,)),
    "unknown": Notification(
        _PROBLEM._replace(
            state=State.UNKNOWN,
            status=127,
            output="sh: 1: check-cpu-usage: not found",
            entity="a-host-with-a-very-long-name-0123456789.rack-17.datacenter-7.example.com",
            check="check_that_also_has_a_very_long_name_without_any_blank_in_it",
        ),
        (_graph(),),
    ),
    "disks": Notification(
        _PROBLEM._replace(
            check="disk",
            output="DISK CRITICAL: /var 93 %",
            perfdata=_DISKS,
            links=(("Acknowledge", "https://icinga.example.com/ack?host=web01"),),
        ),
        (_graph(),),
    ),
    "short": Notification(_PROBLEM._replace(attributes={"template": ("short",)})),
}
