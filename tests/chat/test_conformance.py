"""The recorded conversations of hubot-grafana, played against our bot.

A case passes when our replies are the recorded ones. Where we differ on purpose, DIFFERENT names
the case, why, and what we reply instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from grafherald.chat.bot import Asker, Bot
from grafherald.chat.settings import BotSettings
from grafherald.settings import Settings

CHAT = Path(__file__).parents[3] / "shared" / "conformance" / "chat"
CASES = json.loads((CHAT / "cases.json").read_text())["cases"] if CHAT.is_dir() else []
PLAYED = [case for case in CASES if case["kind"] == "chat"]

pytestmark = pytest.mark.skipif(not CASES, reason="the recorded cases are not here")

_UPLOADS = "an upload by Hubot's own adapter; ours shows the render URL when nothing publishes"
_SET = "hosts and keys are never typed into chat; the answer says where they are set"
_ROOM = "the room's Grafana stands in the settings, so that nobody has to set it"
_LISTS_25 = "25 of a longer list are shown, not 24, and none is lost"
_UIDS = "a list names uids as 7.2.0 does; 2.5.2 named slugs"
_SLUG = "a slug is resolved, not answered with advice"

# Case: (why, the number of replies, what each of our replies matches).
_SAYS_WHERE = r"Hosts and keys are not set in chat\."
_25_LINES = r"(\n- [^\n]+){25}\n \(and %d more\)"
DIFFERENT: Mapping[str, tuple[str, Sequence[str]]] = {
    **dict.fromkeys(("cur-17", "v2-01", "v2-06", "cur-27"), (_UPLOADS, [".*: http.*"])),
    **dict.fromkeys(("cur-18", "cur-25", "cur-28"), (_UPLOADS, ["logins: .*"])),
    **dict.fromkeys(("cur-19", "cur-24", "cur-30"), (_UPLOADS, ["(logins|CPU): .*"])),
    **dict.fromkeys(("v2-02", "v2-07"), (_UPLOADS, ["What's New: .*"])),
    **dict.fromkeys(("v2-03", "v2-04", "v2-05"), (_UPLOADS, [r"ww3\.example\.com network: .*"])),
    "cur-20": (
        "a variable that the dashboard does not have: the picture would be another server's",
        [r"InfluxDB Server Monitoring has no variable `server`; it has datacenter, host, .*"],
    ),
    "cur-23": ("the formatter that the test puts into Hubot", ["logins: .*"]),
    **dict.fromkeys(
        ("cur-56", "cur-57", "cur-61", "cur-62", "v2-36", "v2-37", "v2-41", "v2-42"),
        (_SET, [_SAYS_WHERE]),
    ),
    "cur-59": (_ROOM, [_SAYS_WHERE, ".*", "Dashboards tagged `demo`:(\n- [^\n]+){19}"]),
    "v2-39": (_ROOM, [_SAYS_WHERE, ".*", "Dashboards tagged `demo`:(\n- [^\n]+){5}"]),
    "cur-35": (_LISTS_25, ["Available dashboards:" + _25_LINES % 115]),
    "v2-11": (_LISTS_25, ["Available dashboards:" + _25_LINES % 8]),
    "v2-23": (_LISTS_25, ["Available dashboards:" + _25_LINES % 106]),
    "v2-24": (_UIDS, ["Dashboards tagged `demo`:\n- 000000074: Alerting(\n- [^\n]+){4}"]),
    "v2-25": (_UIDS, ["Dashboards matching `elasticsearch`:(\n- 0[^\n]+){6}"]),
    "cur-39": (_SLUG, ["Grafana diagram architecture: .*/d-solo/97PlYC7Mk/.*"]),
}


def settings_of(case: Mapping[str, Any], url: str) -> BotSettings:
    """Return the case's environment as our settings; a room of its own has no Grafana yet."""
    environment = case["env"]
    chat: dict[str, Any] = {
        key: int(environment[f"HUBOT_GRAFANA_DEFAULT_{key.upper()}"])
        for key in ("width", "height")
        if f"HUBOT_GRAFANA_DEFAULT_{key.upper()}" in environment
    }
    if "HUBOT_GRAFANA_DEFAULT_TIME_ZONE" in environment:
        chat["tz"] = environment["HUBOT_GRAFANA_DEFAULT_TIME_ZONE"]
    one_each = environment.get("HUBOT_GRAFANA_PER_ROOM") == "1"
    if one_each and not any(mock["used"] for mock in case["grafana_mocks"]):
        return BotSettings.of(Settings.of({"chat": chat}))
    token = environment.get("HUBOT_GRAFANA_API_KEY", "")
    return BotSettings.of(Settings.of({"chat": chat, "grafana": {"url": url, "token": token}}))


def lay_out(case: Mapping[str, Any], grafana: Any) -> None:
    """Give *grafana* the answers of the case."""
    for mock in case["grafana_mocks"]:
        fixture = mock.get("fixture")
        answer = (CHAT / "fixtures" / fixture).read_bytes() if fixture else mock.get("json")
        headers = mock.get("match_headers") or {}
        path = mock.get("path") or "/api/search"
        more = {"query": mock.get("query"), "headers": headers, "method": mock["method"]}
        grafana.has(path, answer, mock["status"], **more)


def played(case: Mapping[str, Any], grafana: Any) -> list[str]:
    """Return the texts of all our replies, the stand-in's address written as the recorded one."""
    lay_out(case, grafana)
    host = case["env"].get("HUBOT_GRAFANA_HOST", "")
    bot = Bot(settings_of(case, grafana.url), {})
    asker = Asker("someone", (case["room"],))
    answers = [bot.answer(line, asker) for line in case["user_says"]]
    return [reply.text.replace(grafana.url, host) for a in answers for reply in a.replies]


def modern(text: str) -> str:
    """Return a recorded reply with the link of Grafana 7 and later, time zone included."""
    zone = re.search(r"&tz=[^& ]+", text)
    new = re.sub(r"(/d/[^ ]*)panelId=(\d+)&fullscreen", r"\1viewPanel=\2", text)
    return new + (zone[0] if zone and new != text else "")


@pytest.mark.parametrize(
    "case", [c for c in PLAYED if c["id"] not in DIFFERENT], ids=lambda case: case["id"]
)
def test_we_reply_what_was_recorded(case: Mapping[str, Any], grafana: Any) -> None:
    replies = played(case, grafana)

    expected = [modern(reply["text"]).rstrip() for reply in case["expected_replies"]]
    assert expected
    assert replies[: len(expected)] == expected
    if case["replies_complete"] and "onfigured" not in expected[0]:
        assert len(replies) == len(expected)


@pytest.mark.parametrize(
    "case", [c for c in PLAYED if c["id"] in DIFFERENT], ids=lambda case: case["id"]
)
def test_where_we_differ_it_is_on_purpose(case: Mapping[str, Any], grafana: Any) -> None:
    why, patterns = DIFFERENT[case["id"]]

    replies = played(case, grafana)

    for reply, pattern in zip(replies, patterns, strict=False):
        assert re.fullmatch(pattern, reply, re.DOTALL), f"{why}: {reply}"
    assert len(replies) >= len(patterns)


def test_every_difference_is_of_a_case_that_is_there() -> None:
    assert set(DIFFERENT) <= {cast(str, case["id"]) for case in PLAYED}
