"""Every channel: asked whether it would take a notification, or sent one that says it is a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from grafherald.channels import Channel, Probe
from grafherald.delivery.recipients import open_channel
from grafherald.delivery.sender import send_once
from grafherald.doctor.findings import Finding, failed, ok, skipped
from grafherald.errors import ConfigError, DeliveryError, PermanentError, TemporaryError
from grafherald.event import Event, Kind, State
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Settings
from grafherald.threads import side_by_side

_SECONDS = 20.0  # for all channels, side by side
_LATER = "Can it be reached from here (DNS, firewall, proxy, certificate)? Then try again."


def sample(host: str, now: datetime) -> Event:
    """Make an event that nobody takes for an alert."""
    return Event(
        source="grafherald",
        kind=Kind.OK,
        state=State.OK,
        status=0,
        entity=host,
        check="grafherald",
        output=f"This is a test by `grafherald check --send` on {host}. Nothing is wrong.",
        occurred_at=now,
        state_text="TEST",
        incident=f"grafherald-check/{host}",
    )


def channels(
    config: Settings, event: Event, graph: Graph | None, *, send: bool
) -> Iterator[Finding]:
    """Try each recipient, a finding for each; with *send* each gets *event*, with *graph*."""
    if not config.channel_names:
        text = "There are none: nobody is notified of anything."
        yield failed("channels", text, "Write channels into the settings.")
    opened: list[Channel] = []
    for name in config.channels:
        try:
            found = open_channel(name, event, config, _templates())
        except ConfigError as error:
            yield failed(f"channel {name}", f"{error}.", "Correct it in the settings.")
            continue
        nobody = [channel for channel in found if not channel.recipient]
        opened += [channel for channel in found if channel.recipient]
        for channel in nobody:
            text = "The settings name no recipient; those that events name are not checked."
            yield skipped(_topic(channel), text)
    if send:
        yield from _sent(opened, Notification(event, (graph,) if graph else ()), config)
    else:
        yield from _probed(opened)


def _probed(opened: Sequence[Channel]) -> Iterator[Finding]:
    def probe(channel: Channel) -> str | DeliveryError:
        assert isinstance(channel, Probe)  # noqa: S101 - every channel is
        try:
            return channel.probe()
        except DeliveryError as error:
            return error
        except Exception as error:  # noqa: BLE001 - one channel's mistake never costs the others
            return PermanentError(f"internal error ({type(error).__name__})")

    late = TemporaryError(f"no answer within {_SECONDS:g} s")
    for channel, said in zip(opened, side_by_side(probe, opened, _SECONDS), strict=True):
        yield _finding(channel, late if said is None else said)


def _sent(
    opened: Sequence[Channel], notification: Notification, config: Settings
) -> Iterator[Finding]:
    seconds = config.deadline

    def send(channel: Channel) -> str | DeliveryError:
        try:
            return f"took the test: {send_once(channel, notification, seconds).text}"
        except DeliveryError as error:
            return error
        except Exception as error:  # noqa: BLE001 - one channel's mistake never costs the others
            return PermanentError(f"internal error ({type(error).__name__})")

    for channel, outcome in zip(opened, side_by_side(send, opened, seconds + 1), strict=True):
        yield _finding(channel, outcome or TemporaryError(f"no answer within {seconds:g} s"))


def _finding(channel: Channel, said: str | DeliveryError) -> Finding:
    if isinstance(said, str):
        return ok(_topic(channel), f"{channel.recipient}: {said}.")
    key = f"channels.{channel.name}"
    advice = _LATER if isinstance(said, TemporaryError) else f"Correct {key} in the settings."
    return failed(_topic(channel), f"{channel.recipient}: {said}.", advice)


def _topic(channel: Channel) -> str:
    return f"channel {channel.name}"


def _templates() -> Templates:
    return Templates(None, lambda _text: None)
