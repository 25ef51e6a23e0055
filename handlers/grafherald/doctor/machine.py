"""What can be seen on this machine alone: settings, files, environment, clock, templates, store."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from grafherald.delivery.recipients import open_channel
from grafherald.doctor import daemon
from grafherald.doctor.findings import Finding, failed, ok, skipped, warning
from grafherald.doctor.origins import leaves
from grafherald.errors import GrafheraldError
from grafherald.event import Event, Kind
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates, misnamed
from grafherald.settings import Settings
from grafherald.settings.schema import is_secret
from grafherald.settings.secrets import advice
from grafherald.text import shorten, without_login

_OWN_VARIABLES = ("GRAFHERALD_CONFIG", "GRAFHERALD_SOCKET")
_FIRST_YEAR = 2024  # a clock before it was never set
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def look(
    config: Settings, environment: Mapping[str, str], now: datetime, sample: Event
) -> Iterator[Finding]:
    """Look at the settings and this machine; *sample* is an event to render."""
    yield _origins(config)
    yield from _broken(config)
    yield from _variables(config, environment)
    yield from _files(config)
    if os.geteuid() == 0:
        yield warning(
            "user",
            "This runs as root, whom no file's permissions stop.",
            "Run it as the user that runs the handler: sudo -u sensu grafherald check.",
        )
    yield from _times(config)
    yield clock(now)
    yield from _proxies(environment)
    yield _templates(config, sample)
    yield _store(config)
    yield daemon.look(config, environment)


def _origins(config: Settings) -> Finding:
    if not config.tree:
        return failed(
            "settings",
            "There are none: no file, no variable, no --set.",
            "Write /etc/grafherald/grafherald.yml, or name a file with --config.",
        )
    sources = dict.fromkeys(config.origins.values())
    return ok("settings", f"{len(config.origins)} from {', '.join(sources)}.")


def _broken(config: Settings) -> Iterator[Finding]:
    for part, reason in config.broken.items():
        kind, _, name = part.partition(".")
        topic = f"channel {name}" if kind == "channels" else "settings"
        yield failed(topic, f"{reason}.", f"Correct it; {part} can't be used until then.")


def _variables(config: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    used = {origin.removeprefix("$") for origin in config.origins.values()}
    for name in sorted(environment):
        if name.startswith("GRAFHERALD_") and name not in (*used, *_OWN_VARIABLES):
            yield warning(
                "environment",
                f"{name} sets nothing.",
                "Join a key's parts by two underscores: GRAFHERALD_GRAFANA__URL; or unset it.",
            )


def _files(config: Settings) -> Iterator[Finding]:
    """Find what others may read or write: files of secrets, and settings with secrets in them."""
    holders = set(config.secret_files.values())
    holders |= {
        config.origins[key]
        for key, value in leaves(config.tree)
        if key in config.origins and _is_secret(key, value)
    }
    for path in sorted(holders | set(config.origins.values())):
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError):
            continue  # a variable, or --set
        if path in holders and mode & stat.S_IROTH:
            text = f"{path} holds a secret, and everybody on this machine can read it."
            yield warning("files", text, _sentence(advice(path)))
        if mode & stat.S_IWOTH:
            yield warning("files", f"Everybody can write {path}.", f"chmod o-w {path}")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _is_secret(key: str, value: Any) -> bool:
    """Tell whether a setting's *value* has to be hidden; a URL only with a password in it."""
    name = key.rpartition(".")[2]
    if not isinstance(value, str) or not value:
        return False
    if "://" in value and "webhook" not in name:
        return without_login(value) != value
    return is_secret(name)


def _times(config: Settings) -> Iterator[Finding]:
    deadline, wait = config.deadline, config.graph.wait
    if wait > deadline / 2:
        yield warning(
            "deadline",
            f"graph.wait is {wait:g} s, but at most half the deadline of {deadline:g} s counts.",
            f"Set graph.wait to {deadline / 2:g} or less, or deadline to {2 * wait:g} or more.",
        )
    left = deadline - min(wait, deadline / 2)
    for name, settings in config.channels.items():
        if settings.get("timeout", 0) > left:
            yield warning(
                "deadline",
                f"channels.{name}.timeout is {settings['timeout']:g} s, but {left:g} s are left"
                " of the deadline once a picture was waited for.",
                f"Set it to {left:g} or less, or raise deadline.",
            )


def clock(now: datetime) -> Finding:
    """Tell whether this machine's clock was ever set."""
    shown = now.strftime("%Y-%m-%d %H:%M:%S %Z")
    if now.year < _FIRST_YEAR:
        return failed(
            "clock", f"It is {shown} here: the clock was never set.", "Start an NTP client."
        )
    return ok("clock", f"It is {shown} here.")


def _proxies(environment: Mapping[str, str]) -> Iterator[Finding]:
    found = {
        name: without_login(environment[name])
        for name in sorted(environment)
        if name.lower() in _PROXIES and environment[name]
    }
    if found:
        named = ", ".join(f"{name} ({value})" for name, value in found.items())
        yield warning(
            "environment",
            f"{shorten(named, 200)}: chat, Grafana and pictures go through it, mail does not.",
            "Name in NO_PROXY what is reached without it, and give the handler both.",
        )


def _templates(config: Settings, sample: Event) -> Finding:
    """Render one event of each kind for each channel."""
    directory = config.templates
    if directory and not Path(directory).is_dir():
        text = f"{directory} is no directory that can be read."
        return failed("templates", text, "Correct templates in the settings.")
    warnings: list[str] = []
    templates = Templates(Path(directory) if directory else None, warnings.append)
    try:
        count = _render(config, sample, templates)
    except GrafheraldError:
        return skipped("templates", "A channel can't be opened, see below.")
    except Exception as error:  # noqa: BLE001 - whatever a template does
        text = f"They fail with {type(error).__name__}."
        return failed("templates", text, "Run grafherald preview -v with an event.")
    if warnings:
        return warning("templates", warnings[0], "Correct it; until then ours is used in its place")
    if directory and (odd := misnamed(Path(directory))):
        text = f"{Path(directory) / odd[0]} has a name that nothing asks for."
        return warning("templates", text, f"Call it {odd[1]}, if that is meant.")
    return ok("templates", f"{count} sample notifications rendered.")


def _render(config: Settings, sample: Event, templates: Templates) -> int:
    graph = Graph("https://example.com/render/d-solo/a/b?panelId=1", "https://example.com/d/a")
    channels = [
        channel
        for name in config.channels
        for channel in open_channel(name, sample, config, templates)
    ]
    for kind in Kind:
        notification = Notification(sample._replace(kind=kind), (graph,))
        for channel in channels:
            channel.payload(notification)
    return len(Kind) * len(channels)


def _store(config: Settings) -> Finding:
    url = config.store
    if not url:
        return skipped("store", "The settings name none.")
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).is_absolute():
        text = f"{url} is below the folder that a process happens to run in: each has its own."
        return warning(
            "store", text, f"Name it from the root, with four slashes: sqlite:////{path}."
        )
    if path != url and not Path(path).exists():
        return _new_store(Path(path))
    from grafherald.store import open_database

    try:
        open_database(url).close()
    except GrafheraldError as error:
        return failed("store", f"{error}", "Correct store in the settings, or what it names.")
    return ok("store", f"{without_login(url)} opens.")


def _new_store(path: Path) -> Finding:
    """Tell whether the SQLite file at *path* could be made; to make it would give it our owner."""
    if path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK):
        return ok("store", f"{path} will be made.")
    text = f"{path} can't be made: {path.parent} is no directory that can be written."
    return failed("store", text, f"Make {path.parent}, owned by the user that runs the handler.")
