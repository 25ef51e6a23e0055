"""What checks, clients and entities say about their notification."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from grafherald.event import RECIPIENT_ENDINGS
from grafherald.grafana.repair import urls_in
from grafherald.inputs.sensu.fields import mapping, text, texts

TEXTS = (
    "graph_image",
    "graph_threshold",
    "playbook",
    "runbook",
    "notification",
    "template",
    "dashboard",
)
PREFIX = "sensu.io/plugins/grafherald/config/"
_PLUGINS = "sensu.io/plugins/"
_RECIPIENTS_OF = {"slack.channel": "slack_channel", "email.toemail": "mail_to"}
_SETTINGS_OF = {
    "slack.username": "slack.username",
    "slack.icon-url": "slack.icon_url",
    "slack.alert-on-critical": "slack.alert_on_critical",
}
_TEMPLATES_OF = {"slack.description-template": "", "email.subjecttemplate": "email.subject"}
_MOST = 20  # attributes that name recipients
OVERRIDES = (
    "channels",
    "room",
    "channel",
    "recipients",
    "graph.from",
    "graph.to",
    "template",
    "min_occurrences",
    "repeat_every",
)


def find(names: Iterable[str], places: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Find the texts of the attributes *names*, each in the first of *places* that has some.

    A text may hold several: URLs of ``graph_image`` with blank space between them, recipients
    with commas; both may also be a JSON array inside the string.
    """
    found = {name: _first(name, places) for name in names}
    return {name: values for name, values in found.items() if values}


def recipients(places: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The attributes that name whom an event goes to, whatever channels there are."""
    names = (name for place in places for name in place if name.endswith(RECIPIENT_ENDINGS))
    return find(islice(dict.fromkeys(names), _MOST), places)


def overrides(annotations: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Which settings *annotations* override, by dotted key; the first of them wins.

    Only routing and presentation can be overridden, never where a token or password goes.
    https://github.com/sensu/sensu-plugin-sdk, "Annotations Configuration Options Override"
    """
    found: dict[str, str] = {}
    for place in annotations:
        for name, value in place.items():
            key = _key(name)
            if key in OVERRIDES and text(value).strip():
                found.setdefault(key, text(value).strip())
    return found


def prefixed(annotations: Mapping[str, Any]) -> dict[str, Any]:
    """What *annotations* say of the notification by names like those of the overrides."""
    keys = {_key(name): value for name, value in annotations.items()}
    return {key: value for key, value in keys.items() if _is_attribute(key)}


def unknown(annotations: Iterable[Mapping[str, Any]]) -> list[str]:
    """Which keys *annotations* have below our prefix that mean nothing."""
    keys = dict.fromkeys(_key(name) for place in annotations for name in place)
    return [key for key in keys if key and key not in OVERRIDES and not _is_attribute(key)][:_MOST]


def _key(name: str) -> str:
    """The part of an annotation's *name* behind our prefix, "" where it has another."""
    key = name.lower()
    return key.removeprefix(PREFIX) if key.startswith(PREFIX) else ""


def _is_attribute(key: str) -> bool:
    return key not in OVERRIDES and (key in TEXTS or key.endswith(RECIPIENT_ENDINGS))


def of_plugins(
    annotations: Iterable[Mapping[str, Any]], filled: Callable[[str], str | None]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str], list[str]]:
    """Carry over what *annotations* tell Sensu's own Slack and e-mail handlers.

    https://github.com/sensu/sensu-slack-handler and https://github.com/sensu/sensu-email-handler

    Args:
        filled: fills in one of their templates, None where it is more than we understand.

    Returns:
        Attributes, overrides, and the names of the annotations that are not taken: secrets, whose
        place is in the settings, and templates that say too much.
    """
    found: dict[str, tuple[str, ...]] = {}
    settings: dict[str, str] = {}
    left: list[str] = []
    for place in annotations:
        for name, value in place.items():
            plugin, _, key = name.removeprefix(_PLUGINS).partition("/config/")
            said = text(value).strip()
            if not name.startswith(_PLUGINS) or not said:
                continue
            which = f"{plugin}.{key.lower()}"
            if which in _RECIPIENTS_OF:
                attribute = _RECIPIENTS_OF[which]
                found.setdefault(attribute, tuple(_parts(attribute, said)))
            elif which in _SETTINGS_OF:
                settings.setdefault(_SETTINGS_OF[which], said)
            elif which in _TEMPLATES_OF and (whole := filled(said)) is not None:
                if which == "slack.description-template":
                    found.setdefault("notification", (whole,))
                else:
                    settings.setdefault(_TEMPLATES_OF[which], whole)
            elif plugin in ("slack", "email"):
                left.append(name)
    return found, settings, left


def labels(*places: object) -> dict[str, str]:
    """Join the labels of all *places*; a later place wins where two have the name."""
    pairs = [pair for place in places for pair in mapping(place).items()]
    return {text(name): text(value) for name, value in pairs if text(name) and text(value)}


def migrated(annotations: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read Core's custom attributes in the annotation that sensu-translator puts them in.

    https://github.com/sensu/sensu-translator
    """
    try:
        return mapping(json.loads(text(annotations.get("sensu.io.json_attributes")) or "{}"))
    except (ValueError, RecursionError):
        return {}


def _first(name: str, places: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    for place in places:
        found = tuple(dict.fromkeys(_parts(name, place.get(name))))
        if found:
            return found
    return ()


def _parts(name: str, value: object) -> list[str]:
    if name == "graph_image":
        return [url for each in _listed(value) for url in urls_in(each)]
    if name.endswith(RECIPIENT_ENDINGS):
        return [part.strip() for each in _listed(value) for part in each.split(",") if part.strip()]
    return [each.strip() for each in texts(value)]


def _listed(value: object) -> list[str]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return texts(json.loads(value))
        except (ValueError, RecursionError):
            pass
    return texts(value)
