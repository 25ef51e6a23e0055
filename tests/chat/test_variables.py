from typing import Any

import pytest

from grafherald.chat.variables import Pairs, ResolvedVariables, resolve
from grafherald.errors import Refusal


def variable(name: str, kind: str = "query", *values: str, **more: Any) -> dict[str, Any]:
    options = [{"text": value.title(), "value": value} for value in values]
    return {"name": name, "type": kind, "options": options, **more}


WEB = {
    "title": "Web",
    "templating": {
        "list": [
            variable("server", "query", "$__all", "web01", "web02", refresh=1, includeAll=True),
            variable("env", "custom", "live", "test", "a,b"),
            variable("note", "textbox"),
            variable("Case", "query"),
            variable("case", "query"),
            variable("var-odd", "query"),
        ]
    },
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((("server", "web01"),), (("server", "web01"),)),
        ((("SERVER", "WEB01"),), (("server", "web01"),)),
        ((("var-Server", "Web02"),), (("server", "web02"),)),
        ((("var-odd", "x"),), (("var-odd", "x"),)),
        ((("server", "web01,web02"),), (("server", "web01"), ("server", "web02"))),
        ((("server", "web01, web02"),), (("server", "web01"), ("server", "web02"))),
        ((("server", "all"),), (("server", "$__all"),)),
        ((("env", "a,b"),), (("env", "a,b"),)),
        ((("env", "Live"),), (("env", "live"),)),
        ((("note", "one, two"),), (("note", "one, two"),)),
        ((("case", "x"),), (("case", "x"),)),
        ((("server", ""),), (("server", ""),)),
        ((("Case", "x"), ("Case", "y")), (("Case", "x"), ("Case", "y"))),
    ],
)
def test_names_and_values_become_grafanas_own(given: Pairs, expected: Pairs) -> None:
    assert resolve(WEB, given) == ResolvedVariables(expected)


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        (
            "serv",
            "Web has no variable `serv`; it has server, env, note, Case, case",
            "`server=...`",
        ),
        ("var-x", "Web has no variable `x`; it has", ""),
        ("Width", "Web has no variable `Width`; it has", "`width=...`"),
        ("CASE", "Web has no variable `CASE`", ""),
    ],
)
def test_an_unknown_variable_is_refused(name: str, text: str, hint: str) -> None:
    with pytest.raises(Refusal) as refused:
        resolve(WEB, ((name, "x"),))
    assert text in str(refused.value)
    assert hint in refused.value.hint


def test_a_dashboard_may_have_none() -> None:
    with pytest.raises(Refusal, match="Web has no variable `x`; it has none"):
        resolve({"title": "Web"}, (("x", "1"),))


def test_a_value_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal, match="`env` has no value `prod`; it has live, test, a,b"):
        resolve(WEB, (("env", "prod"),))


def test_values_that_grafana_asks_for_anew_may_be_others_by_now() -> None:
    found = resolve(WEB, (("server", "web03"),))
    assert found.variables == (("server", "web03"),)
    assert found.notes == (
        "`server` had no `web03` when the dashboard was saved, but web01, web02.",
    )


@pytest.mark.parametrize("junk", [None, 3, [], [None], [{"name": None}], {"list": 3}])
def test_json_of_another_shape_has_no_variables(junk: Any) -> None:
    with pytest.raises(Refusal, match="it has none"):
        resolve({"templating": {"list": junk}}, (("x", "1"),))
