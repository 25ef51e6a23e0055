import re

from grafherald.chat import answers
from grafherald.chat.alerts import GrafanaAlert
from grafherald.chat.query import Dashboard, Question, parse


def test_a_list_over_the_limit_loses_nothing() -> None:
    hits = [{"uid": f"u{n}", "title": f"t{n}"} for n in range(4)]

    assert answers.dashboards(hits, "All:", 4).splitlines()[1:] == [
        f"- u{n}: t{n}" for n in range(4)
    ]
    assert answers.dashboards(hits, "All:", 3).splitlines()[-2:] == ["- u2: t2", " (and 1 more)"]


def test_before_grafana_5_a_list_shows_slugs() -> None:
    assert answers.dashboards([{"uri": "db/web", "title": "Web"}], "All:", 9) == "All:\n- web: Web"


def test_a_title_can_not_make_lines_or_move_the_cursor() -> None:
    hit = {"uid": "u", "title": "a\n- x: y\x1b[2J"}

    assert answers.dashboards([hit], "All:", 9) == "All:\n- u: a - x: y"
    assert "\n" not in answers.picture("a\nb", "i", "l", public=True).text
    assert "\n" not in answers.alerts([GrafanaAlert("1", "a\nb", "ok")], "").splitlines()[1]


def test_no_alerts_is_said() -> None:
    assert answers.alerts([], "") == "All alerts:\nThere are none."
    assert answers.alerts([], "ok") == "Alerts with state 'ok':\nThere are none."


def test_an_alert_says_its_error() -> None:
    text = answers.alerts([GrafanaAlert("1", "CPU", "error", "2026", "no source")], "")

    assert text.splitlines()[1:] == [
        "- *CPU* (1): `error`",
        "  last state change: 2026",
        "  execution error: no source",
    ]


def test_every_example_of_the_help_is_understood() -> None:
    text = answers.help_text(["main", "prod"], {"cpu": "db web:cpu server=$1"})

    examples = re.findall(r"`(graf [^`]*)`", text)
    known = [parse(line, aliases={"cpu": "list $1"}) for line in examples if line != "graf cpu"]
    assert len(known) > 10
    assert Question(Dashboard("web"), "") in known
    assert "main, prod" in text


def test_the_help_says_nothing_of_a_single_grafana() -> None:
    assert "Another Grafana" not in answers.help_text(["default"], {})
