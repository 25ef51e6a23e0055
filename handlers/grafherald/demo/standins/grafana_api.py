"""What a Grafana 12 says of itself: its health, who a token is, its renderer, its dashboards.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grafherald.demo.standins import panel_data


@dataclass
class GrafanaApi:
    """The answers below ``/api/``.

    Attributes:
        user: what ``/api/user`` answers; None as for an API key: it is no user.
        renderer: whether an image renderer is installed.
        panels: those of the one dashboard that there is.
        data: what is known of a panel that can be drawn: its dashboard and its datasource; without
            it there is none; with so many bytes of *padding* behind what it answers.
        refusals: statuses by path, before anything else is looked at: ``{"org": 403}``.
    """

    user: dict[str, Any] | None = field(
        default_factory=lambda: {"login": "sa-1-grafherald", "name": "grafherald", "orgId": 1}
    )
    renderer: bool = True
    panels: list[dict[str, Any]] = field(
        default_factory=lambda: [{"id": 1, "type": "row"}, {"id": 2, "type": "timeseries"}]
    )
    data: bool = False
    padding: int = 0
    refusals: dict[str, int] = field(default_factory=dict)

    def answer(self, path: str, known: bool) -> tuple[int, Any]:
        """Reply to a GET of *path* with status and JSON, to a *known* token or to none."""
        asked = path.removeprefix("/api/")
        if asked in self.refusals:
            return self.refusals[asked], {"message": "refused"}
        if asked == "health":
            return 200, {"database": "ok", "version": "12.0.1"}
        if not known:
            return 401, {"message": "Invalid API key"}
        if asked == "user" and self.user is None:
            return 404, {"message": "User not found"}
        answers: dict[str, Any] = {
            "user": self.user,
            "org": {"id": 1, "name": "Main Org."},
            "frontend/settings": {
                "rendererAvailable": self.renderer,
                "rendererVersion": "4.0.0" if self.renderer else "",
            },
            "search": [{"uid": "node", "title": "Nodes", "type": "dash-db"}],
            "dashboards/uid/node": {"meta": {}, "dashboard": {"panels": self.panels}},
        }
        if self.data:
            answers["frontend/settings"] |= panel_data.SETTINGS
            answers["dashboards/uid/node"] = {"meta": {}, "dashboard": panel_data.DASHBOARD}
        return (200, answers[asked]) if asked in answers else (404, {"message": "Not found"})
