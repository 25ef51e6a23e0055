"""Questions answered: who may ask, which Grafana, its JSON, its pictures side by side."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafherald.chat import alerts, answers, dashboards, query
from grafherald.chat.addresses import Place, View, image, link
from grafherald.chat.answers import Answer, Reply
from grafherald.chat.limit import RateLimit
from grafherald.chat.panels import Panel, is_empty, panels, select
from grafherald.chat.settings import BotSettings, Room, room_key
from grafherald.errors import GrafanaError, GraphError, Refusal
from grafherald.grafana.api import Grafana, Server
from grafherald.net.deadline import Deadline
from grafherald.threads import side_by_side

if TYPE_CHECKING:
    from grafherald.images.client import Pictures

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

    def answer(self, line: str, asker: Asker) -> Answer:
        """Return the answer to *line*; whatever goes wrong is an answer, too."""
        try:
            room = self._admitted(asker)
            question = query.parse(line, names=self.settings.names, aliases=self.settings.aliases)
            return self._answered(question, room)
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

    def _answered(self, question: query.Question, room: Room) -> Answer:
        command = question.command
        if isinstance(command, query.Help):
            return _said(answers.help_text(self._names(room), self.settings.aliases))
        if isinstance(command, query.Set):
            raise Refusal(
                "Hosts and keys are not set in chat.",
                hint="They stand in the settings: grafana.url and grafana.token_file, or"
                " chat.grafanas and chat.rooms.<room>.grafana for one room.",
            )
        name, server = self._server(question.on, room)
        grafana = Grafana(server, self.settings.timeout)
        if isinstance(command, query.Dashboards):
            return self._listed(grafana, command)
        if isinstance(command, query.Alerts):
            return _said(answers.alerts(alerts.alerts(grafana, command.state), command.state))
        if isinstance(command, query.Pause):
            return _paused(grafana, command)
        return self._shown(grafana, command, room, self._pictures.get(name))

    def _names(self, room: Room) -> Sequence[str]:
        return room.grafanas or tuple(self.settings.grafanas)

    def _server(self, wanted: str, room: Room) -> tuple[str, Server]:
        names = self._names(room)
        if not names:
            raise Refusal(
                "No Grafana endpoint configured.",
                hint="Set grafana.url and grafana.token_file in the settings.",
            )
        name = wanted or names[0]
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
            return _said(f"{heading}\nThere are none. {advice}")
        return _said(answers.dashboards(hits, heading, self.settings.limit))

    def _shown(
        self, grafana: Grafana, command: query.Dashboard, room: Room, pictures: Pictures | None
    ) -> Answer:
        place, dashboard = dashboards.find(grafana, command.target)
        if is_empty(dashboard):
            raise Refusal("Dashboard empty.", hint="It has no panels yet; add one in Grafana.")
        if command.kiosk:
            title = str(dashboard.get("title") or "")
            views = [(title, _view(place, None, command, room, grafana.server))]
            found = 1
        else:
            every = panels(dashboard, command.variables)
            chosen = select(every, command.selection)
            if not chosen:
                raise answers.no_panel(command.target, every, self.settings.limit)
            found = len(chosen)
            views = [
                (panel.title, _view(place, panel, command, room, grafana.server))
                for panel in chosen[: self.settings.limit]
            ]
        note = answers.dropped(len(views), found)
        if pictures is None:
            replies = [answers.picture(t, image(v), link(v), public=False) for t, v in views]
            return answers.panels(replies, (), note)
        return self._illustrated(views, pictures, grafana.deadline, note)

    def _illustrated(
        self, views: Sequence[tuple[str, View]], pictures: Pictures, deadline: Deadline, note: str
    ) -> Answer:
        """Return the *views* with their pictures, so many at once as the settings allow."""
        free = threading.Semaphore(self.settings.renders)

        def fetch(item: tuple[str, View]) -> Reply | GraphError:
            title, view = item
            with free:
                try:
                    url = pictures.get(image(view), deadline.remaining, as_bytes=False).url
                except GraphError as error:
                    return error
                except Exception as error:  # noqa: BLE001 - our mistake costs one picture
                    _log.exception("a picture could not be fetched")
                    return GraphError(f"internal error ({type(error).__name__})")
            return answers.picture(title, url, link(view), public=True)

        late = GraphError(
            f"no picture within {self.settings.timeout:g} s",
            hint="Ask for fewer panels or a shorter time, or try again.",
        )
        results = [got or late for got in side_by_side(fetch, views, deadline.remaining)]
        problems = [got for got in results if isinstance(got, GraphError)]
        replies = [
            answers.no_picture(title, str(got), link(view)) if isinstance(got, GraphError) else got
            for (title, view), got in zip(views, results, strict=True)
        ]
        return answers.panels(replies, problems, note)


def _said(text: str) -> Answer:
    return Answer((Reply(text),))


def _either(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _paused(grafana: Grafana, command: query.Pause) -> Answer:
    if command.id:
        try:
            return _said(alerts.pause(grafana, command.id, command.paused))
        except GrafanaError as error:
            if error.status != 404:
                raise
            text = f"There is no alert `{command.id}`."
            raise Refusal(text, hint="`graf alerts` shows them with their ids.") from None
    found = alerts.alerts(grafana)
    if not found:
        return _said("All alerts:\nThere are none.")
    errors = []
    for alert in found:
        try:
            alerts.pause(grafana, alert.id, command.paused)
        except GrafanaError as error:
            errors.append(f"{error} {error.hint}")
    name = "pause" if command.paused else "unpause"
    texts = [answers.paused(name, len(found), len(errors)), *dict.fromkeys(errors)]
    return Answer(tuple(map(Reply, texts)))


def _view(
    place: Place, panel: Panel | None, command: query.Dashboard, room: Room, server: Server
) -> View:
    scope = panel.scope if panel else ()
    scoped = {name for name, _ in scope}
    variables = [pair for pair in command.variables if pair[0] not in scoped]
    organisation = {} if server.org_id is None else {"orgId": str(server.org_id)}
    return View(
        place,
        panel.id if panel else None,
        command.start or room.look.start,
        command.end or room.look.end,
        [*variables, *scope],
        {**organisation, **room.look.options, **command.options},
    )
