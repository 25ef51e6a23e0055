"""The open alerts, and what people did about each: what is left to look at, and what is apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grafherald.history.acts import Act, acknowledgements, silences
from grafherald.history.read import Alert, open_alerts
from grafherald.history.select import labels
from grafherald.store import Database

MOST = 5000  # open alerts that are looked at
OPEN, ACKNOWLEDGED, SILENCED = "open", "acknowledged", "silenced"


@dataclass(frozen=True)
class Standing:
    """An open alert.

    Attributes:
        kind: OPEN, ACKNOWLEDGED or SILENCED.
        act: what makes it so; None also where the monitoring system alone knows.
        owner: who takes care of it, or "".
    """

    alert: Alert
    kind: str
    act: Act | None
    owner: str


def standings(database: Database, now: datetime) -> list[Standing]:
    """How the open alerts stand, the worst first, then the newest; MOST of them at most."""
    known, quiet = acknowledgements(database), silences(database, now)
    keys = {key for act in quiet for key, _ in act.scope if key.startswith("label:")}
    by_label = {key: labels(database, key) for key in keys}
    return [
        _standing(alert, known.get(alert.id), _silence(alert, quiet, by_label))
        for alert in open_alerts(database, MOST)
    ]


def standing(database: Database, alert: Alert, now: datetime) -> Standing:
    """How one open alert stands: to be looked at, acknowledged or silenced."""
    quiet = silences(database, now)
    keys = {key for act in quiet for key, _ in act.scope if key.startswith("label:")}
    found = _silence(alert, quiet, {key: labels(database, key) for key in keys})
    return _standing(alert, acknowledgements(database).get(alert.id), found)


def _standing(alert: Alert, known: Act | None, silence: Act | None) -> Standing:
    owner = known.author if known else ""
    if silence:
        return Standing(alert, SILENCED, silence, owner)
    if known:
        kind = ACKNOWLEDGED if known.covers_state(alert.state) else OPEN
        return Standing(alert, kind, known, owner)
    return Standing(alert, ACKNOWLEDGED if alert.acknowledged else OPEN, None, owner)


def _silence(
    alert: Alert, quiet: list[Act], by_label: Mapping[str, Mapping[int, str]]
) -> Act | None:
    if not quiet:
        return None
    names = {
        "entity": alert.entity,
        "check": alert.check,
        "source": alert.source,
        "namespace": alert.namespace,
        **{key: found[alert.subject] for key, found in by_label.items() if alert.subject in found},
    }
    return next((act for act in quiet if act.covers_names(names)), None)
