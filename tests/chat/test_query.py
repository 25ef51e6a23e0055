from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.chat.query import (
    Alerts,
    Command,
    Dashboard,
    Dashboards,
    Help,
    PanelSelection,
    Pause,
    Set,
    parse,
)
from grafherald.errors import Refusal

NAMES = ("grafherald", "hubot")


def asked(line: str) -> Any:
    return parse(line, names=NAMES).command


@pytest.mark.parametrize(
    "line",
    [
        "db web",
        "graf db web",
        "graph dash web",
        "GRAFANA Dashboard web",
        "@hubot graf db web",
        " hubot: graf db web",
        "Grafherald, graf db web",
        "/graf db web",
        "graf  db   web ",
    ],
)
def test_the_bots_name_and_graf_may_stand_in_front(line: str) -> None:
    assert asked(line) == Dashboard("web")


@pytest.mark.parametrize(
    ("target", "selection"),
    [
        ("web", PanelSelection()),
        ("web:", PanelSelection()),
        ("web:0", PanelSelection()),
        ("web:panel-0", PanelSelection()),
        ("web:3", PanelSelection(number=3)),
        ("web:2abc", PanelSelection(title="2abc")),
        ("web:5xx", PanelSelection(title="5xx")),
        ("web:95th percentile", PanelSelection(title="95th percentile")),
        ("web:3:cpu", PanelSelection(number=3)),
        ("web:" + "9" * 5000, PanelSelection(title="9" * 5000)),
        ("web:panel-" + "9" * 5000, PanelSelection(title="panel-" + "9" * 5000)),
        ("web:-1", PanelSelection(title="-1")),
        ("web:panel-3", PanelSelection(id=3)),
        ("web:xpanel-3", PanelSelection(id=3)),
        ("web:CPU", PanelSelection(title="cpu")),
        ('"web:95th percentile"', PanelSelection(title="95th percentile")),
        ('"web:3"', PanelSelection(number=3)),
        ('"web:panel-3"', PanelSelection(id=3)),
        ('"web:CPU: load"', PanelSelection(title="CPU: load")),
    ],
)
def test_a_panel_is_named_by_place_id_or_title(target: str, selection: PanelSelection) -> None:
    assert asked(f"db {target}") == Dashboard("web", selection)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("now-6h", {"start": "now-6h"}),
        ("now-6h now-1h", {"start": "now-6h", "end": "now-1h"}),
        ("now-6h  now-1h", {"start": "now-6h", "end": "now-1h"}),
        ("now-6h now-1h more", {"start": "now-6h", "end": "now-1h"}),
        ("from=now-2h to=now-1h", {"start": "now-2h", "end": "now-1h"}),
        ("from=now-2h now-6h", {"start": "now-6h"}),
        ("2024-01-18T10:11:49 tz=Europe/Amsterdam", {"start": "1705569109000"}),
        ("until now-1h", {"start": "", "end": "now-1h"}),
        ("tz=Etc/GMT+5", {"options": {"tz": "Etc/GMT+5"}}),
        ("tz=Europe%2FParis", {"options": {"tz": "Europe/Paris"}}),
        ("kiosk", {"kiosk": True}),
        ("kiosk=tv", {"kiosk": True}),
        ("server=a server=b", {"variables": (("server", "a"), ("server", "b"))}),
        ("q=a=b=c", {"variables": (("q", "a=b=c"),)}),
        ("q=a+b%20c", {"variables": (("q", "a b c"),)}),
        ('q="a+b%20c"', {"variables": (("q", "a+b%20c"),)}),
        ("q=a&orgId=2", {"variables": (("q", "a&orgId=2"),)}),
        ("q=100%", {"variables": (("q", "100%"),)}),
        ("q=", {"variables": (("q", ""),)}),
        ('server="web 01"', {"variables": (("server", "web 01"),)}),
        ("Width=2", {"variables": (("Width", "2"),)}),
    ],
)
def test_arguments_are_times_variables_and_options(
    arguments: str, expected: dict[str, Any]
) -> None:
    found = asked(f"db web {arguments}")

    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("web:cpu load", Dashboard("web", PanelSelection(title="cpu load"))),
        ("web: cpu", Dashboard("web", PanelSelection(title="cpu"))),
        ("web :cpu", Dashboard("web", PanelSelection(title="cpu"))),
        ("Web Frontend:CPU load", Dashboard("Web Frontend", PanelSelection(title="cpu load"))),
        ("'Web Frontend:CPU load'", Dashboard("Web Frontend", PanelSelection(title="CPU load"))),
        ("“Web Frontend”: cpu", Dashboard("Web Frontend", PanelSelection(title="cpu"))),
        ("web:5xx errors", Dashboard("web", PanelSelection(title="5xx errors"))),
        ("web: 3", Dashboard("web", PanelSelection(number=3))),
        ("web:cpu load 6h", Dashboard("web", PanelSelection(title="cpu load"), start="now-6h")),
        ("web:cpu load kiosk", Dashboard("web", PanelSelection(title="cpu load"), kiosk=True)),
        (
            "web:cpu load server=a",
            Dashboard("web", PanelSelection(title="cpu load"), variables=(("server", "a"),)),
        ),
        ("Web Frontend", Dashboard("Web Frontend", words=("Web", "Frontend"))),
        ("web cpu now-1h", Dashboard("web cpu", start="now-1h", words=("web", "cpu"))),
    ],
)
def test_names_with_blanks_need_no_quotes(line: str, expected: Dashboard) -> None:
    assert asked(f"db {line}") == expected


def test_words_without_a_colon_may_be_read_in_several_ways() -> None:
    assert asked("db Web Frontend CPU").readings == [
        ("Web Frontend CPU", PanelSelection()),
        ("Web Frontend", PanelSelection(title="cpu")),
        ("Web", PanelSelection(title="frontend cpu")),
    ]


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("1h", "now-1h", ""),
        ("-1h", "now-1h", ""),
        ("now–6h", "now-6h", ""),
        ("last 6 hours", "now-6h", ""),
        ("1h ago", "now-1h", ""),
        ("2h ago 1h ago", "now-2h", "now-1h"),
        ("today", "now/d", ""),
        ("yesterday", "now-1d/d", "now-1d/d"),
        ("yesterday today", "now-1d/d", "now/d"),
        ("from yesterday", "now-1d/d", ""),
        ("from yesterday to today", "now-1d/d", "now/d"),
        ("from 2h ago to 1h ago", "now-2h", "now-1h"),
        ("2024-01-18 09:11:49", "1705569109000", ""),
        ("2024-01-18 09:11:49 2024-01-18 09:12:49", "1705569109000", "1705569169000"),
        ("from 2024-01-18 09:11:49 to 2024-01-18 09:12:49", "1705569109000", "1705569169000"),
        ("2024-01-18 09:11:49 – 2024-01-18 09:12:49", "1705569109000", "1705569169000"),
        ('"2024-01-18 09:11:49"', "1705569109000", ""),
        ("from=2024-01-18 09:11:49 to=1h", "1705569109000", "now-1h"),
        ("2024-01-18 10:11:49 tz=Europe/Amsterdam", "1705569109000", ""),
        ("from 2024-01-18 to 2024-01-18", "1705536000000", "1705622399999"),
        ("since yesterday", "now-1d/d", ""),
        ("for 6h", "now-6h", ""),
        ("in the last 2 days", "now-2d", ""),
        ("over the last 6 hours", "now-6h", ""),
        ("from 6h till 1h", "now-6h", "now-1h"),
    ],
)
def test_times_as_people_say_them(times: str, start: str, end: str) -> None:
    for name in ("web:cpu", "web: cpu load", '"Web frontend:CPU load"'):
        found = asked(f"db {name} {times}")
        assert (found.start, found.end) == (start, end)
        assert found.selection.title.lower() in ("cpu", "cpu load")


def test_times_are_meant_where_the_room_is() -> None:
    found = parse("db web 2024-01-18 10:11:49", zone="Europe/Amsterdam").command
    assert isinstance(found, Dashboard)
    assert found.start == "1705569109000"


URL = "https://grafana.example.com/sub/d/aaa/web-frontend"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (URL, Dashboard("aaa", base="https://grafana.example.com/sub")),
        (
            f"db {URL}?orgId=1&from=now-3h&to=now&viewPanel=panel-7&refresh=30s&var-server=web%2001"
            "&var-server=b&timezone=utc",
            Dashboard(
                "aaa",
                PanelSelection(id=7),
                "now-3h",
                "now",
                {"orgId": "1", "tz": "utc"},
                (("var-server", "web 01"), ("var-server", "b")),
                base="https://grafana.example.com/sub",
            ),
        ),
        (
            "graf http://g:3000/d/aaa/?viewPanel=2&from=1705569109372&to=1705569169372 now-1h",
            Dashboard("aaa", PanelSelection(id=2), "now-1h", "1705569169372", base="http://g:3000"),
        ),
        (
            "http://g:3000/render/d-solo/aaa/x?panelId=2&kiosk",
            Dashboard("aaa", PanelSelection(id=2), kiosk=True, base="http://g:3000"),
        ),
        ("http://g/dashboard/db/web?kiosk", Dashboard("web", kiosk=True, base="http://g")),
    ],
)
def test_a_pages_address_is_a_query(line: str, expected: Dashboard) -> None:
    assert asked(line) == expected


@pytest.mark.parametrize(
    "text",
    [
        '`graf db "web:cpu load"`',
        '```\ngraf db "web:cpu load"\n```',
        'I do not know `web:cpu`; did you mean `graf db "web:cpu load"`?',
        '*graf db "web:cpu load"*',
        '_graf db "web:cpu load"_',
        'graf db *"web:cpu load"*',
        'graf db "web:cpu load"\nthanks!',
        "\n  graf db “web:cpu load”\n",
        '\ufeffgraf\u200b db "web:cpu\u200e load"\u200b',
        'graf db "web:cpu\ud800 load"',
    ],
)
def test_marks_of_the_chat_are_no_part_of_a_query(text: str) -> None:
    assert asked(text) == Dashboard("web", PanelSelection(title="cpu load"))


def test_options_are_kept_apart_from_variables() -> None:
    options = {
        "width": "2500",
        "height": "700",
        "tz": "Europe/Amsterdam",
        "orgId": "2",
        "apiEndpoint": "d-solo",
        "theme": "light",
        "timeout": "60",
        "scale": "1.5",
    }

    found = asked("db web " + " ".join(f"{name}={value}" for name, value in options.items()))

    assert (found.options, found.variables) == (options, ())


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("db web width=0", "`width=0` is not pixels, a whole number from 10 to 10000."),
        ("db web height=tall", "`height=tall` is not pixels"),
        ("db web width=²", "is not pixels"),
        ("db web timeout=6000", "from 1 to 600"),
        ("db web orgId=x", "the number of an organisation."),
        ("db web theme=blue", "light or dark"),
        ("db web scale=9", "from 0.1 to 4"),
        ("db web tz=a&b", "a time zone"),
        ("db web tz=Mars/Phobos", "`tz=Mars/Phobos` is not a time zone, as Europe/Amsterdam."),
        ("db web from tomorrow-ish=1 now-12hr", "did you mean `now-12h`"),
        ('db "web:cpu" load', "`load` is not a time."),
        ("db web apiEndpoint=../api", "a part of a render URL"),
        ("db web now-12hr", "did you mean `now-12h`"),
        ("db", "Which dashboard"),
        ("db :cpu", "Which dashboard"),
        ("search", "Search for what"),
        ("pause", "Pause which alert"),
        ("unpause 12", "Unpause which alert"),
        ("db web now-" + "9" * 5000 + "h", "is not a time"),
        ("foo", "I do not know `foo`."),
        ("alert", "did you mean `graf alerts`?"),
        ("web:cpu now-1h", "did you mean `graf db web:cpu now-1h`"),
    ],
)
def test_a_refusal_says_what_is_wrong(line: str, what: str) -> None:
    with pytest.raises(Refusal) as refused:
        asked(line)

    assert what in str(refused.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("list", Dashboards()),
        ("list  demo ", Dashboards(tag="demo")),
        ("search web  front", Dashboards(words="web front")),
        ('search "web front"', Dashboards(words="web front")),
        ("alerts", Alerts()),
        ("alerts alerting", Alerts("alerting")),
        ("pause alert 12", Pause(True, "12")),
        ("unpause alert aeb-1_x", Pause(False, "aeb-1_x")),
        ("pause all", Pause(True)),
        ("unpause ALL alerts", Pause(False)),
        ("set host https://example.com", Set("host")),
        ("help", Help()),
        ("", Help()),
        ("?", Help()),
        ("--help", Help()),
        ("hubot graf", Help()),
    ],
)
def test_the_other_commands(line: str, expected: Command) -> None:
    assert asked(line) == expected


def test_a_grafana_is_named_in_front_of_the_command() -> None:
    assert parse("graf on prod list").on == "prod"
    assert parse("graf list").on == ""


ALIASES = {
    "cpu": 'graf db "Web frontend:CPU load" server=$1',
    "day": "db web now-24h",
    "list": "db other",
}


@pytest.mark.parametrize(
    ("line", "same_as"),
    [
        ("cpu web01", 'db "Web frontend:CPU load" server=web01'),
        ('CPU "web 01" now-1h', 'db "Web frontend:CPU load" server="web 01" now-1h'),
        ("on prod day kiosk", "on prod db web now-24h kiosk"),
        ("list", "list"),
    ],
)
def test_an_alias_stands_for_a_longer_query(line: str, same_as: str) -> None:
    assert parse(line, aliases=ALIASES) == parse(same_as)


def test_an_alias_says_which_words_it_needs() -> None:
    with pytest.raises(Refusal, match="needs 1 more word"):
        parse("cpu", aliases=ALIASES)


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_whatever_is_said_is_a_question_or_refused(line: str) -> None:
    for said in (line, f"db {line}", f"pause {line}"):
        try:
            parse(said, names=NAMES, aliases=ALIASES)
        except Refusal as refused:
            assert str(refused)  # noqa: PT017 - both ends are fine, a third is not
