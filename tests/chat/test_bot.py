import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from grafherald.chat import illustrate
from grafherald.chat.answers import NOT_PUBLISHED, Reply
from grafherald.chat.bot import Asker, Bot
from grafherald.chat.settings import BotSettings
from grafherald.drawing.scene import Scene
from grafherald.errors import GraphError
from grafherald.images import Picture, Pictures
from grafherald.settings import Settings

DASHBOARD = {
    "dashboard": {
        "title": "Web",
        "panels": [{"id": n, "title": f"panel {n}"} for n in range(1, 7)],
    }
}


@dataclass
class Renders:
    """Publishes every picture after *seconds*, but for the panels that have a *problem*."""

    seconds: float = 0
    problems: Mapping[str, Exception] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most_at_once: int = 0

    def get(
        self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture:
        assert seconds > 0
        assert not as_bytes
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.stopped.wait(self.seconds)
        self.at_once -= 1
        number = render_url.partition("panelId=")[2].partition("&")[0]
        if number in self.problems:
            raise self.problems[number]
        return Picture(f"https://pictures.example.com/{number}.png")


def make_bot(grafana: Any, pictures: Pictures | None = None, **chat: Any) -> Bot:
    settings = BotSettings.of(
        Settings.of({"chat": chat, "grafana": {"url": grafana.url, "token": "secret-token"}})
    )
    return Bot(settings, {"default": pictures} if pictures else {})


def texts(bot: Bot, line: str, asker: Asker | None = None) -> list[str]:
    return [reply.text for reply in bot.answer(line, asker or Asker("ann", ("#ops",))).replies]


def test_a_panel_comes_with_its_public_picture(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD)

    answer = make_bot(grafana, Renders()).answer("graf db web:2", Asker("ann"))

    link = f"{grafana.url}/d/web/?viewPanel=2&from=now-6h&to=now"
    picture = "https://pictures.example.com/2.png"
    assert answer.replies == (
        Reply(f"panel 2: {picture} - {link}", "panel 2", picture, link, public=True),
    )
    assert (answer.failed, answer.remark) == (False, "")


def test_without_a_place_for_pictures_the_reply_has_grafanas_and_says_why(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD)

    answer = make_bot(grafana).answer("graf db web:2", Asker("ann"))

    assert answer.replies[0].image_url.startswith(f"{grafana.url}/render/d-solo/web/?panelId=2&")
    assert not answer.replies[0].public
    assert answer.remark == NOT_PUBLISHED


def test_six_panels_are_rendered_side_by_side(grafana: Any) -> None:
    class Together(Renders):
        def get(self, *args: Any, **rest: Any) -> Picture:
            met.wait(20)
            return super().get(*args, **rest)

    grafana.has("/api/dashboards/uid/web", DASHBOARD)
    met = threading.Barrier(6)

    found = texts(make_bot(grafana, Together()), "db web")

    assert all(": https" in text for text in found)
    assert [text.partition(":")[0] for text in found] == [f"panel {n}" for n in range(1, 7)]


def test_renders_are_no_more_at_once_than_the_settings_say(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD)
    renders = Renders(seconds=0.05)

    texts(make_bot(grafana, renders, renders=2), "db web")

    assert renders.most_at_once == 2


def test_a_late_picture_holds_up_no_other(grafana: Any) -> None:
    class Slow(Renders):
        def get(
            self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
        ) -> Picture:
            if "panelId=3&" in render_url:
                grafana.stopped.wait(20)
            return super().get(render_url, seconds, as_bytes=as_bytes)

    grafana.has("/api/dashboards/uid/web", DASHBOARD)

    found = texts(make_bot(grafana, Slow(), timeout=0.5), "db web")

    assert found[2].startswith("panel 3 - [no picture within 0.5 s] - http")
    assert [": https" in text for text in found[:6]] == [True, True, False, True, True, True]
    assert "fewer panels" in found[6]


def test_a_failed_picture_says_why_and_what_to_do_once(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD)
    problem = GraphError("Grafana answered 401", hint="Check the token.")
    renders = Renders(problems={"1": problem, "2": problem, "4": ZeroDivisionError()})

    answer = make_bot(grafana, renders).answer("db web", Asker("ann"))

    found = [reply.text for reply in answer.replies]
    link = f"{grafana.url}/d/web/?viewPanel=1&from=now-6h&to=now"
    assert found[0] == f"panel 1 - [Grafana answered 401] - {link}"
    assert "internal error (ZeroDivisionError)" in found[3]
    assert found[6:] == ["Check the token."]
    assert not answer.failed


def test_no_picture_at_all_is_a_failure(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD)
    renders = Renders(problems={"1": GraphError("Grafana answered 500")})

    assert make_bot(grafana, renders).answer("db web:1", Asker("ann")).failed


def test_past_six_panels_the_bot_asks_which(grafana: Any) -> None:
    members = [{"id": n, "title": f"panel {n}"} for n in range(1, 9)]
    grafana.has("/api/dashboards/uid/web", {"dashboard": {"title": "Web", "panels": members}})
    renders = Renders()

    found = texts(make_bot(grafana, renders), "db web")

    assert found[0].startswith("Web has 8 panels: 1 panel 1, 2 panel 2, 3 panel 3,")
    assert "`graf db web:1`" in found[1]
    assert "`graf db web kiosk`" in found[1]
    assert renders.most_at_once == 0
    assert len(texts(make_bot(grafana, renders), "db web:panel")) == 8, "they were asked for"
    assert len(texts(make_bot(grafana), "db web")) == 8, "addresses cost nothing"


def test_texts_are_not_rendered(grafana: Any) -> None:
    members = [{"id": 1, "type": "text", "title": "Hello"}, {"id": 2, "title": "CPU"}]
    grafana.has("/api/dashboards/uid/web", {"dashboard": {"panels": members}})

    found = texts(make_bot(grafana, Renders()), "db web")

    assert [text.partition(":")[0] for text in found] == ["CPU"]
    assert texts(make_bot(grafana, Renders()), "db web:2")[0].startswith("CPU: ")


def test_what_is_ready_is_shown_as_it_comes(grafana: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Uneven(Renders):
        def get(
            self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
        ) -> Picture:
            if "panelId=3&" in render_url:
                released.wait(20)
            return super().get(render_url, seconds, as_bytes=as_bytes)

    monkeypatch.setattr(illustrate, "_EVERY", 0.05)
    grafana.has("/api/dashboards/uid/web", DASHBOARD)
    released = threading.Event()
    early: list[list[str]] = []

    def show(ready: Sequence[Reply]) -> None:
        early.append([reply.title for reply in ready])
        if sum(map(len, early)) == 5:
            released.set()

    answer = make_bot(grafana, Uneven()).answer("db web", Asker("ann"), show)

    assert sorted(title for each in early for title in each) == [
        f"panel {n}" for n in (1, 2, 4, 5, 6)
    ]
    assert [reply.title for reply in answer.replies] == ["panel 3"]
    assert not answer.failed


SERVERS = {
    "dashboard": {
        "title": "Web",
        "panels": [{"id": 2, "title": "Requests for $server"}, {"id": 3, "title": "CPU load"}],
        "templating": {
            "list": [
                {"name": "server", "type": "query", "current": {"text": "web01"}},
                {"name": "datasource", "type": "datasource"},
            ]
        },
    }
}


@pytest.mark.parametrize("name", ["server", "SERVER", "var-server", "var-Server"])
def test_a_variable_is_known_by_name_in_any_case(grafana: Any, name: str) -> None:
    grafana.has("/api/dashboards/uid/web", SERVERS)

    (found,) = texts(make_bot(grafana), f"db web:req {name}=web02")

    assert found.startswith("Requests for web02: ")
    assert found.count("&var-server=web02") == 2


def test_never_another_servers_graph(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", SERVERS)

    assert texts(make_bot(grafana), "db web:cpu serv=web02") == [
        "Web has no variable `serv`; it has server, datasource.",
        "Did you mean `server=...`?",
    ]


@pytest.mark.parametrize(
    "line",
    ["web:cpu load", "web: cpu", "web cpu", "web cpu load", "Web Frontend:CPU load", "'web:cpu'"],
)
def test_names_with_blanks_find_their_panel(grafana: Any, line: str) -> None:
    hit = {"uid": "fff", "title": "Web Frontend", "url": "/d/fff/web-frontend"}
    grafana.has("/api/search", [hit])
    for uid in ("web", "fff"):
        grafana.has(f"/api/dashboards/uid/{uid}", SERVERS)

    (found,) = texts(make_bot(grafana), f"db {line}")

    assert found.startswith("CPU load: ")


def test_the_suggestion_is_in_quotes(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", SERVERS)

    said = texts(make_bot(grafana), "db web:cpu laod")

    assert said[0] == "Could not locate desired panel."
    assert said[1].endswith('Did you mean `graf db "web:CPU load"`?')
    assert texts(make_bot(grafana), said[1])[0].startswith("CPU load: "), "it can be pasted"


def test_same_titles_are_told_apart_by_folder(grafana: Any) -> None:
    hits = [
        {"uid": "aaa", "title": "Database", "folderTitle": "Prod", "url": "/d/aaa/database"},
        {"uid": "bbb", "title": "Database", "url": "/d/bbb/database"},
        {"uid": "ccc", "title": "Web", "folderTitle": "Prod", "url": "/d/ccc/web"},
    ]
    grafana.has("/api/search", hits)
    for hit in hits:
        grafana.has(f"/api/dashboards/uid/{hit['uid']}", SERVERS)
    bot = make_bot(grafana)

    assert texts(bot, "list") == [
        "Available dashboards:\n- aaa: Prod/Database\n- bbb: General/Database\n- ccc: Web"
    ]
    assert texts(bot, "db database:cpu") == [
        "`database` may be one of 2 dashboards:\n- aaa: Prod/Database\n- bbb: General/Database",
        "Ask for one: `graf db Prod/Database` or `graf db General/Database`.",
    ]
    for folder, uid in (("Prod", "aaa"), ("general", "bbb")):
        assert f"/d/{uid}/" in texts(bot, f"db {folder}/Database:cpu")[0]


def test_a_pasted_page_is_of_its_own_grafana(grafana: Any) -> None:
    for name in ("prod", "test"):
        grafana.has(f"/{name}/api/dashboards/uid/web", SERVERS)
    servers = {n: {"url": f"{grafana.url}/{n}"} for n in ("prod", "test")}
    bot = Bot(BotSettings.of(Settings.of({"chat": {"grafanas": servers}})), {})

    (found,) = texts(bot, f"db {grafana.url}/test/d/web/x?viewPanel=3")
    assert "/test/d/web/?viewPanel=3" in found
    elsewhere = texts(bot, "graf https://other.example/d/web/x")
    assert elsewhere[0] == "I do not know which Grafana is at https://other.example."
    assert "/prod/" in texts(bot, "graf on prod db https://other.example/d/web/x?viewPanel=3")[0]
    assert texts(make_bot(grafana), "db https://other.example/d/web/x")[0] == "Dashboard not found"


@pytest.mark.parametrize("times", ["now-1h now-6h", "from 1h ago to 2 days ago", "now now"])
def test_a_range_that_ends_before_it_begins_is_said(grafana: Any, times: str) -> None:
    grafana.has("/api/dashboards/uid/web", SERVERS)

    assert texts(make_bot(grafana), f"db web:cpu {times}")[0].startswith("The range ends before")


def test_what_is_left_out_is_said(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD)

    found = texts(make_bot(grafana, Renders(), limit=3), "db web")

    assert [text.partition(":")[0] for text in found[:3]] == ["panel 1", "panel 2", "panel 3"]
    assert found[3:] == ["3 of 6 panels shown; add a panel name."]


def test_a_repeat_asks_for_one_value_each(grafana: Any) -> None:
    server = {"name": "server", "current": {"value": ["a", "b"]}}
    env = {"name": "env", "type": "textbox"}
    panel = {"id": 2, "title": "CPU of $server", "repeat": "server"}
    grafana.has(
        "/api/dashboards/uid/web",
        {"dashboard": {"panels": [panel], "templating": {"list": [server, env]}}},
    )

    found = texts(make_bot(grafana), "db web env=live server=c server=d")

    assert [text.partition(":")[0] for text in found] == ["CPU of c", "CPU of d"]
    assert [text.count("&var-env=live&var-server=d") for text in found] == [0, 2]
    assert "server=d" not in found[0]


def test_the_look_comes_from_query_then_room_then_chat(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD)
    rooms = {"#ops": {"from": "now-1h", "tz": "UTC"}}
    bot = make_bot(grafana, rooms=rooms, width=800, to="now-1m", theme="light")

    (found,) = texts(bot, "db web:1 to=now-2m height=300")

    assert "width=800&height=300&from=now-1h&to=now-2m&tz=UTC&theme=light - " in found


def test_an_organisation_goes_into_request_and_addresses(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/web", DASHBOARD, headers={"x-grafana-org-id": "7"})
    chat = {"grafanas": {"seven": {"url": grafana.url, "org_id": 7}}}

    (found,) = texts(Bot(BotSettings.of(Settings.of({"chat": chat})), {}), "db web:1")

    assert found.count("&orgId=7") == 2


@pytest.mark.parametrize(
    ("room", "line", "asked"),
    [
        ("#ops", "list", "prod"),
        ("#ops", "on test list", None),
        ("C42", "list", "test"),
        ("C42", "on prod list", "prod"),
        ("#other", "on test list", "test"),
    ],
)
def test_a_room_asks_its_own_grafanas(
    grafana: Any, room: str, line: str, asked: str | None
) -> None:
    for name in ("prod", "test"):
        grafana.has(f"/{name}/api/search", [{"uid": name, "title": name}])
    bot = Bot(
        BotSettings.of(
            Settings.of(
                {
                    "chat": {
                        "grafanas": {n: {"url": f"{grafana.url}/{n}"} for n in ("prod", "test")},
                        "rooms": {
                            "#ops": {"grafana": "prod"},
                            "c42": {"grafana": ["test", "prod"]},
                            "*": {},
                        },
                    }
                }
            )
        ),
        {},
    )

    found = texts(bot, line, Asker("ann", (room,)))

    if asked:
        assert found == [f"Available dashboards:\n- {asked}: {asked}"]
    else:
        assert found == ["There is no Grafana `test` here.", "Ask `prod`."]
        assert not grafana.requests


@pytest.mark.parametrize(
    ("asker", "reply"),
    [
        (Asker("U1", ("C1", "ops")), None),
        (Asker("U1", ("C1", "#OPS")), None),
        (Asker("U1", ("C2", "other")), "I do not answer in this room."),
        (Asker("U1"), "I do not answer in this room."),
        (Asker("U2", ("C1", "ops")), "I do not answer you."),
        (Asker("", ("ops",)), "I do not answer you."),
        (Asker(trusted=True), None),
    ],
)
def test_only_whom_it_should_is_answered(grafana: Any, asker: Asker, reply: str | None) -> None:
    bot = make_bot(grafana, rooms={"#ops": {}}, users=["U1"])

    answer = bot.answer("help", asker)

    assert answer.failed is (reply is not None)
    assert answer.replies[0].text == (reply or answer.replies[0].text)


def test_one_user_can_not_ask_without_end(grafana: Any) -> None:
    bot = make_bot(grafana, rate=2)

    failed = [bot.answer("help", Asker(user)).failed for user in ("ann", "ann", "ann", "bob")]

    assert failed == [False, False, True, False]
    assert "try again in" in texts(bot, "help")[0]


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("list", "Available dashboards:\nThere are none."),
        ("list demo", "Dashboards tagged `demo`:\nThere are none."),
        ("search cpu", "Dashboards matching `cpu`:\nThere are none."),
        ("alerts", "All alerts:\nThere are none."),
        ("alerts ok", "Alerts with state 'ok':\nThere are none."),
        ("pause all", "All alerts:\nThere are none."),
    ],
)
def test_an_empty_list_is_not_silent(grafana: Any, line: str, start: str) -> None:
    grafana.has("/api/search", [])
    grafana.has("/api/alerts", [])

    assert texts(make_bot(grafana), line)[0].startswith(start)


@pytest.mark.parametrize(
    ("dashboard", "replies"),
    [
        ({}, ["Dashboard empty.", "It has no panels yet; add one in Grafana."]),
        ({"panels": []}, ["Could not locate desired panel.", "The dashboard has no panels."]),
        (
            {"panels": [{"id": 1, "title": "a"}, {"id": 2}]},
            [
                "Could not locate desired panel.",
                "It has 2 panels: 1 a, 2 (no title). For the first: graf db web:1",
            ],
        ),
    ],
)
def test_no_panel_leads_to_those_that_are_there(
    grafana: Any, dashboard: Any, replies: list[str]
) -> None:
    grafana.has("/api/dashboards/uid/web", {"dashboard": dashboard})

    assert texts(make_bot(grafana), "db web:9") == replies


def test_pausing_all_counts_what_did_not_work(grafana: Any) -> None:
    grafana.has("/api/alerts", [{"id": 1}, {"id": 2}])
    grafana.has("/api/alerts/1/pause", {"message": "alert paused"}, method="POST")
    grafana.has("/api/alerts/2/pause", {"message": "no"}, 403, method="POST")

    counted, reason = texts(make_bot(grafana), "pause all")

    assert counted == "Successfully tried to pause *2* alerts.\n*Success: 1*\n*Errored: 1*"
    assert "does not allow our token to do that (403): no." in reason


def test_an_alert_that_is_not_there_is_500_in_grafana_7(grafana: Any) -> None:
    grafana.has("/api/alerts", [{"id": 3}])
    for number in (3, 9):
        failed = {"message": "Get Alert failed"}
        grafana.has(f"/api/alerts/{number}/pause", failed, 500, method="POST")

    assert texts(make_bot(grafana), "pause alert 9")[0] == "There is no alert `9`."
    assert "answered 500: Get Alert failed" in texts(make_bot(grafana), "pause alert 3")[0]


def test_an_alert_that_is_not_there_leads_to_the_list(grafana: Any) -> None:
    assert texts(make_bot(grafana), "pause alert 9") == [
        "There is no alert `9`.",
        "`graf alerts` shows them with their ids.",
    ]


def test_an_error_of_ours_is_an_answer(grafana: Any, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(dict[str, Pictures]):
        def get(self, *_: object) -> Any:
            raise ZeroDivisionError

    grafana.has("/api/dashboards/uid/web", DASHBOARD)
    bot = Bot(make_bot(grafana).settings, Broken())

    assert texts(bot, "db web") == [
        "Internal error (ZeroDivisionError); grafherald's log has the reason."
    ]
    assert "ZeroDivisionError" in caplog.text


HTML = b"<!DOCTYPE html><title>Grafana</title>"
FAILURES: list[tuple[str, dict[str, Any], str, str]] = [
    ("401", {"status": 401}, "does not accept our token (401)", "token_file"),
    (
        "expired",
        {"status": 401, "answer": {"message": "Expired API key"}},
        "says that our token has expired (401)",
        "token_file",
    ),
    ("403", {"status": 403}, "does not allow our token to do that (403)", "role"),
    ("429", {"status": 429, "sent": {"Retry-After": "7"}}, "asked too much", "in 7 seconds"),
    ("500", {"status": 500}, "answered 500", "log"),
    ("502", {"status": 502, "answer": HTML}, "answered 502", "try again"),
    ("html", {"answer": HTML}, "web page, not with data", "grafana.url"),
    ("login", {"status": 302, "sent": {"Location": "/login"}}, "another address (302)", "token"),
    ("half", {"answer": b'{"dashboard": {"ti'}, "half of something", "Try again"),
    (
        "cut",
        {"answer": b'{"da', "sent": {"Content-Length": "99", "Connection": "close"}},
        "sent half an answer",
        "Try again",
    ),
    ("empty", {"answer": b""}, "0 bytes that are not JSON", "Try again"),
    ("deep", {"answer": b"[" * 99999}, "not JSON", "Try again"),
    ("slow", {"delay": 9}, "did not answer within 0.4 seconds", "overloaded"),
    ("message", {"status": 412, "answer": {"message": "no\x1b[2J go."}}, "412: no go.", "log"),
]


@pytest.mark.parametrize("line", ["db web", "list", "search x", "alerts", "pause alert 1"])
@pytest.mark.parametrize(
    ("details", "what", "hint"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_every_failure_of_grafana_says_what_to_do(
    grafana: Any, line: str, details: dict[str, Any], what: str, hint: str
) -> None:
    more = {"answer": {}, **details}
    for path in ("dashboards/uid/web", "search", "alerts", "alerts/1/pause"):
        for method in ("GET", "POST"):
            grafana.has(f"/api/{path}", method=method, **more)

    answer = make_bot(grafana, timeout=0.4 if "delay" in details else 5).answer(line, Asker("ann"))

    said = [reply.text for reply in answer.replies]
    assert answer.failed
    assert len(said) == 2
    assert what in said[0]
    assert grafana.url.removeprefix("http://") in said[0]
    assert hint in said[1]
    assert "secret-token" not in "".join(said)


def test_a_grafana_that_is_down_is_said_so(unused_tcp_port: int) -> None:
    settings = BotSettings.of(
        Settings.of({"chat": {}, "grafana": {"url": f"http://127.0.0.1:{unused_tcp_port}"}})
    )

    said = texts(Bot(settings, {}), "list")

    assert said[0] == f"127.0.0.1:{unused_tcp_port} refuses connections."
    assert "Is it running there?" in said[1]
