"""The demo's event: a web server's CPU, as Sensu Go 6 writes it to a handler's standard input."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def sensu_go_event(grafana_url: str, now: datetime) -> dict[str, Any]:
    """Make an event that turned critical two minutes before *now*, its panel at *grafana_url*."""
    at = int(now.timestamp())
    panel = (
        f"{grafana_url}/render/d-solo/node/host"
        "?orgId=1&panelId=2&var-host=web01&width=1000&height=500&theme=light"
    )
    check = {
        "metadata": {
            "name": "cpu",
            "namespace": "default",
            "labels": {"team": "shop"},
            "annotations": {
                "graph_image": panel,
                "graph_threshold": "warning=75, critical=90",
                "runbook": "https://wiki.example.com/runbooks/cpu",
            },
        },
        "command": "check-cpu-usage -w 75 -c 90",
        "interval": 60,
        "executed": at,
        "issued": at,
        "history": [
            {"status": status, "executed": at - 60 * ago}
            for ago, status in ((5, 0), (4, 0), (3, 1), (2, 2), (1, 2), (0, 2))
        ],
        "output": "CheckCPU CRITICAL: total=97.2% user=81.4% system=13.1% iowait=2.7%\n",
        "state": "failing",
        "status": 2,
        "last_ok": at - 240,
        "occurrences": 3,
        "occurrences_watermark": 3,
        "is_silenced": False,
    }
    entity = {
        "metadata": {"name": "web01", "namespace": "default"},
        "entity_class": "agent",
        "subscriptions": ["linux", "entity:web01"],
        "system": {"hostname": "web01", "os": "linux", "platform": "debian"},
    }
    return {
        "id": "5f1d1f3e-9d67-4b3c-8f51-3f7f1f0e4c52",
        "metadata": {"namespace": "default"},
        "timestamp": at,
        "entity": entity,
        "check": check,
    }
