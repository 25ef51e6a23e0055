"""Each service by its stand-in, which refuses what its documentation says."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grafherald import channels
from grafherald.channels import AddsPictures, Channel, Follows
from grafherald.channels import webhook as webhooks
from grafherald.demo import service_view
from grafherald.demo.standins import chat as chats
from grafherald.demo.standins import services
from grafherald.demo.standins.services import ServiceStandIn
from grafherald.demo.standins.wire import StandInReply
from grafherald.errors import ConfigError, PermanentError, TemporaryError
from grafherald.event import Event, Kind, State
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates

from .conftest import PANEL, PNG, PUBLIC, TOKEN

SETTINGS: dict[str, dict[str, Any]] = {
    "teams": {"webhook_url": f"/workflows/{TOKEN}"},
    "discord": {"webhook_url": f"/api/webhooks/1/{TOKEN}"},
    "googlechat": {"webhook_url": f"/v1/spaces/A/{TOKEN}/messages?key=k"},
    "mattermost": {"token": TOKEN, "channel": "shop/ops"},
    "pagerduty": {"routing_key": TOKEN},
    "telegram": {"token": TOKEN, "chat": "-1001"},
    "matrix": {"token": TOKEN, "room": "#ops:example.com"},
    "ntfy": {"token": TOKEN, "topic": "ops"},
    "pushover": {"token": TOKEN, "user": "u1"},
}
CARRIES = ("discord", "mattermost", "telegram", "matrix", "ntfy", "pushover")
ADDRESSED = ("mattermost", "telegram", "matrix", "ntfy", "pushover")
# apprise imports modules that Python is about to drop, where they are there
LOUD = pytest.mark.filterwarnings("ignore::DeprecationWarning")
every = pytest.mark.parametrize("name", services.NAMES)


@pytest.fixture
def server(name: str) -> Iterator[ServiceStandIn]:
    with services.running(name, TOKEN) as running:
        yield running


def opened(server: ServiceStandIn, event: Event, templates: Templates, **more: Any) -> Channel:
    settings = {**SETTINGS[server.name], **more}
    if "webhook_url" in settings:
        settings["webhook_url"] = server.url + settings["webhook_url"]
    else:
        settings["url"] = server.url
    return channels.find(server.name).open("c", settings, event, templates)[0]


def end_of(event: Event) -> Event:
    return event._replace(kind=Kind.RESOLVE, state=State.OK, status=0, output="all is well")


@every
def test_a_problem_arrives_with_its_picture(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = opened(server, event, templates)
    receipt = channel.send(notification)
    assert receipt.text
    shown = json.dumps(server.taken, ensure_ascii=False)
    assert "web01/cpu" in shown.replace("\\", "")
    assert "CheckCPU CRITICAL" in shown
    if server.name in CARRIES:
        assert server.files == [PNG]
    else:
        assert PUBLIC in shown


@every
def test_the_longest_event_stays_within_the_limits(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    long = "<b>&_*[x](http://e.example)`" * 4000
    huge = event._replace(
        entity="e" * 5000,
        output=long,
        long_output="\n".join(["line"] * 9000),
        details=tuple((f"label {n}", long) for n in range(60)),
        links=tuple((f"link {n}", f"https://example.com/{'a' * 1500}{n}") for n in range(30)),
    )
    graphs = tuple(graph._replace(png=PNG) for graph in notification.graphs * 30)
    opened(server, huge, templates).send(Notification(huge, graphs))
    assert server.taken


@every
def test_without_a_picture_its_reason_is_said(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    bare = Notification(event, (PANEL._replace(problem="Grafana did not answer in time"),))
    opened(server, event, templates).send(bare)
    assert "Grafana did not answer in time" in json.dumps(server.taken)
    assert server.files == []


@every
def test_the_end_is_told_where_the_problem_was(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = opened(server, event, templates)
    earlier = channel.send(notification).reference
    end = Notification(end_of(event))
    if isinstance(channel, Follows):
        channel.follow(end, earlier)
    else:
        channel.send(end)
    first, last = server.taken[0], server.taken[-1]
    if server.name == "pagerduty":
        assert (first["event_action"], last["event_action"]) == ("trigger", "resolve")
        assert first["dedup_key"] == last["dedup_key"]
    elif server.name == "telegram":
        assert last["reply_parameters"]["message_id"] == 71
    elif server.name == "mattermost":
        assert last["root_id"] == "post1"
    elif server.name == "matrix":
        assert last["m.relates_to"]["event_id"] == "$event1"
    elif server.name == "googlechat":
        assert first["thread"] == last["thread"]
    assert isinstance(channel, Follows) == (server.name in ("telegram", "mattermost", "matrix"))
    kind = channels.find(server.name)
    assert kind.threads == (
        server.name in ("telegram", "mattermost", "matrix", "googlechat", "pagerduty")
    )


@every
def test_a_probe_posts_nothing(server: ServiceStandIn, event: Event, templates: Templates) -> None:
    assert opened(server, event, templates).probe()  # type: ignore[attr-defined]  # all are Probes
    assert server.taken == []


@every
def test_a_wrong_secret_is_for_a_person(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    settings = SETTINGS[server.name]
    wrong = {key: str(text).replace(TOKEN, "wr0ng-secret") for key, text in settings.items()}
    channel = opened(server, event, templates, **wrong)
    with pytest.raises(PermanentError, match=r"^127\.0\.0\.1:\d+ answered 4"):
        channel.send(notification)
    assert server.taken == []


@every
def test_what_the_reader_sees_holds_no_markup_of_the_events(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    hostile = event._replace(output="<script>alert(1)</script> [x](https://evil.example) @everyone")
    payload = opened(server, event, templates).payload(Notification(hostile))
    assert isinstance(payload, dict)
    html = service_view.html(payload)
    assert "web01/cpu" in html
    assert "<script" not in html
    assert 'href="https://evil.example"' not in html


@pytest.mark.parametrize("name", ADDRESSED)
def test_an_event_names_its_recipient(
    server: ServiceStandIn, make_event: Callable[..., Event], templates: Templates
) -> None:
    kind = channels.find(server.name)
    event = make_event(attributes={kind.attribute: ("else",)})
    assert opened(server, event, templates).recipient == "else"


@pytest.mark.parametrize("name", ["pagerduty"])
@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (Kind.ACKNOWLEDGEMENT, "acknowledge"),
        (Kind.FLAPPING, "trigger"),
        (Kind.FLAPPING_END, "resolve"),
    ],
)
def test_pagerduty_hears_of_acknowledgements(
    server: ServiceStandIn, event: Event, templates: Templates, kind: Kind, action: str
) -> None:
    opened(server, event, templates).send(Notification(event._replace(kind=kind)))
    assert server.taken[0]["event_action"] == action


@pytest.mark.parametrize("name", ["pagerduty"])
def test_pagerduty_need_not_know_of_a_downtime(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    quiet = Notification(event._replace(kind=Kind.DOWNTIME_START))
    assert "nothing to say" in opened(server, event, templates).send(quiet).text
    assert server.requests == []


@pytest.mark.parametrize("name", ["matrix"])
def test_a_repeat_takes_the_place_of_the_first(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = opened(server, event, templates)
    assert channel.send(notification).reference == channel.send(notification).reference
    assert [one["msgtype"] for one in server.taken] == ["m.text", "m.image"]


@pytest.mark.parametrize("name", ["matrix"])
@pytest.mark.parametrize(
    "more",
    [
        {"id": "6f2c#1"},  # Alertmanager's, an hour later
        {"kind": Kind.CUSTOM, "comment": "the second one"},
        {"part": "sdb"},
    ],
)
def test_what_else_is_said_of_an_incident_is_no_repeat(
    server: ServiceStandIn, event: Event, templates: Templates, more: dict[str, Any]
) -> None:
    first = event._replace(kind=more.get("kind", event.kind), comment="the first one")
    for one in (first, first._replace(**more)):
        opened(server, event, templates).send(Notification(one))
    assert len(server.taken) == 2


@pytest.mark.parametrize("name", ["telegram"])
def test_a_group_that_became_a_supergroup_is_followed(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    opened(server, event, templates, chat="-1").send(notification)
    assert server.taken[0]["chat_id"] == "-1001"


@pytest.mark.parametrize(
    ("name", "status", "answer"),
    [
        ("telegram", 400, b'{"ok": false, "description": "IMAGE_PROCESS_FAILED"}'),
        ("ntfy", 400, b'{"code": 40014}'),
        ("ntfy", 413, b'{"code": 41301}'),
        ("ntfy", 414, b"nginx: the text stands in the query"),
        ("ntfy", 429, b'{"code": 42905, "error": "limit reached: daily bandwidth reached"}'),
        ("pushover", 413, b'{"status": 0}'),
        ("discord", 413, b'{"code": 40005}'),
        ("matrix", 413, b'{"errcode": "M_TOO_LARGE"}'),
        ("matrix", 404, b'{"errcode": "M_UNRECOGNIZED"}'),
        ("mattermost", 413, b'{"id": "api.file.upload_file.too_large_detailed.app_error"}'),
        ("mattermost", 501, b'{"id": "api.file.attachments.disabled.app_error"}'),
    ],
)
def test_a_picture_that_is_refused_costs_the_picture(
    server: ServiceStandIn,
    event: Event,
    templates: Templates,
    notification: Notification,
    status: int,
    answer: bytes,
) -> None:
    channel = opened(server, event, templates)
    if server.name == "matrix":
        channel = opened(server, event, templates, room="!r:example.com")
    elif server.name == "mattermost":
        channel = opened(server, event, templates, channel="abcdefghijklmnopqrstuvwxyz")
        server.failures.append(StandInReply(200, b'{"id": "abcdefghijklmnopqrstuvwxyz"}'))
    server.failures.append(StandInReply(status, answer))
    assert channel.send(notification).text
    assert server.files == []
    shown = json.dumps(server.taken)
    assert "CheckCPU CRITICAL" in shown
    assert "did not take the picture" in shown or PUBLIC in shown


@pytest.mark.parametrize("name", ["ntfy"])
def test_too_many_messages_are_told_later(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    server.failures.append(StandInReply(429, b'{"code": 42908, "error": "limit reached"}'))
    with pytest.raises(TemporaryError):
        opened(server, event, templates).send(notification)


@pytest.mark.parametrize("name", ["discord"])
def test_a_link_to_a_host_without_a_dot_is_none_of_the_embed(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    """Discord refuses the whole message for it, as Prometheus' own address often is."""
    linked = event._replace(links=(("Prometheus", "http://prometheus:9090/graph"),))
    graph = PANEL._replace(link="http://grafana:3000/d/x", image_url="http://localhost/a.png")
    opened(server, linked, templates).send(Notification(linked, (graph,)))
    assert server.refused == []
    (embed,) = server.taken[0]["embeds"]
    assert "url" not in embed
    assert "prometheus:9090" in embed["description"]


@pytest.mark.parametrize("name", ["discord"])
def test_an_embed_that_discord_refuses_is_told_as_text(
    server: ServiceStandIn, event: Event, templates: Templates, notification: Notification
) -> None:
    server.failures.append(StandInReply(400, b'{"embeds": ["0"]}'))
    long = event._replace(output="_*[x](y)`" * 500)
    opened(server, long, templates).send(notification._replace(event=long))
    (message,) = server.taken
    assert "embeds" not in message
    assert "web01/cpu" in message["content"].replace("\\", "")


@pytest.mark.parametrize("name", ["telegram"])
def test_another_services_reference_is_no_thread(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates)
    assert isinstance(channel, Follows)
    channel.follow(Notification(event), "$event1")
    assert "reply_parameters" not in server.taken[0]


@pytest.mark.parametrize("name", ["discord"])
def test_pictures_that_do_not_fit_together_are_shown_from_their_urls(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    big = PNG + bytes(6 << 20)
    graphs = tuple(PANEL._replace(png=big, image_url=f"{PUBLIC}?{n}") for n in range(3))
    opened(server, event, templates).send(Notification(event, graphs))
    assert server.files == [big]
    shown = [embed["image"]["url"] for embed in server.taken[0]["embeds"]]
    assert shown == ["attachment://graph1.png", f"{PUBLIC}?1", f"{PUBLIC}?2"]


@pytest.mark.parametrize("name", ["ntfy"])
def test_a_title_is_cut_by_its_bytes(
    server: ServiceStandIn, make_event: Callable[..., Event], templates: Templates
) -> None:
    event = make_event(entity="\U0001f525" * 190, check="\U0001f525" * 190)
    opened(server, event, templates).send(Notification(event))
    assert len(server.taken[0]["title"].encode()) <= 1024


@pytest.mark.parametrize("name", ["mattermost"])
def test_a_thread_that_is_gone_begins_anew(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates)
    assert isinstance(channel, Follows)
    assert channel.follow(Notification(event), "gone").reference == "post1"


@pytest.mark.parametrize("name", ["pushover"])
def test_an_emergency_is_repeated_until_its_end(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates, emergency=True)
    channel.send(Notification(event))
    channel.send(Notification(end_of(event)))
    problem, end, cancelled = server.taken
    assert (problem["priority"], end["priority"]) == ("2", "-1")
    assert cancelled["cancelled"] == problem["tags"]


@pytest.mark.parametrize("name", ["teams"])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"1", None),
        (
            b"Webhook message delivery failed with error: Microsoft Teams endpoint returned"
            b" HTTP error 429",
            TemporaryError,
        ),
        (b"Summary or Text is required. error", PermanentError),
    ],
)
def test_an_old_connector_says_200_and_what_it_means(
    server: ServiceStandIn,
    event: Event,
    templates: Templates,
    body: bytes,
    error: type[Exception] | None,
) -> None:
    server.failures.append(StandInReply(200, body))
    channel = opened(server, event, templates)
    if error is None:
        assert channel.send(Notification(event)).text == "200"
        return
    with pytest.raises(error):
        channel.send(Notification(event))


@pytest.fixture
def hooks() -> Iterator[chats.Chat]:
    with chats.running(TOKEN) as server:
        yield server


def post(
    hooks: chats.Chat, notification: Notification, templates: Templates, **more: Any
) -> chats.Request:
    hooks.failures.append(StandInReply(200, b"ok"))
    settings = {"webhook_url": f"{hooks.url}/hook", **more}
    webhooks.TYPE.open("c", settings, notification.event, templates)[0].send(notification)
    return hooks.requests[-1]


def test_a_webhook_gets_the_documented_document(
    hooks: chats.Chat, templates: Templates, notification: Notification
) -> None:
    sent = post(hooks, notification, templates).fields
    assert (sent["version"], sent["kind"], sent["state"]) == (1, "problem", "critical")
    assert (sent["entity"], sent["check"], sent["incident"]) == ("web01", "cpu", "6f2c")
    assert sent["graphs"] == [{"link": PANEL.link, "url": PUBLIC, "problem": ""}]
    described = (Path(__file__).parents[2] / "docs" / "webhook.md").read_text()
    assert [key for key in sent if f"`{key}`" not in described] == []


def test_a_webhook_may_carry_the_pictures(
    hooks: chats.Chat, templates: Templates, notification: Notification
) -> None:
    sent = post(hooks, notification, templates, pictures="both").fields
    assert base64.b64decode(sent["graphs"][0]["png"]) == PNG
    assert sent["graphs"][0]["url"] == PUBLIC


def test_a_webhook_is_signed(
    hooks: chats.Chat, templates: Templates, notification: Notification
) -> None:
    request = post(hooks, notification, templates, secret="s3cret", token="b34rer")
    signed = request.headers["x-grafherald-timestamp"].encode() + b"." + request.body
    expected = hmac.new(b"s3cret", signed, "sha256").hexdigest()
    assert request.headers["x-grafherald-signature"] == f"sha256={expected}"
    assert request.bearer == "b34rer"


def test_a_repeat_has_the_same_key(
    hooks: chats.Chat, templates: Templates, notification: Notification
) -> None:
    first, second = (post(hooks, notification, templates) for _ in range(2))
    end = post(hooks, Notification(end_of(notification.event)), templates)
    keys = [one.headers["idempotency-key"] for one in (first, second, end)]
    assert keys[0] == keys[1] != keys[2]


def test_a_template_makes_the_body(
    hooks: chats.Chat, tmp_path: Path, notification: Notification
) -> None:
    (tmp_path / "pager.json").write_text('{"title": {{ notification.headline | tojson }}}')
    own = Templates(tmp_path, print)
    assert post(hooks, notification, own, body="pager.json").fields == {
        "title": "web01/cpu is CRITICAL"
    }
    (tmp_path / "pager.json").write_text('{"title": {{ notification.headline }}}')
    with pytest.raises(PermanentError, match=r"pager\.json"):
        post(hooks, notification, own, body="pager.json")


@LOUD
def test_apprise_sends_by_its_urls(
    hooks: chats.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    pytest.importorskip("apprise")
    hooks.failures.extend([StandInReply(200, b"ok"), StandInReply(500, b"no")])
    url = hooks.url.replace("http://", "json://") + "/hook"
    (channel,) = channels.find("apprise").open("c", {"webhook_url": url}, event, templates)
    assert channel.send(notification).text == "sent"
    sent = hooks.requests[-1].fields
    assert sent["title"] == "web01/cpu is CRITICAL"
    with pytest.raises(TemporaryError, match="json"):
        channel.send(notification)


@LOUD
def test_a_service_of_apprises_that_shows_html_gets_none_of_the_events(
    hooks: chats.Chat, event: Event, templates: Templates
) -> None:
    """As mail does by itself, and Telegram, which refuses what is no HTML of its."""
    pytest.importorskip("apprise")
    hooks.failures.append(StandInReply(200, b"ok"))
    url = hooks.url.replace("http://", "json://") + "/hook?format=html"
    hostile = event._replace(output="<img src=x> & 1 < 2\nnext line")
    (channel,) = channels.find("apprise").open("c", {"webhook_url": url}, hostile, templates)
    channel.send(Notification(hostile))
    said = hooks.requests[-1].fields["message"]
    assert "<img" not in said
    assert "&lt;img src=x&gt;" in said.replace("&nbsp;", " ")


@LOUD
def test_apprise_refuses_what_is_no_url_of_its(event: Event, templates: Templates) -> None:
    pytest.importorskip("apprise")
    settings = {"webhook_url": "nonesuch://s3cret"}
    (channel,) = channels.find("apprise").open("c", settings, event, templates)
    with pytest.raises(PermanentError, match="can't read the URL") as caught:
        channel.send(Notification(event, (Graph("", ""),)))
    assert "s3cret" not in str(caught.value)


def test_a_channel_without_its_settings_says_which(event: Event, templates: Templates) -> None:
    with pytest.raises(ConfigError, match="needs a webhook_url, or url, token and channel"):
        channels.find("mattermost").open("c", {"token": "t"}, event, templates)


later = pytest.mark.parametrize("name", ["discord", "telegram"])


def waiting(event: Event) -> Notification:
    """What is said while the picture is being made."""
    return Notification(event, (PANEL._replace(problem="still rendering"),))


@later
@pytest.mark.parametrize("early", ["without", "with"])
def test_a_picture_that_comes_late_is_put_into_the_message(
    server: ServiceStandIn, event: Event, templates: Templates, early: str
) -> None:
    channel = opened(server, event, templates)
    assert isinstance(channel, AddsPictures)
    ours = PNG + b"ours"
    first = waiting(event) if early == "without" else with_png(event, ours)
    receipt = channel.send(first)
    assert server.files == ([] if early == "without" else [ours])
    changed = channel.add_pictures(receipt, with_png(event, PNG), "latest")
    assert changed.reference == "latest"
    assert server.files == [PNG]
    (message,) = server.taken
    assert "CheckCPU CRITICAL" in json.dumps(message)


def with_png(event: Event, png: bytes) -> Notification:
    return Notification(event, (PANEL._replace(png=png),))


@later
def test_why_no_picture_came_is_put_into_the_message(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates)
    assert isinstance(channel, AddsPictures)
    receipt = channel.send(waiting(event))
    bare = Notification(event, (PANEL._replace(problem="Grafana did not answer in time"),))
    channel.add_pictures(receipt, bare, receipt.reference)
    assert "Grafana did not answer in time" in json.dumps(server.taken)
    assert "still rendering" not in json.dumps([server.taken[0].get("embeds")])
    assert server.files == []


@later
def test_a_public_picture_is_named_by_its_address(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates)
    assert isinstance(channel, AddsPictures)
    receipt = channel.send(waiting(event))
    public = Notification(event, (PANEL._replace(image_url=PUBLIC),))
    channel.add_pictures(receipt, public, receipt.reference)
    assert PUBLIC in json.dumps(server.taken[0])


@later
def test_a_message_that_is_gone_stays_gone(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates)
    assert isinstance(channel, AddsPictures)
    receipt = channel.send(waiting(event))
    server.taken.clear()
    for reference in (receipt.reference, ""):
        if server.name == "telegram" and reference:
            continue  # answers it instead, as below
        with pytest.raises(PermanentError):
            channel.add_pictures(
                receipt._replace(reference=reference), with_png(event, PNG), receipt.reference
            )


@pytest.mark.parametrize("name", ["telegram"])
def test_where_a_message_cannot_be_edited_the_picture_is_an_answer_to_it(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates)
    assert isinstance(channel, AddsPictures)
    receipt = channel.send(waiting(event))
    server.failures.append(StandInReply(400, b'{"ok": false, "description": "can\'t be edited"}'))
    channel.add_pictures(receipt, with_png(event, PNG), receipt.reference)
    assert server.files == [PNG]
    reply = server.taken[-1]
    assert json.loads(reply["reply_parameters"])["message_id"] == int(receipt.reference)
    assert reply["disable_notification"] == "true"


@pytest.mark.parametrize("name", ["discord"])
def test_a_thread_is_named_when_its_message_is_edited(
    server: ServiceStandIn, event: Event, templates: Templates
) -> None:
    channel = opened(server, event, templates, thread="77")
    assert isinstance(channel, AddsPictures)
    receipt = channel.send(waiting(event))
    channel.add_pictures(receipt, with_png(event, PNG), receipt.reference)
    assert server.files == [PNG]
