from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.chat.panels import Pairs, is_empty, panels, select, titled
from grafherald.chat.query import PanelSelection


def variable(name: str, value: Any, text: Any = "", options: tuple[str, ...] = ()) -> Any:
    return {
        "name": name,
        "current": {"text": text or value, "value": value},
        "options": [{"value": option} for option in options],
    }


def dashboard(*members: dict[str, Any], variables: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"panels": list(members), "templating": {"list": list(variables)}}


def shown(found: dict[str, Any], given: Pairs = ()) -> list[tuple[int, int, str, Pairs]]:
    return [(p.number, p.id, p.title, p.scope) for p in panels(found, given)]


def test_panels_count_in_the_order_of_the_json_and_rows_do_not() -> None:
    found = dashboard({"id": 7, "title": "a"}, {"id": 1, "type": "row"}, {"id": 3, "title": "b"})

    assert shown(found) == [(1, 7, "a", ()), (2, 3, "b", ())]


def test_panels_of_a_collapsed_row_are_there() -> None:
    row = {"id": 1, "type": "row", "collapsed": True, "panels": [{"id": 2, "title": "in"}]}

    assert shown(dashboard(row, {"id": 9, "type": "row"}, {"id": 3, "title": "out"})) == [
        (1, 2, "in", ()),
        (2, 3, "out", ()),
    ]


def test_rows_of_grafana_4_are_counted_through() -> None:
    found = {"rows": [{"panels": [{"id": 1, "title": "a"}]}, {"panels": [{"id": 2}]}]}

    assert shown(found) == [(1, 1, "a", ()), (2, 2, "", ())]


def test_a_library_panel_has_the_name_of_its_element() -> None:
    assert shown(dashboard({"id": 1, "libraryPanel": {"uid": "x", "name": "CPU"}})) == [
        (1, 1, "CPU", ())
    ]


TWO = variable("server", ["web01", "web02"])
ALL = variable("server", ["$__all"], "All", ("$__all", "web01", "web02", "web03"))


@pytest.mark.parametrize(
    ("server", "given", "values"),
    [
        (TWO, (), ["web01", "web02"]),
        (TWO, (("server", "a"), ("server", "b"), ("server", "c")), ["a", "b", "c"]),
        (TWO, (("server", "All"),), []),
        (ALL, (), ["web01", "web02", "web03"]),
        (ALL, (("server", "web02"),), []),
        (variable("server", "web01"), (), []),
        (variable("server", "$__all"), (), []),
    ],
)
def test_a_repeat_is_unrolled_over_the_values(server: Any, given: Pairs, values: list[str]) -> None:
    found = dashboard({"id": 2, "title": "CPU of $server", "repeat": "server"}, variables=(server,))

    scopes = [panel.scope for panel in panels(found, given)]

    assert scopes == ([(("server", value),) for value in values] or [()])


def test_an_unrolled_repeat_says_its_value_in_the_title() -> None:
    found = dashboard({"id": 2, "title": "CPU of $server", "repeat": "server"}, variables=(TWO,))

    assert [panel.title for panel in panels(found, ())] == ["CPU of web01", "CPU of web02"]


def test_a_repeated_row_repeats_its_panels_together() -> None:
    row = {"id": 1, "type": "row", "repeat": "server"}
    found = dashboard(row, {"id": 2, "title": "a"}, {"id": 3, "title": "b"}, variables=(TWO,))

    assert [(number, id) for number, id, _, _ in shown(found)] == [(1, 2), (2, 3), (3, 2), (4, 3)]


def test_stored_repeats_stand_as_they_are() -> None:
    clone = {
        "id": 3,
        "title": "$server",
        "repeatPanelId": 2,
        "scopedVars": {"server": {"text": "b"}},
    }
    found = dashboard({"id": 2, "title": "$server", "repeat": "server"}, clone, variables=(TWO,))

    assert shown(found) == [(1, 2, "web01,web02", ()), (2, 3, "b", ())]
    assert shown(found, (("server", "x"),))[1][2] == "x"


def test_a_row_whose_repeats_are_stored_is_not_repeated_again() -> None:
    first = {"id": 1, "type": "row", "repeat": "server"}
    again = {"id": 3, "type": "row", "repeatPanelId": 1}
    found = dashboard(first, {"id": 2}, again, {"id": 4, "repeatPanelId": 2}, variables=(TWO,))

    assert [panel.id for panel in panels(found, ())] == [2, 4]


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ((), "Load of web01,web02 $other ${server} [[server]]"),
        ((("server", "x"), ("server", "y")), "Load of x $other ${server} [[server]]"),
        ((("server", "x=y"),), "Load of x $other ${server} [[server]]"),
        ((("server", ""),), "Load of $server $other ${server} [[server]]"),
    ],
)
def test_a_title_shows_the_first_value_given_else_the_current(given: Pairs, title: str) -> None:
    panel = {"id": 1, "title": "Load of $server $other ${server} [[server]]"}

    assert panels(dashboard(panel, variables=(TWO,)), given)[0].title == title


def test_a_variable_without_a_current_value_stays_in_the_title() -> None:
    found = dashboard({"id": 1, "title": "$adhoc"}, variables=({"name": "adhoc", "current": None},))

    assert panels(found, (("adhoc", "x"),))[0].title == "$adhoc"


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (PanelSelection(), [5, 6, 7]),
        (PanelSelection(number=2), [6]),
        (PanelSelection(number=4), []),
        (PanelSelection(number=-1), []),
        (PanelSelection(id=7), [7]),
        (PanelSelection(title="cpu"), [5, 7]),
        (PanelSelection(title="$HOST"), [7]),
        (PanelSelection(title="web01"), [7]),
        (PanelSelection(title="web02"), []),
    ],
)
def test_a_selection_by_place_id_or_title(selection: PanelSelection, ids: list[int]) -> None:
    found = dashboard(
        {"id": 5, "title": "CPU"},
        {"id": 6},
        {"id": 7, "title": "cpu of $host"},
        variables=(variable("host", "web01"),),
    )

    assert [panel.id for panel in select(panels(found, ()), selection)] == ids


def test_empty_is_without_panels_and_rows() -> None:
    assert is_empty({"title": "new"})
    assert is_empty({"panels": None})
    assert not is_empty({"panels": []})
    assert not is_empty({"rows": []})


@pytest.mark.parametrize("junk", [None, 3, "x", [None, 3], [{"id": "x"}], [{"type": "row"}], {}])
def test_json_of_another_shape_has_no_panels(junk: Any) -> None:
    assert panels({"panels": junk, "rows": junk, "templating": {"list": junk}}, ()) == []


ODD = st.none() | st.integers() | st.text(max_size=2) | st.lists(st.none() | st.just("server"))
THING = st.recursive(
    ODD,
    lambda inner: st.dictionaries(
        st.sampled_from(
            ["id", "title", "type", "repeat", "repeatPanelId", "scopedVars", "libraryPanel"]
        )
        | st.sampled_from(["name", "current", "value", "text", "options", "panels", "server"]),
        inner | st.lists(inner, max_size=2),
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.lists(THING, max_size=4), st.lists(THING, max_size=3), THING)
@settings(max_examples=200)
def test_no_json_is_an_accident(members: list[Any], variables: list[Any], odd: Any) -> None:
    for found in (
        {"panels": members, "templating": {"list": variables}},
        {"rows": [{"panels": members, "repeat": "server"}], "templating": odd},
    ):
        numbers = [panel.number for panel in panels(found, (("server", "a"),))]
        assert numbers == list(range(1, len(numbers) + 1))


def test_titles_take_ascii_names_only() -> None:
    assert titled("$é $a", {"é": "x", "a": "b"}) == "$é b"
