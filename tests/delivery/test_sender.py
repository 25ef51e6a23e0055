from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from grafherald.channels import ChannelType, Receipt
from grafherald.delivery.accept import accept
from grafherald.delivery.backlog import Backlog
from grafherald.delivery.illustrate import Illustrator, TimeLimits
from grafherald.delivery.outbox import FAILED, SENT, Outbox
from grafherald.delivery.sender import Sender
from grafherald.demo.standins import chat as chat_standin
from grafherald.demo.standins.chat import Chat
from grafherald.drawing.scene import Scene
from grafherald.errors import ConfigError, PermanentError, TemporaryError
from grafherald.event import Event, Kind, State
from grafherald.history import read
from grafherald.history.acts import silence
from grafherald.images import Picture
from grafherald.notification import Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Settings
from grafherald.store import Database, open_database

NOW = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
MakeEvent = Callable[..., Event]
RENDER = "https://grafana.example.com/render/d-solo/abc/web?panelId=2"


@dataclass
class Room:
    """A channel that keeps what it is sent, after failing as often as it was told to."""

    name: str
    recipient: str
    type: str = "room"
    wants: str = "url"
    sent: ClassVar[list[tuple[str, str, Notification]]] = []
    fails: ClassVar[list[Exception]] = []

    def payload(self, notification: Notification) -> Mapping[str, Any]:
        return {"text": notification.headline}

    def send(self, notification: Notification) -> Receipt:
        if Room.fails:
            raise Room.fails.pop(0)
        Room.sent.append((self.name, self.recipient, notification))
        return Receipt("204", f"ref {len(Room.sent)}")


@dataclass
class Board(Room):
    """A room whose messages get their pictures later; it looks whether they are done by then."""

    added: ClassVar[list[tuple[str, Notification, list[str]]]] = []
    look: ClassVar[Callable[[], list[str]]] = list

    def add_pictures(self, receipt: Receipt, notification: Notification, latest: str) -> Receipt:
        Board.added.append((receipt.reference, notification, Board.look()))
        return Receipt(receipt.text, f"{latest}, with pictures")


@dataclass
class Thread(Room):
    """A room that can follow a message."""

    followed: ClassVar[list[tuple[str, Kind]]] = []

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        Thread.followed.append((earlier, notification.event.kind))
        return Receipt("ok", f"{earlier}+")


def _open_channels(
    name: str, settings: Mapping[str, Any], event: Event, templates: Templates
) -> list[Room]:
    if "rooms" not in settings:
        raise ConfigError(f"channels.{name}.rooms: is missing")
    kind = {"board": Board, "threads": Thread}.get(settings["type"], Room)
    return [kind(name, room, settings["type"]) for room in settings["rooms"]]


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> type[Room]:
    """A channel type ``room``, as an installed module would be."""
    for name in ("room", "board", "threads", "email"):
        module = ModuleType(f"grafherald.channels.{name}")
        module.TYPE = ChannelType(  # type: ignore[attr-defined]
            name, _open_channels, schema={}, sample={}, replaces=name == "email"
        )
        monkeypatch.setitem(sys.modules, module.__name__, module)
    Room.sent.clear()
    Room.fails.clear()
    Board.added.clear()
    Thread.followed.clear()
    return Room


@dataclass
class Pictures:
    asked: list[str] = field(default_factory=list)

    def get(
        self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture:
        self.asked.append(render_url)
        return Picture("https://pictures.example.com/1.png")

    def near(
        self, render_url: str, at: datetime, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture | None:
        return None


@dataclass
class SlowPictures(Pictures):
    """Gives none before the test is over."""

    over: threading.Event = field(default_factory=threading.Event)

    def get(
        self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture:
        self.over.wait()
        return super().get(render_url, seconds, as_bytes=as_bytes)


@dataclass
class Desk:
    """Accepts and delivers at a time that tests set."""

    database: Database
    settings: dict[str, Any]
    now: datetime = NOW
    pictures: Pictures = field(default_factory=Pictures)

    def accept(self, event: Event) -> int:
        config, templates = Settings.of(self.settings), Templates(None, str)
        return accept(
            self.database, event, b"{}", config=config, templates=templates, now=self.now
        ).deliveries

    def sender(self) -> Sender:
        config = Settings.of(self.settings)
        return Sender(
            self.database,
            config,
            Templates(None, str),
            Illustrator(config, lambda: self.pictures, lambda: self.now),
            lambda: TimeLimits(float(self.settings.get("graph", {}).get("wait", 10)), 0.1, 25),
            clock=lambda: self.now,
        )

    def deliver_all(self) -> None:
        sender = self.sender()
        while sender.deliver():
            pass

    @property
    def backlog(self) -> Backlog:
        return Backlog(self.database)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.database)


@pytest.fixture
def desk(tmp_path: Path, rooms: type[Room]) -> Iterator[Desk]:
    database = open_database(f"sqlite:///{tmp_path}/store.db")
    channels = {"ops": {"type": "room", "rooms": ["a"]}}
    yield Desk(database, {"channels": channels})
    database.close()


def test_an_event_goes_to_every_recipient_of_its_channels(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["channels"]["ops"]["rooms"] = ["a", "b"]
    assert desk.accept(make_event()) == 2
    desk.deliver_all()
    assert [(name, room) for name, room, _ in rooms.sent] == [("ops", "a"), ("ops", "b")]
    receipts = {d.receipt for d in desk.backlog.deliveries([SENT], 9)}
    assert receipts == {"204"}


def test_the_same_event_twice_notifies_once(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    event = make_event(id="x")
    assert [desk.accept(event), desk.accept(event)] == [1, 0]
    desk.deliver_all()
    assert len(rooms.sent) == 1


def test_its_picture_is_shown_and_stays_with_the_alert(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.accept(make_event(attributes={"graph_image": (RENDER,)}))
    desk.deliver_all()
    url = "https://pictures.example.com/1.png"
    assert rooms.sent[0][2].graphs[0].image_url == url
    assert desk.pictures.asked == [f"{RENDER}&from=now-6h&to=now"]
    alert = read.open_alerts(desk.database, 1)[0]
    assert (alert.picture, alert.panel.startswith("https://grafana")) == (url, True)


def test_a_message_that_gets_its_picture_later_is_done_before(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings |= {"graph": {"wait": 0}}
    desk.settings["channels"]["ops"]["type"] = "board"
    over = threading.Event()
    desk.pictures = SlowPictures(over=over)
    desk.accept(make_event(attributes={"graph_image": (RENDER,)}))
    Board.look = lambda: [d.state for d in desk.backlog.deliveries([SENT], 9)]
    desk.deliver_all()
    over.set()
    assert [n.graphs[0].problem for _, _, n in rooms.sent] == ["still rendering"]
    [(reference, shown, states)] = Board.added
    assert (reference, states) == ("ref 1", [SENT])
    assert shown.graphs[0].problem == "no picture within 0.1 s"
    assert [d.reference for d in desk.backlog.deliveries([SENT], 9)] == ["ref 1, with pictures"]


def test_all_that_happens_to_a_problem_follows_its_first_message(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["channels"]["ops"]["type"] = "threads"
    warning = {"state": State.WARNING, "status": 1}
    over = {"kind": Kind.RESOLVE, "state": State.OK, "status": 0}
    kinds = [Kind.PROBLEM, Kind.PROBLEM, Kind.ACKNOWLEDGEMENT, Kind.RESOLVE]
    for number, changes in enumerate([warning, {}, {"kind": Kind.ACKNOWLEDGEMENT}, over, {}]):
        desk.now = NOW + number * SECOND
        desk.accept(make_event(occurred_at=desk.now, id=str(number), **changes))
    desk.deliver_all()
    assert len(rooms.sent) == 2, "the problem, and the next one"
    assert Thread.followed == list(zip(["ref 1", "ref 1+", "ref 1++"], kinds[1:], strict=True))


def test_what_is_no_news_is_kept_and_not_sent(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    assert desk.accept(make_event(quiet="occurrence 1 of 3")) == 0
    assert len(read.open_alerts(desk.database, 9)) == 1


def test_a_message_that_waited_says_how_late_it_is(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.accept(make_event())
    desk.accept(make_event(entity="web02"))
    desk.sender().deliver()
    desk.now = NOW + timedelta(minutes=65)
    desk.deliver_all()
    assert [shown.late for *_, shown in rooms.sent] == [None, timedelta(minutes=65)]


def test_how_long_its_pictures_took_stays_in_the_history(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.accept(make_event(attributes={"graph_image": (RENDER,)}))
    desk.accept(make_event(check="disk"))
    desk.deliver_all()
    ((at, took, failed),) = desk.database.rows("SELECT at, took, failed FROM renders")
    assert (at, failed) == (int(NOW.timestamp() * 1000), 0)
    assert 0 <= took < 5000


def test_it_leads_to_the_alert_on_the_board(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["public_url"] = "https://alerts.example.com/"
    desk.accept(make_event())
    desk.deliver_all()
    alert = read.open_alerts(desk.database, 1)[0]
    assert ("Alert", f"https://alerts.example.com/alerts/{alert.id}") in rooms.sent[0][2].links


def test_a_late_notification_shows_the_time_of_the_alert(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    rooms.fails.append(TemporaryError("answered 503"))
    desk.accept(make_event(attributes={"graph_image": (RENDER,)}))
    desk.deliver_all()
    desk.now += timedelta(minutes=2)
    desk.deliver_all()
    end = int(NOW.timestamp() * 1000)
    assert desk.pictures.asked[1] == f"{RENDER}&from={end - 6 * 3_600_000}&to={end}"


def test_a_temporary_failure_is_tried_again(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    rooms.fails.append(TemporaryError("answered 503"))
    desk.accept(make_event())
    desk.deliver_all()
    desk.now += 4 * SECOND
    desk.deliver_all()
    assert rooms.sent == []
    desk.now += 3 * SECOND
    desk.deliver_all()
    assert [n.headline for _, _, n in rooms.sent] == ["web01/cpu is CRITICAL"]


def test_no_other_delivery_undercuts_what_the_recipient_asked_for(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    rooms.fails.append(TemporaryError("answered 429", retry_after=60))
    for check in ("cpu", "disk"):
        desk.accept(make_event(check=check))
    desk.deliver_all()
    desk.now += 59 * SECOND
    desk.deliver_all()
    assert rooms.sent == []
    desk.now += 20 * SECOND
    desk.deliver_all()
    assert len(rooms.sent) == 2


@pytest.mark.parametrize(
    ("kind", "word"), [("room", "CRITICAL (may be a repeat)"), ("email", "CRITICAL")]
)
def test_what_may_have_arrived_says_so_except_a_mail(
    desk: Desk, rooms: type[Room], make_event: MakeEvent, kind: str, word: str
) -> None:
    desk.settings["channels"]["ops"]["type"] = kind
    rooms.fails.append(TemporaryError("no answer", unknown=True))
    desk.accept(make_event())
    desk.deliver_all()
    desk.now += 60 * SECOND
    desk.deliver_all()
    assert rooms.sent[0][2].word == word


def test_a_fallback_is_told_after_minutes_and_once(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["channels"]["ops"]["fallback"] = "oncall"
    desk.settings["channels"]["oncall"] = {"type": "room", "rooms": ["z"]}
    desk.settings["routes"] = [{"channels": ["ops"]}]
    rooms.fails.append(TemporaryError("answered 429", retry_after=3600))
    desk.accept(make_event())
    desk.accept(make_event(check="disk"))
    desk.deliver_all()
    desk.now += 299 * SECOND
    desk.sender().fallback.help_overdue()
    desk.deliver_all()
    assert rooms.sent == []
    for _ in range(2):
        desk.now += 2 * SECOND
        desk.sender().fallback.help_overdue()
        desk.deliver_all()
    told = {(name, shown.event.check): shown.event.details for name, _, shown in rooms.sent}
    assert set(told) == {("oncall", "cpu"), ("oncall", "disk")}
    assert told["oncall", "cpu"][-1] == ("Instead of", "ops a: answered 429")


def test_without_a_fallback_the_others_learn_in_one_line_that_somebody_was_not_told(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["channels"]["chat"] = {"type": "room", "rooms": ["b"]}
    rooms.fails.append(PermanentError("no such room"))
    desk.accept(make_event())
    desk.deliver_all()
    assert [(name, shown.event.source) for name, _, shown in rooms.sent] == [
        ("chat", "sensu-go"),
        ("chat", "grafherald"),
    ]
    assert rooms.sent[1][2].text == "ops (a) was not told of this: no such room"


def test_that_a_notice_does_not_arrive_is_no_reason_for_another(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["channels"]["chat"] = {"type": "room", "rooms": ["b"]}
    rooms.fails.append(PermanentError("no such room"))
    desk.accept(make_event())
    for _ in range(2):
        desk.sender().deliver()
    rooms.fails.append(PermanentError("no such room"))
    desk.deliver_all()
    assert len(rooms.sent) == 1


@pytest.mark.parametrize("error", [PermanentError("no such room"), TemporaryError("answered 503")])
def test_what_never_arrives_is_kept_and_the_fallback_told(
    desk: Desk, rooms: type[Room], make_event: MakeEvent, error: Exception
) -> None:
    desk.settings["channels"]["ops"]["fallback"] = "oncall"
    desk.settings["channels"]["oncall"] = {"type": "room", "rooms": ["z"]}
    desk.settings["routes"] = [{"channels": ["ops"]}]
    rooms.fails.append(error)
    desk.accept(make_event())
    if isinstance(error, TemporaryError):
        desk.now += timedelta(hours=24)
    desk.deliver_all()
    (failed,) = desk.backlog.deliveries([FAILED], 9)
    assert failed.error.endswith(str(error))
    ((name, _, notification),) = rooms.sent
    assert (name, notification.event.details[-1]) == (
        "oncall",
        ("Instead of", f"ops a: {failed.error}"),
    )


def test_what_its_senders_always_die_of_is_given_up_after_a_day(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["channels"]["ops"]["fallback"] = "oncall"
    desk.settings["channels"]["oncall"] = {"type": "room", "rooms": ["z"]}
    desk.settings["routes"] = [{"channels": ["ops"]}]
    desk.accept(make_event())
    for hour in range(24):
        desk.now = NOW + timedelta(hours=hour)
        assert desk.outbox.claim(desk.now, SECOND)  # and whoever did dies
    desk.now = NOW + timedelta(hours=24)
    desk.deliver_all()
    (failed,) = desk.backlog.deliveries([FAILED], 9)
    assert (failed.attempts, failed.finished) == (24, desk.now)
    assert failed.error == "too old to try again: whoever was sending it stopped"
    assert [name for name, _, _ in rooms.sent] == ["oncall"]
    assert desk.backlog.retry_now(failed.id, desk.now)  # a person may try all the same
    desk.deliver_all()
    assert [name for name, _, _ in rooms.sent] == ["oncall", "ops"]


def test_what_a_dead_sender_left_is_sent_again_within_the_day(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.accept(make_event())
    desk.outbox.claim(NOW, SECOND)
    desk.now += timedelta(hours=23, minutes=59)
    desk.deliver_all()
    assert [n.may_repeat for _, _, n in rooms.sent] == [True]


@pytest.mark.parametrize("broken", [{"type": "room"}, {"type": "nosuch", "rooms": ["b"]}])
def test_a_channel_that_cannot_be_opened_costs_itself_alone(
    desk: Desk, rooms: type[Room], make_event: MakeEvent, broken: dict[str, Any]
) -> None:
    desk.settings["channels"]["broken"] = broken
    desk.accept(make_event())
    desk.deliver_all()
    assert [shown.event.source for _, _, shown in rooms.sent] == ["sensu-go", "grafherald"]
    (failed,) = desk.backlog.deliveries([FAILED], 9)
    assert failed.error.startswith("channels.broken.")


def test_a_mistake_of_ours_is_kept_for_a_person_and_not_repeated_for_ever(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["graph"] = {"from": 7}
    desk.accept(make_event(attributes={"graph_image": (RENDER,)}))
    desk.accept(make_event(check="disk"))
    desk.deliver_all()
    (failed,) = desk.backlog.deliveries([FAILED], 9)
    assert failed.error.startswith("internal error")
    assert len(rooms.sent) == 1


def test_a_recipient_that_left_the_settings_is_for_a_person(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.accept(make_event())
    desk.settings["channels"]["ops"]["rooms"] = ["b"]
    desk.deliver_all()
    assert "no longer in the settings" in desk.backlog.deliveries([FAILED], 9)[0].error


def test_a_group_is_one_message_that_lists_its_members(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["routes"] = [{"channels": ["ops"], "group_by": ["check"], "group_wait": 10}]
    for number in range(3):
        desk.accept(make_event(entity=f"web{number}", output=f"{90 + number} %"))
    desk.accept(make_event(check="disk"))
    desk.now += SECOND
    desk.deliver_all()
    first, second = (n for _, _, n in rooms.sent)
    assert first.subject == "3 entities/cpu"
    assert first.event.output.splitlines() == [
        "3 alerts:",
        "web0/cpu is CRITICAL: 90 %",
        "web1/cpu is CRITICAL: 91 %",
        "web2/cpu is CRITICAL: 92 %",
    ]
    assert second.subject == "web01/disk"


def test_a_groups_resolve_comes_when_all_is_well(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["routes"] = [{"channels": ["ops"], "group_by": ["check"], "group_wait": 10}]
    for name in ("web1", "web2"):
        desk.accept(make_event(entity=name))
    well = {"kind": Kind.RESOLVE, "state": State.OK, "status": 0}
    desk.accept(make_event(entity="web1", **well))
    desk.now += SECOND
    desk.deliver_all()
    assert [n.word for _, _, n in rooms.sent] == ["CRITICAL"]
    desk.accept(make_event(entity="web2", **well))
    desk.now += timedelta(minutes=6)
    desk.deliver_all()
    assert [n.word for _, _, n in rooms.sent] == ["CRITICAL", "RESOLVED"]


def test_a_rate_of_the_settings_wins_over_the_types(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    desk.settings["channels"]["ops"]["per_minute"] = 30
    for check in ("cpu", "disk"):
        desk.accept(make_event(check=check))
    desk.deliver_all()
    assert len(rooms.sent) == 1
    desk.now += 2 * SECOND
    desk.deliver_all()
    assert len(rooms.sent) == 2


SLACK_TOKEN = "xoxb-0-token"


@pytest.fixture
def slack(desk: Desk) -> Iterator[Chat]:
    """A Slack with a bot that the desk tells, as often as it likes."""
    with chat_standin.running(SLACK_TOKEN) as chat:
        bot = {"type": "slack", "url": f"{chat.url}/api", "token": SLACK_TOKEN, "channel": "ops"}
        desk.settings["channels"] = {"chat": {**bot, "per_minute": 0}}
        yield chat


def test_a_resolve_changes_slacks_message_and_replies_to_it(
    desk: Desk, slack: Chat, make_event: MakeEvent
) -> None:
    for changes in ({}, {"kind": Kind.RESOLVE, "state": State.OK, "status": 0}):
        desk.accept(make_event(id="x", **changes))
        desk.deliver_all()
    first, reply = slack.slack.messages
    assert ("RESOLVED" in first.text, first.edited) == (True, True)
    assert ("RESOLVED" in reply.text, reply.thread_ts) == (True, first.ts)


def test_an_acknowledgement_answers_slacks_message_and_the_resolve_still_finds_it(
    desk: Desk, slack: Chat, make_event: MakeEvent
) -> None:
    desk.accept(make_event(id="x"))
    desk.deliver_all()
    said = {"kind": Kind.ACKNOWLEDGEMENT, "author": "jane", "comment": "on it"}
    desk.accept(make_event(id="y", **said))
    desk.deliver_all()
    desk.accept(make_event(id="x", kind=Kind.RESOLVE, state=State.OK, status=0))
    desk.deliver_all()
    first, answer, end = slack.slack.messages
    assert ("ACKNOWLEDGED" in answer.text, answer.thread_ts) == (True, first.ts)
    assert "on it" in answer.text
    assert ("RESOLVED" in end.text, end.thread_ts) == (True, first.ts)


def test_a_message_that_was_deleted_is_posted_anew(
    desk: Desk, slack: Chat, make_event: MakeEvent
) -> None:
    desk.accept(make_event(id="x"))
    desk.deliver_all()
    slack.slack.messages.clear()
    desk.accept(make_event(id="x", kind=Kind.RESOLVE, state=State.OK, status=0))
    desk.deliver_all()
    (anew,) = slack.slack.messages
    assert ("RESOLVED" in anew.text, anew.thread_ts) == (True, "")


def test_another_problem_of_the_same_check_is_a_message_of_its_own(
    desk: Desk, slack: Chat, make_event: MakeEvent
) -> None:
    for number in range(2):
        at = NOW + number * timedelta(minutes=2)
        desk.now = at
        well = {"kind": Kind.RESOLVE, "state": State.OK, "status": 0}
        for changes in ({}, {**well, "occurred_at": at + SECOND}):
            desk.accept(make_event(id=f"x{number}", **{"occurred_at": at, **changes}))
            desk.deliver_all()
    assert [m.thread_ts != "" for m in slack.slack.messages] == [False, True, False, True]


def test_what_somebody_silenced_is_kept_and_not_told(
    desk: Desk, rooms: type[Room], make_event: MakeEvent
) -> None:
    scope = (("entity", "web01"),)
    silence(desk.database, scope, timedelta(hours=1), "jane", "a new disk", NOW)
    assert desk.accept(make_event()) == 0
    assert desk.accept(make_event(entity="web02")) == 1
    desk.deliver_all()
    assert [shown.event.entity for _, _, shown in rooms.sent] == ["web02"]
    assert len(read.open_alerts(desk.database, 9)) == 2
