"""What the doctor says of an installation that works, and of everything that can be wrong."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald.demo.standins.wire import StandInReply
from grafherald.doctor import Visit, examine
from grafherald.doctor.findings import Finding, Verdict
from grafherald.settings import sources
from grafherald.store import open_database

from .conftest import CHAT_TOKEN, GRAFANA_TOKEN, PASSWORD, Installation

NOW = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
LOCAL = ("user", "published")  # what a test on loopback, maybe as root, has to say


def about(found: list[Finding], topic: str) -> list[Finding]:
    """Return the findings with *topic*, the bad ones first."""
    order = (Verdict.FAILED, Verdict.WARNING, Verdict.SKIPPED, Verdict.OK)
    return sorted((f for f in found if f.topic == topic), key=lambda f: order.index(f.verdict))


def test_all_is_well_and_nothing_is_posted(place: Installation) -> None:
    place.grafana.api.data = True
    found = place.visit()
    bad = [
        f
        for f in found
        if f.verdict is not Verdict.OK and f.topic not in (*LOCAL, "store", "daemon")
    ]
    assert bad == []
    assert {f.topic for f in found} >= {
        "settings", "clock", "templates", "grafana", "token", "renderer", "picture", "published",
        "channel ops", "channel hook", "channel bot", "channel oncall", "channel look",
    }  # fmt: skip
    assert place.posted == 0
    assert not (place.folder / "out").exists()


def test_the_picture_is_asked_for_as_an_alert_does(place: Installation) -> None:
    place.visit(without=["channels"])
    (render,) = [r for r in place.grafana.requests if r.target.startswith("/render/")]
    assert render.target.startswith("/render/d-solo/node/check?panelId=2&")
    assert render.target.endswith("&from=now-6h&to=now")
    assert render.headers["authorization"] == f"Bearer {GRAFANA_TOKEN}"


def test_the_published_picture_is_asked_for_as_a_stranger_would(place: Installation) -> None:
    place.visit(without=["channels"])
    (asked,) = place.web.asked
    assert {"authorization", "cookie", "referer"} & asked.keys() == set()


def test_the_given_panel_is_rendered(place: Installation) -> None:
    url = f"{place.grafana.url}/render/d-solo/other/x?panelId=7&from=now-1h"
    place.visit(graph=url, without=["channels"])
    (render,) = [r for r in place.grafana.requests if r.target.startswith("/render/")]
    assert render.target == "/render/d-solo/other/x?panelId=7&from=now-1h&to=now"


def test_a_given_panel_that_is_not_there_is_named_and_not_rendered(place: Installation) -> None:
    url = f"{place.grafana.url}/render/d-solo/node/x?panelId=99"
    found = place.visit(graph=url, without=["channels"])
    (panel,) = [finding for finding in found if finding.topic == "panel"]
    assert panel.text == 'Grafana has no panel 99 on "node" (it has 2).'
    assert not [r for r in place.grafana.requests if r.target.startswith("/render/")]


def test_a_dry_run_asks_nobody(place: Installation) -> None:
    found = place.visit(offline=True)
    assert place.grafana.requests == place.chat.requests == []
    assert about(found, "network")[0].verdict is Verdict.SKIPPED


def mode(name: str) -> Callable[[Installation], None]:
    return lambda place: setattr(place.grafana, "mode", name)


def api(**changes: Any) -> Callable[[Installation], None]:
    return lambda place: (
        [setattr(place.grafana.api, *change) for change in changes.items()] and None
    )


def web(**changes: Any) -> Callable[[Installation], None]:
    return lambda place: [setattr(place.web, *change) for change in changes.items()] and None


def nothing(_place: Installation) -> None:
    """Leave all as it is: the settings are what is wrong."""


GRAPH = [
    ("grafana", "failed", "refuses connections", "running", nothing, "grafana.url=http://{nobody}"),
    ("grafana", "failed", "and not as", "whole address", nothing, "grafana.url={chat}"),
    ("grafana", "failed", "without user", "Correct grafana", nothing, "grafana.url=http://u:p@x"),
    ("grafana", "warning", "do not say where", "grafana.url", nothing, "-grafana"),
    ("token", "failed", "does not accept our token (401)", "token_file", nothing,
     "grafana.token=x"),
    ("token", "warning", "none", "service account", nothing, "grafana.token="),
    ("token", "ok", "an API key", "", api(user=None), ""),
    ("token", "ok", "'sa-1-grafherald'.", "", api(refusals={"org": 403}), ""),
    ("token", "failed", "answered 500", "log", api(refusals={"user": 500}), ""),
    ("token", "failed", "answered 500", "log", api(user=None, refusals={"org": 500}), ""),
    ("token", "warning", "administrator", "Viewer",
     api(user={"login": "root", "isGrafanaAdmin": True}), ""),
    (
        "renderer",
        "failed",
        "no image renderer",
        "grafana-image-renderer",
        api(renderer=False),
        "graph.draw=never",
    ),
    ("renderer", "ok", "drawn by ourselves", "", api(renderer=False), ""),
    ("drawing", "ok", "1 of the dashboard's 1 panels can be drawn", "", api(data=True), ""),
    ("drawing", "skipped", "graph.draw is never", "", nothing, "graph.draw=never"),
    ("drawing", "skipped", "panel 2 can't: Grafana does not say its version", "", nothing, ""),
    ("renderer", "skipped", "does not tell", "", api(refusals={"frontend/settings": 403}), ""),
    ("picture", "skipped", "no panel", "--graph", api(panels=[]), ""),
    ("picture", "skipped", "No panel", "--graph", api(refusals={"search": 403}), ""),
    ("picture", "failed", "login page", "token", mode("302"), ""),
    ("picture", "failed", "answered 500", "renderer", mode("500"), ""),
    ("picture", "failed", "HTML", "browser", mode("html"), ""),
    ("picture", "failed", "broken picture", "browser", mode("half"), ""),
    ("picture", "failed", "can't be saved", "images.publish.directory", nothing,
     "images.publish.directory=/nowhere"),
    ("picture", "failed", "images.secret", "Correct", nothing, "images.names=hmac"),
    ("picture", "warning", "an alert waits 0 s", "graph.wait", nothing, "graph.wait=0"),
    ("published", "failed", "login (403)", "everybody", web(status=403), ""),
    ("published", "failed", "login (302)", "everybody",
     web(status=302, headers={"Location": "https://sso.example.com/login"}), ""),
    ("published", "failed", "answered 404", "images.publish.url", web(status=404), ""),
    ("published", "failed", "refuses connections", "images.publish.url", nothing,
     "images.publish.url=http://{nobody}/saved"),
    ("published", "failed", "'text/html'", "image/png",
     web(headers={"Content-Type": "text/html"}), ""),
    ("published", "warning", "X-Content-Type-Options", "nosniff", web(headers={}), ""),
    ("published", "warning", "private address", "slack", nothing, ""),
    ("published", "warning", "ops, hook will show links alone", "images.service", nothing,
     "-images"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "verdict", "said", "advised", "spoil", "change"),
    [pytest.param(*row, id=f"{row[0]}: {row[2]}"[:60]) for row in GRAPH],
)
def test_what_keeps_the_picture_away_is_named(
    place: Installation,
    topic: str,
    verdict: str,
    said: str,
    advised: str,
    spoil: Callable[[Installation], None],
    change: str,
) -> None:
    spoil(place)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = {"nobody": f"127.0.0.1:{nobody.getsockname()[1]}", "chat": place.chat.url}
        without = [] if topic == "published" else ["channels"]
        if change.startswith("-"):
            found = place.visit(without=[*without, change[1:]])
        else:
            found = place.visit(*filter(None, [change.format(**where)]), without=without)
    texts = [(f.verdict.value, f.text, f.advice) for f in about(found, topic)]
    assert any(v == verdict and said in text and advised in advice for v, text, advice in texts), (
        texts
    )


CHANNELS = [
    ("ops", "failed", "answered 401", nothing, "channels.ops.token=wrong"),
    ("ops", "failed", "Room 'o' not found",
     lambda place: setattr(place.chat.hipchat, "known", ("p",)), ""),
    ("ops", "ok", "takes the token", lambda place: setattr(place.chat.hipchat, "hidden", True), ""),
    ("ops", "ok", "takes the token", nothing, "channels.ops.api=v1"),
    ("ops", "failed", "answered 401", nothing, "channels.ops.api=v1,channels.ops.token=wrong"),
    ("ops", "skipped", "no recipient", nothing, "channels.ops.room="),
    ("hook", "ok", "knows the webhook", nothing, ""),
    ("hook", "failed", "no_service", nothing,
     "channels.hook.webhook_url={chat}/services/T0/B0/gone"),
    ("hook", "ok", "only a message tells", nothing,
     "channels.hook.webhook_url={chat}/hooks/secret"),
    ("hook", "failed", "took a message without text",
     lambda place: place.chat.failures.append(StandInReply(200, b"ok")), ""),
    ("bot", "ok", "'grafherald' of 'Example'", nothing, ""),
    ("bot", "failed", "invalid_auth", nothing, "channels.bot.token=wrong"),
    ("bot", "failed", "lacks the scope chat:write",
     lambda place: setattr(place.chat.slack, "scopes", "files:write"), ""),
    ("bot", "ok", "without files:write and files:read",
     lambda place: setattr(place.chat.slack, "scopes", "chat:write"), ""),
    ("bot", "ok", "'Example'.", lambda place: setattr(place.chat.slack, "scopes", "bot"), ""),
    ("bot", "ok", "'Example'.", lambda place: setattr(place.chat.slack, "scopes", ""), ""),
    ("oncall", "ok", "would take it: 250", nothing, ""),
    ("oncall", "failed", "550 to RCPT TO: no such user",
     lambda place: setattr(place.mail, "refusals", {"c@d.example": "550 no such user"}), ""),
    ("oncall", "failed", "to AUTH", nothing, "channels.oncall.smtp=smtp://u:bad@{mail}"),
    ("oncall", "failed", "STARTTLS", nothing, "channels.oncall.smtp=smtp+starttls://{mail}"),
    ("oncall", "failed", "Connection refused", nothing, "channels.oncall.smtp=smtp://{nobody}"),
    ("oncall", "failed", "channels.oncall.from: expected", nothing, "channels.oncall.from=me"),
    ("look", "failed", "can't be made in", nothing, "channels.look.directory=/dev/null/out"),
    ("look", "ok", "can be written", nothing, "channels.look.directory={saved}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "verdict", "said", "spoil", "change"),
    [pytest.param(*row, id=f"{row[0]}: {row[2]}"[:60]) for row in CHANNELS],
)
def test_a_channel_says_whether_a_message_would_arrive(
    place: Installation,
    name: str,
    verdict: str,
    said: str,
    spoil: Callable[[Installation], None],
    change: str,
) -> None:
    spoil(place)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = {
            "nobody": f"127.0.0.1:{nobody.getsockname()[1]}",
            "chat": place.chat.url,
            "mail": f"127.0.0.1:{place.mail.port}",
            "saved": str(place.folder / "saved"),
        }
        alone = json.dumps({name: place.settings["channels"][name]})
        changes = filter(None, change.format(**where).split(","))
        found = place.visit(f"channels={alone}", *changes, graph="-")
    (finding,) = about(found, f"channel {name}")
    assert (finding.verdict.value, said in finding.text) == (verdict, True), finding
    assert bool(finding.advice) == (verdict == "failed")
    assert place.posted == 0


def test_a_webhook_of_another_server_is_not_posted_to(place: Installation) -> None:
    place.visit(f"channels.hook.webhook_url={place.chat.url}/hooks/secret", graph="-")
    assert [r.method for r in place.chat.requests if r.path in ("/", "/hooks/secret")] == ["GET"]


def test_no_channel_at_all_is_a_failure(place: Installation) -> None:
    (finding,) = about(place.visit(without=["channels"]), "channels")
    assert finding.verdict is Verdict.FAILED


def test_a_test_is_sent_to_everybody_with_its_picture(place: Installation) -> None:
    found = place.visit(send=True)
    assert place.posted == 5
    assert all(f.verdict is Verdict.OK for f in found if f.topic.startswith("channel "))
    (room,), (mail,) = place.chat.hipchat.messages, place.mail.mails
    for text in (room.text, json.dumps(place.chat.slack.messages[0].blocks), mail.raw.decode()):
        assert "TEST" in text
        assert "Nothing is wrong" in text
    assert f"{place.web.url}/saved/" in room.text
    assert mail.message["Subject"] == "[TEST] host/grafherald"
    assert any(part.get_content_type() == "image/png" for part in mail.message.walk())


def test_a_test_that_fails_is_a_failure(place: Installation) -> None:
    place.mail.refusals = {"DATA": "554 no thanks"}
    (finding,) = about(place.visit(send=True), "channel oncall")
    assert (finding.verdict, "554" in finding.text) == (Verdict.FAILED, True)


def test_the_clock_of_1970_is_a_failure(place: Installation) -> None:
    at = datetime(1970, 1, 1, 0, 2, tzinfo=timezone.utc)
    worst = about(place.visit(now=at, offline=True, without=["channels"]), "clock")[0]
    assert (worst.verdict, "never set" in worst.text) == (Verdict.FAILED, True)


def test_a_clock_that_differs_from_grafanas_is_warned_about(place: Installation) -> None:
    later = datetime.now(timezone.utc) + timedelta(minutes=9)
    worst = about(place.visit(now=later, without=["channels"]), "clock")[0]
    assert worst.verdict is Verdict.WARNING
    assert "ahead of Grafana's" in worst.text


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"GRAFHERALD_TYPO": "1"}, "GRAFHERALD_TYPO sets nothing."),
        ({"HTTPS_PROXY": f"http://me:{PASSWORD}@proxy:3128"}, "HTTPS_PROXY (http://proxy:3128)"),
        ({"http_proxy": f"me:{PASSWORD}@proxy:3128"}, "http_proxy (***@proxy:3128)"),
    ],
)
def test_the_environment_is_looked_at(
    place: Installation, environment: dict[str, str], said: str
) -> None:
    (finding,) = about(
        place.visit(environment=environment, offline=True, without=["channels"]), "environment"
    )
    assert (finding.verdict, said in finding.text) == (Verdict.WARNING, True), finding
    assert PASSWORD not in repr(finding)


def test_variables_that_set_something_are_not_warned_about(place: Installation) -> None:
    found = place.visit(environment={"GRAFHERALD_CONFIG": "x"}, offline=True)
    assert about(found, "environment") == []


@pytest.mark.parametrize(("mode", "said"), [(0o644, "can read it"), (0o602, "can write")])
def test_files_of_secrets_that_are_open_to_all_are_warned_about(
    place: Installation, mode: int, said: str
) -> None:
    file = place.folder / "token"
    file.write_text(GRAFANA_TOKEN)
    file.chmod(mode)
    (finding,) = about(
        place.visit(f"grafana.token_file={file}", offline=True, without=["channels"]), "files"
    )
    assert (finding.verdict, said in finding.text) == (Verdict.WARNING, True), finding
    assert str(file) in finding.advice
    assert ("chgrp" in finding.advice and f"chmod 640 {file}" in finding.advice) is (mode == 0o644)


def test_a_settings_file_without_secrets_may_be_read_by_all(place: Installation) -> None:
    file = place.folder / "open.json"
    channels = {"oncall": {"type": "email", "smtp": "smtp://localhost", "from": "a@b.example"}}
    file.write_text(json.dumps({"grafana": {"url": "https://g.example"}, "channels": channels}))
    file.chmod(0o644)
    settings = sources.load(str(file), [], {})
    assert about(list(examine(settings, {}, Visit("host", NOW, offline=True))), "files") == []
    file.write_text(json.dumps({"store": f"postgresql://me:{PASSWORD}@db.example/x"}))
    settings = sources.load(str(file), [], {})
    (finding,) = about(list(examine(settings, {}, Visit("host", NOW, offline=True))), "files")
    assert "holds a secret" in finding.text


def test_root_is_told_that_it_is_no_test(place: Installation) -> None:
    assert bool(about(place.visit(offline=True), "user")) == (os.geteuid() == 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("graph.wait=20", "at most half the deadline of 25 s"),
        ("channels.ops.timeout=20", "channels.ops.timeout is 20 s, but 15 s"),
    ],
)
def test_times_that_do_not_fit_are_warned_about(
    place: Installation, change: str, said: str
) -> None:
    (finding,) = about(place.visit(change, offline=True), "deadline")
    assert (finding.verdict, said in finding.text) == (Verdict.WARNING, True), finding


def test_templates_that_are_not_there_or_broken_are_named(place: Installation) -> None:
    (missing,) = about(place.visit("templates=/nowhere", offline=True), "templates")
    assert (missing.verdict, "/nowhere" in missing.text) == (Verdict.FAILED, True)
    own = place.folder / "own" / "hipchat"
    own.mkdir(parents=True)
    (own / "message.html").write_text("{{ nothing.at.all }}")
    (broken,) = about(place.visit(f"templates={own.parent}", offline=True), "templates")
    assert (broken.verdict, "message.html" in broken.text) == (Verdict.WARNING, True)
    (own / "message.html").rename(own / "mesage.html")
    (odd,) = about(place.visit(f"templates={own.parent}", offline=True), "templates")
    assert (odd.verdict, "mesage.html" in odd.text) == (Verdict.WARNING, True)
    assert "hipchat/message.html" in odd.advice


@pytest.mark.parametrize(
    ("store", "verdict", "said"),
    [
        ("sqlite:///{folder}/new.db", "ok", "will be made"),
        ("sqlite:///{folder}/gone/new.db", "failed", "no directory that can be written"),
        ("sqlite:///{folder}/kept.db", "ok", "opens"),
        ("sqlite:///var/lib/kept.db", "warning", "happens to run in"),
        ("sqlite:///{folder}/token", "failed", "not a database"),
        ("postgresql://me:p4ss@{nobody}/x", "failed", ""),
    ],
)
def test_the_store_is_tried(place: Installation, store: str, verdict: str, said: str) -> None:
    open_database(f"sqlite:///{place.folder}/kept.db").close()
    (place.folder / "token").write_text("no database, but a text" * 50)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{nobody.getsockname()[1]}"
        url = store.format(folder=place.folder, nobody=where)
        found = place.visit(f"store={url}", offline=True, without=["channels"])
    (finding,) = about(found, "store")
    assert (finding.verdict.value, said in finding.text) == (verdict, True), finding
    assert "p4ss" not in repr(finding)
    assert not (place.folder / "new.db").exists()


def test_no_settings_at_all_is_a_failure(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    found = list(examine(sources.load(str(empty), [], {}), {}, Visit("host", NOW)))
    assert {f.topic for f in found if f.verdict is Verdict.FAILED} == {"settings", "channels"}


def test_no_secret_is_in_what_the_doctor_says(place: Installation) -> None:
    place.mail.refusals = {"c@d.example": f"550 {PASSWORD}"}
    environment = {"https_proxy": f"http://u:{PASSWORD}@proxy", "GRAFHERALD_X": GRAFANA_TOKEN}
    said = repr(place.visit("store=postgresql://u:p@w/x", environment=environment))
    for secret in (GRAFANA_TOKEN, CHAT_TOKEN, PASSWORD, "q7Zs3cretW3bh00k", "p@w"):
        assert secret not in said


def test_a_server_that_repeats_the_token_is_not_quoted(place: Installation) -> None:
    place.chat.failures.append(StandInReply(500, f"bad {CHAT_TOKEN}".encode()))
    alone = json.dumps({"ops": place.settings["channels"]["ops"]})
    (finding,) = about(place.visit(f"channels={alone}"), "channel ops")
    assert finding.text.endswith("answered 500: bad ***.")


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\r\n", "x" * 100_000, 7, None, ["a"]])
def test_a_grafana_that_answers_anything_costs_no_traceback(
    place: Installation, hostile: Any
) -> None:
    place.grafana.api.user = {"login": hostile, "name": hostile}
    place.grafana.api.panels = [hostile, {"id": hostile, "type": hostile}]
    found = place.visit(without=["channels"])
    assert about(found, "token")[0].text.isprintable()
    assert len(about(found, "token")[0].text) < 300
