"""Grafana's alerts in one shape: those of Grafana 8 and before, and unified alerting's.

``GET /api/alerts`` is gone where unified alerting is in use (404). There the rules come from
``/api/v1/provisioning/alert-rules`` and their live state from
``/api/alertmanager/grafana/api/v2/alerts``:
https://grafana.com/docs/grafana/latest/developers/http_api/alerting_provisioning/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.chat.shapes import mapping, mappings
from grafherald.errors import GrafanaError
from grafherald.grafana.api import Grafana

_BY_NAME = {"DatasourceNoData": "no_data", "DatasourceError": "error"}


@dataclass(frozen=True)
class GrafanaAlert:
    """One alert: texts as Grafana gave them; *since* and *error* may be ""."""

    id: str
    name: str
    state: str
    since: str = ""
    error: str = ""


def alerts(grafana: Grafana, state: str = "") -> tuple[GrafanaAlert, ...]:
    """Ask Grafana for its alerts in *state*, or for all.

    Raises:
        GrafanaError: Grafana gave none of its lists.
    """
    try:
        found = grafana.get("alerts", [("state", state)] if state else [])
    except GrafanaError as error:
        if error.status != 404:
            raise
        return tuple(a for a in _unified(grafana) if not state or a.state == state.lower())
    return tuple(map(_classic, mappings(found)))


def pause(grafana: Grafana, alert_id: str, paused: bool) -> str:
    """Pause one alert, or let it go on; return what Grafana says to that.

    Raises:
        GrafanaError: it did not.
    """
    done = f"alert {'paused' if paused else 'un-paused'}"
    if alert_id.isascii() and alert_id.isdigit():
        try:
            answer = grafana.send("POST", f"alerts/{alert_id}/pause", {"paused": paused})
            return str(mapping(answer).get("message") or done)
        except GrafanaError as error:
            # Grafana 7.5.5 answers 500 for an alert that does not exist.
            if error.status != 404 and (error.status != 500 or _exists(grafana, alert_id)):
                raise
    path = f"v1/provisioning/alert-rules/{alert_id}"
    rule = mapping(grafana.get(path))
    grafana.send("PUT", path, {**rule, "isPaused": paused}, {"X-Disable-Provenance": "true"})
    return done


def _exists(grafana: Grafana, alert_id: str) -> bool:
    return any(alert.id == alert_id for alert in alerts(grafana))


def _classic(item: Mapping[str, Any]) -> GrafanaAlert:
    keys = ("id", "name", "state", "newStateDate", "executionError")
    return GrafanaAlert(*(str(item.get(key) or "") for key in keys))


def _unified(grafana: Grafana) -> list[GrafanaAlert]:
    active = mappings(grafana.get("alertmanager/grafana/api/v2/alerts"))
    try:
        rules = mappings(grafana.get("v1/provisioning/alert-rules"))
    except GrafanaError as error:
        if error.status not in (403, 404):  # rules need a right of their own; what fires does not
            raise
        rules = []
    return merged(rules, active)


def merged(
    rules: Sequence[Mapping[str, Any]], active: Sequence[Mapping[str, Any]]
) -> list[GrafanaAlert]:
    """Give the *rules* the state of what is *active*; what is active without a rule comes last."""
    live: dict[str, GrafanaAlert] = {}
    for item in active:
        alert = _live(item)
        known = live.get(alert.id)
        live[alert.id] = alert if known is None or alert.since > known.since else known
    found = []
    for rule in rules:
        uid, title = str(rule.get("uid") or ""), str(rule.get("title") or "")
        firing = live.pop(uid, None)
        state = "paused" if rule.get("isPaused") else firing.state if firing else "ok"
        found.append(GrafanaAlert(uid, title, state, firing.since if firing else ""))
    return [*found, *live.values()]


def _live(item: Mapping[str, Any]) -> GrafanaAlert:
    labels, status = mapping(item.get("labels")), mapping(item.get("status"))
    name = str(labels.get("alertname") or "")
    state = _BY_NAME.get(name, "alerting")
    if status.get("state") == "suppressed":
        state = "silenced"
    return GrafanaAlert(
        id=str(labels.get("__alert_rule_uid__") or item.get("fingerprint") or name),
        name=str(labels.get("rulename") or name),
        state=state,
        since=str(item.get("startsAt") or ""),
    )
