"""Questions answered: who may ask, which Grafana, its JSON, its pictures side by side."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grafherald.chat import alerts, answers, dashboards, query, times
from grafherald.chat.addresses import DashboardPlace, PanelView, image, link
from grafherald.chat.answers import Answer, Reply
from grafherald.chat.illustrate import Early, PanelIllustrator
from grafherald.chat.limit import RateLimit
from grafherald.chat.panels import DashboardPanel, is_empty, panels, select
from grafherald.chat.settings import BotSettings, Room, room_key
from grafherald.chat.variables import resolve
from grafherald.errors import GrafanaError, Refusal
from grafherald.grafana.api import Grafana, GrafanaServer

if TYPE_CHECKING:
    from grafherald.images import Pictures

_MOST_UNASKED = 6  # panels that are rendered for a dashboard's name alone
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asker:
    """Who asks where.

    Attributes:
        user: an id that a user can't choose; "" is nobody.
        rooms: the room's id and name, as far as they are known.
        trusted: whoever has a shell here: no allow-list and no rate is theirs.
    """

    user: str = ""
    rooms: tuple[str, ...] = ()
    trusted: bool = False


class Bot:
    """Answers questions by the *settings*; pictures come from *pictures*, by Grafana's name.

    A Grafana without pictures is one whose pictures are not published: replies then hold the URL
    of the render.
    """

    def __init__(self, settings: BotSettings, pictures: Mapping[str, Pictures]) -> None:
        self.settings = settings
        self._pictures = pictures
        self._rate = RateLimit(settings.rate)

    def answer(self, line: str, asker: Asker, early: Early | None = None) -> Answer:
        """Answer *line*; whatever goes wrong is an answer, too.

        Args:
            line: what was said.
            asker: who said it where.
            early: shows pictures that are ready before the others; the answer has the others.
        """
        try:
            room = self._admitted(asker)
            question = query.parse(
                line,
                names=self.settings.names,
                aliases=self.settings.aliases,
                zone=room.look.options.get("tz", ""),
            )
            return self._answered(question, room, early)
        except (Refusal, GrafanaError) as error:
            return answers.failure(error)
        except Exception as error:  # noqa: BLE001 - a room gets an answer, the log the reason
            _log.exception("a question could not be answered")
            text = f"Internal error ({type(error).__name__}); grafherald's log has the reason."
            return Answer((Reply(text),), failed=True)

    def _admitted(self, asker: Asker) -> Room:
        """Return the settings of the asker's room.

        Raises:
            Refusal: they may not ask, or not now.
        """
        settings = self.settings
        names = [*map(room_key, asker.rooms), "*"]
        room = next((settings.rooms[name] for name in names if name in settings.rooms), None)
        if not asker.trusted:
            if room is None and settings.rooms:
                raise Refusal(
                    "I do not answer in this room.", hint="An operator can add it to chat.rooms."
                )
            if settings.users and asker.user not in settings.users:
                raise Refusal("I do not answer you.", hint="An operator can add you to chat.users.")
            wait = self._rate.wait(asker.user, time.monotonic())
            if wait:
                raise Refusal(f"You ask too fast; try again in {wait:.0f} seconds.")
        return room or Room((), settings.look)

    def _answered(self, question: query.Question, room: Room, early: Early | None) -> Answer:
        command = question.command
        if isinstance(command, query.Help):
            return _text(answers.help_text(self._names(room), self.settings.aliases))
        if isinstance(command, query.Set):
            raise Refusal(
                "Hosts and keys are not set in chat.",
                hint="They stand in the settings: grafana.url and grafana.token_file, or"
                " chat.grafanas and chat.rooms.<room>.grafana for one room.",
            )
        base = command.base if isinstance(command, query.Dashboard) else ""
        name, server = self._server(question.on, base, room)
        grafana = Grafana(server, self.settings.timeout)
        if isinstance(command, query.Dashboards):
            return self._listed(grafana, command)
        if isinstance(command, query.Alerts):
            return _text(answers.alerts(alerts.alerts(grafana, command.state), command.state))
        if isinstance(command, query.Pause):
            return _paused(grafana, command)
        return self._panels(grafana, command, room, self._pictures.get(name), early)

    def _names(self, room: Room) -> Sequence[str]:
        return room.grafanas or tuple(self.settings.grafanas)

    def _server(self, wanted: str, base: str, room: Room) -> tuple[str, GrafanaServer]:
        """Choose the Grafana: the one that was named, that of a pasted page, or the room's."""
        names = self._names(room)
        if not names:
            raise Refusal(
                "No Grafana endpoint configured.",
                hint="Set grafana.url and grafana.token_file in the settings.",
            )
        same = [name for name in names if _is_at(self.settings.grafanas[name].url, base)]
        if base and not wanted and not same and len(names) > 1:
            raise Refusal(
                f"I do not know which Grafana is at {base}.",
                hint=f"Say it: graf on {names[0]} db <dashboard>; there are {_either(names)}.",
            )
        name = wanted or (same[0] if base and same else names[0])
        if name not in names:
            raise Refusal(f"There is no Grafana `{name}` here.", hint=f"Ask {_either(names)}.")
        return name, self.settings.grafanas[name]

    def _listed(self, grafana: Grafana, command: query.Dashboards) -> Answer:
        hits = dashboards.search(grafana, tag=command.tag, words=command.words)
        heading, advice = "Available dashboards:", "Our token may see none."
        if command.tag:
            heading, advice = f"Dashboards tagged `{command.tag}`:", "`graf list` shows all."
        if command.words:
            heading, advice = f"Dashboards matching `{command.words}`:", "`graf list` shows all."
        if not hits:
            return _text(f"{heading}\nThere are none. {advice}")
        return _text(answers.dashboards(hits, heading, self.settings.limit))

    def _panels(
        self,
        grafana: Grafana,
        command: query.Dashboard,
        room: Room,
        pictures: Pictures | None,
        early: Early | None,
    ) -> Answer:
        limit = self.settings.limit
        place, dashboard, selection = _dashboard(grafana, command, limit)
        setting = resolve(dashboard, command.variables)
        command = replace(command, selection=selection, variables=setting.variables)
        _check_range(command, room)
        title = str(dashboard.get("title") or "")
        if command.kiosk:
            views = [(title, _view(place, None, command, room, grafana.server))]
            found = 1
        else:
            every = panels(dashboard, command.variables)
            chosen = select(every, selection)
            if not chosen:
                raise answers.no_panel(command.target, selection.title, every, limit)
            if pictures and selection == query.PanelSelection() and len(chosen) > _MOST_UNASKED:
                raise answers.which_panel(command.target, title, chosen, limit)
            found = len(chosen)
            views = [
                (panel.title, _view(place, panel, command, room, grafana.server))
                for panel in chosen[:limit]
            ]
        notes = [*setting.notes, answers.dropped(len(views), found)]
        if pictures is None:
            replies = [answers.picture(t, image(v), link(v), public=False) for t, v in views]
            return answers.panels(replies, (), notes, pictures=len(replies))
        illustrator = PanelIllustrator(pictures, grafana.deadline, self.settings.renders)
        drawn = illustrator.illustrate(views, early)
        return answers.panels(drawn.late, drawn.problems, notes, pictures=drawn.pictures)


def _is_at(url: str, base: str) -> bool:
    """Tell whether two URLs are of one Grafana; browsers and settings differ in the scheme."""
    one, other = urlsplit(url), urlsplit(base)
    return (one.netloc.lower(), one.path.rstrip("/")) == (other.netloc.lower(), other.path)


def _text(text: str) -> Answer:
    return Answer((Reply(text),))


def _either(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _paused(grafana: Grafana, command: query.Pause) -> Answer:
    if command.id:
        try:
            return _text(alerts.pause(grafana, command.id, command.paused))
        except GrafanaError as error:
            if error.status != 404:
                raise
            text = f"There is no alert `{command.id}`."
            raise Refusal(text, hint="`graf alerts` shows them with their ids.") from None
    found = alerts.alerts(grafana)
    if not found:
        return _text("All alerts:\nThere are none.")
    errors = []
    for alert in found:
        try:
            alerts.pause(grafana, alert.id, command.paused)
        except GrafanaError as error:
            errors.append(f"{error} {error.hint}")
    name = "pause" if command.paused else "unpause"
    texts = [answers.paused(name, len(found), len(errors)), *dict.fromkeys(errors)]
    return Answer(tuple(map(Reply, texts)))


def _dashboard(
    grafana: Grafana, command: query.Dashboard, limit: int
) -> tuple[DashboardPlace, Mapping[str, Any], query.PanelSelection]:
    """Find the dashboard and the panels that are meant: the first reading that fits.

    Raises:
        Refusal: none does; the text is that of the reading that comes nearest.
    """
    every = functools.cache(lambda: dashboards.everything(grafana))
    readings, refusals = command.readings, []
    for target, selection in readings:
        try:
            place, dashboard = dashboards.find(grafana, target, every)
        except Refusal as refusal:
            refusals.append(refusal)
            continue
        if is_empty(dashboard):
            raise Refusal("Dashboard empty.", hint="It has no panels yet; add one in Grafana.")
        found = panels(dashboard, ())
        if len(readings) == 1 or select(found, selection):
            return place, dashboard, selection
        refusals.append(answers.no_panel(target, selection.title, found, limit))
    raise next((one for one in refusals if str(one) != dashboards.NOT_FOUND), refusals[0])


def _check_range(command: query.Dashboard, room: Room) -> None:
    look = room.look
    zone = command.options.get("tz") or look.options.get("tz", "")
    now = datetime.now(timezone.utc)
    times.check_order(command.start or look.start, command.end or look.end, now, zone)


def _view(
    place: DashboardPlace,
    panel: DashboardPanel | None,
    command: query.Dashboard,
    room: Room,
    server: GrafanaServer,
) -> PanelView:
    scope = panel.scope if panel else ()
    scoped = {name for name, _ in scope}
    variables = [pair for pair in command.variables if pair[0] not in scoped]
    organisation = {} if server.org_id is None else {"orgId": str(server.org_id)}
    return PanelView(
        place,
        panel.id if panel else None,
        command.start or room.look.start,
        command.end or room.look.end,
        [*variables, *scope],
        {**organisation, **room.look.options, **command.options},
    )
