"""The main job from the outside: an event into the command, notifications out of real sockets."""

from __future__ import annotations

import json
import socket
import time

import pytest

from grafherald.demo.standins.wire import StandInReply

from .world import CHAT_TOKEN, EVENTS, GRAFANA_TOKEN, World


def test_three_notifications_arrive_with_the_picture(world: World) -> None:
    done = world.handle()
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b": delivered") == 3
    (picture,) = (world.folder / "saved").iterdir()
    url = f"https://public.example.com/i/{picture.name}"
    assert url in world.chat.hipchat.messages[0].text
    assert url in json.dumps(world.chat.slack.messages[0].blocks)
    carried = [part for part in world.mail.mails[0].message.walk() if part["Content-ID"]]
    assert [part.get_content() for part in carried] == [picture.read_bytes()]
    assert world.mail.mails[0].message["Subject"] == "[CRITICAL] web01/cpu"


def test_grafana_is_asked_for_the_panel_of_the_last_six_hours(world: World) -> None:
    world.handle()
    renders = [r for r in world.grafana.requests if r.target.startswith("/render/")]
    assert [render.target for render in renders] == [
        "/render/d-solo/node/host?orgId=1&panelId=2&var-host=web01&width=1000&height=500"
        "&from=now-6h&to=now"
    ]
    assert renders[0].headers["authorization"] == f"Bearer {GRAFANA_TOKEN}"


def test_grafanas_token_is_seen_by_grafana_alone_and_by_none_of_its_proxies(world: World) -> None:
    done = world.handle()
    received = repr([(r.headers, r.body) for r in world.chat.requests])
    received += repr([m.raw for m in world.mail.mails])
    own = ("/render/", "/api/")  # its renderer, and what it knows of the panel
    others = [r for r in world.grafana.requests if not r.target.startswith(own)]
    assert not any("/proxy/" in r.target for r in world.grafana.requests)
    assert GRAFANA_TOKEN not in received + repr(others) + repr(done)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("302", "login page (302)"),
        ("401", "Grafana answered 401"),
        ("429", "Grafana answered 429"),
        ("500", "Grafana answered 500"),
        ("html", "HTML"),
        ("half", "a broken picture"),
        ("nothing", "closed the connection"),
        ("hang", "2 s"),
    ],
)
def test_without_a_picture_they_arrive_in_time_and_say_why(
    world: World, mode: str, said: str
) -> None:
    world.grafana.mode = mode
    before = time.monotonic()
    done = world.handle()
    assert time.monotonic() - before < 15
    assert (done.returncode, world.arrived) == (0, (1, 1, 1))
    mail_text = world.mail.mails[0].message.get_body(("plain",))
    assert mail_text is not None
    shown = (
        world.chat.hipchat.messages[0].text,
        json.dumps(world.chat.slack.messages[0].blocks),
        mail_text.get_content(),
    )
    for text in shown:
        assert "graph: " in text
        assert said in text
        assert "/d/node/host?viewPanel=2" in text
    assert said in done.stderr.decode()
    assert list((world.folder / "saved").iterdir()) == []


DOWN = {"ops": "hipchat ", "chat": "slack", "oncall": "email"}


@pytest.mark.parametrize("name", ["ops", "chat", "oncall"])
def test_a_channel_that_is_down_costs_one_line_and_the_others_arrive(
    world: World, name: str
) -> None:
    settings = world.settings | {"deadline": 5}  # it is tried again until then
    key = {"ops": "url", "chat": "webhook_url", "oncall": "smtp"}[name]
    with socket.socket() as unused:  # bound, and nobody listens: connections are refused
        unused.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{unused.getsockname()[1]}"
        scheme = "smtp" if name == "oncall" else "http"
        settings["channels"][name][key] = f"{scheme}://{where}/s3cretPath".replace(
            "/s3cretPath", "" if name != "chat" else "/s3cretPath"
        )
        done = world.handle(settings)
    assert done.returncode == 2
    assert sum(world.arrived) == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"grafherald: web01/cpu: {name} (")
    assert where in line
    assert "s3cret" not in line


def test_a_channel_that_hangs_is_left_at_the_deadline(world: World) -> None:
    settings = world.settings | {"deadline": 3}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/hook"
        settings["channels"]["chat"] = {"type": "slack", "webhook_url": url}
        before = time.monotonic()
        done = world.handle(settings)
    assert time.monotonic() - before < 15
    assert (done.returncode, world.arrived) == (2, (1, 0, 1))
    (line,) = done.stderr.splitlines()
    assert b"chat (slack" in line


def test_a_refusal_is_explained_without_the_token(world: World) -> None:
    world.chat.failures.append(
        StandInReply(401, b'{"error":"bad token ' + CHAT_TOKEN.encode() + b'"}')
    )
    settings = world.settings
    settings["channels"] = {"ops": settings["channels"]["ops"]}
    done = world.handle(settings)
    assert done.returncode == 2
    assert b"401" in done.stderr
    assert CHAT_TOKEN.encode() not in done.stderr


def test_one_refused_recipient_does_not_stop_the_others(world: World) -> None:
    world.mail.refusals = {"gone@example.com": "550 5.1.1 no such user"}
    settings = world.settings
    oncall = settings["channels"]["oncall"] | {"to": ["gone@example.com", "oncall@example.com"]}
    settings["channels"] = {"oncall": oncall}
    done = world.handle(settings)
    assert done.returncode == 2
    assert b"gone@example.com" in done.stderr
    assert [mail.recipients for mail in world.mail.mails] == [("oncall@example.com",)]


def test_a_slack_bot_uploads_the_picture_when_it_has_no_public_url(world: World) -> None:
    settings = world.settings
    del settings["images"]
    slack = {"type": "slack", "url": f"{world.chat.url}/api", "token": CHAT_TOKEN, "channel": "ops"}
    settings["channels"] = {"chat": slack}
    done = world.handle(settings)
    assert (done.returncode, done.stderr) == (0, b"")
    (file,) = world.chat.slack.files.values()
    assert file.content.startswith(b"\x89PNG")


def test_metrics_alone_notify_nobody(world: World) -> None:
    done = world.handle(event=(EVENTS / "go-metrics.json").read_bytes())
    assert (done.returncode, done.stdout, world.arrived) == (0, b"nothing to notify\n", (0, 0, 0))
