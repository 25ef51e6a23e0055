"""Whose picture goes out, by ``graph.draw``."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from grafherald.drawing.options import DrawOptions
from grafherald.drawing.scene import Scene
from grafherald.errors import BrokenPanelError, GraphError
from grafherald.images import Picture
from grafherald.images.cache import Key, RenderCache
from grafherald.images.choice import Choice, WantedPanel
from grafherald.images.fetch import Grafanas
from grafherald.images.limiter import in_a_thread
from grafherald.images.placeholders import NO_RENDERER
from grafherald.net.deadline import Deadline

URL = "http://g/render/d-solo/a/b?panelId=1"
THEIRS, OURS = Picture("https://p/theirs.png"), Picture("https://p/ours.png", drawn=True)
FAILED = GraphError("Grafana answered 500", hint="See its log.")
WHY = 'panels of the type "geomap" are not drawn'
REFUSED = GraphError('Panels of the type "geomap" are not drawn')


class Side:
    """One way to a picture, as a test wants it."""

    def __init__(self, outcome: Picture | GraphError, *, after: threading.Event | None = None):
        self.outcome, self.after, self.asked = outcome, after, 0

    def __call__(self, *_: Any) -> Picture:
        self.asked += 1
        if self.after:
            self.after.wait(20)
        if isinstance(self.outcome, GraphError):
            raise self.outcome
        return self.outcome


def get(
    policy: str,
    theirs: Callable[..., Picture],
    ours: Side,
    choice: Choice | None = None,
    **more: Any,
) -> Picture:
    options = DrawOptions(policy=policy, after=more.pop("after", 10))
    chosen = choice or Choice(options, RenderCache(more.pop("reuse", 0)))
    panel = WantedPanel(Key("Bearer x", URL), Grafanas(["http://g"]), more.pop("scene", None))
    begin = more.pop("begin", None)
    return chosen.get(panel, Deadline(more.pop("seconds", 10)), theirs, ours, begin)


def never() -> threading.Event:
    return threading.Event()


@pytest.mark.parametrize(
    ("policy", "theirs", "ours", "goes"),
    [
        ("fallback", THEIRS, OURS, THEIRS),
        ("fallback", FAILED, OURS, OURS),
        ("fallback", THEIRS, REFUSED, THEIRS),
        ("first", THEIRS, OURS, OURS),
        ("first", THEIRS, REFUSED, THEIRS),
        ("only", THEIRS, OURS, OURS),
        ("never", THEIRS, OURS, THEIRS),
    ],
)
def test_the_policy_says_whose_picture_goes_out(
    policy: str, theirs: Any, ours: Any, goes: Picture
) -> None:
    assert get(policy, Side(theirs), Side(ours)) == goes


@pytest.mark.parametrize(
    ("policy", "theirs", "ours"),
    [("fallback", 1, 0), ("first", 0, 1), ("only", 0, 1), ("never", 1, 0)],
)
def test_nobody_is_asked_in_vain(policy: str, theirs: int, ours: int) -> None:
    one, other = Side(THEIRS), Side(OURS)
    get(policy, one, other)
    assert (one.asked, other.asked) == (theirs, ours)


@pytest.mark.parametrize("policy", ["fallback", "first", "only"])
def test_a_panel_whose_query_fails_is_not_waited_for_as_a_picture_of_its_error(policy: str) -> None:
    broken = BrokenPanelError("the panel's own query fails in Grafana: query A failed: parse error")
    with pytest.raises(BrokenPanelError, match="parse error"):
        get(policy, Side(THEIRS, after=never()), Side(broken), after=0.01)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("fallback", f"Grafana answered 500, and it can't be drawn: {WHY}"),
        ("first", f"Grafana answered 500, and it can't be drawn: {WHY}"),
        ("only", WHY),
        ("never", "Grafana answered 500"),
    ],
)
def test_without_any_picture_one_sentence_says_why(policy: str, says: str) -> None:
    with pytest.raises(GraphError) as caught:
        get(policy, Side(FAILED), Side(REFUSED))
    assert str(caught.value) == says


@pytest.mark.parametrize("status", [404, 500, 507])
def test_where_no_drawing_could_help_nothing_is_said_of_ours(status: int) -> None:
    failed = GraphError("the disk of /saved is full", status=status)
    with pytest.raises(GraphError) as caught:
        get("fallback", Side(failed), Side(REFUSED))
    assert str(caught.value) == "the disk of /saved is full"


def test_a_renderer_that_is_slow_loses_to_us() -> None:
    theirs = Side(THEIRS, after=never())
    assert get("fallback", theirs, Side(OURS), after=0.05) == OURS
    theirs.after.set()  # type: ignore[union-attr]  # it is the one above


def test_a_renderer_that_comes_while_we_draw_wins() -> None:
    go = never()
    ours = Side(OURS, after=never())

    def theirs(*_: Any) -> Picture:
        go.wait(20)
        return THEIRS

    def drawing(*_: Any) -> Picture:
        go.set()
        return ours()

    assert get("fallback", theirs, drawing, after=0.05) == THEIRS  # type: ignore[arg-type]  # a side
    ours.after.set()  # type: ignore[union-attr]  # it is the one above


def test_a_renderer_in_trouble_is_not_waited_for() -> None:
    go = never()

    def theirs(trouble: Callable[[GraphError], None]) -> Picture:
        trouble(GraphError("Grafana answered 429"))
        go.wait(20)
        return THEIRS

    assert get("fallback", theirs, Side(OURS), after=15) == OURS
    go.set()


def test_what_we_refuse_waits_for_a_slow_renderer() -> None:
    go = never()

    def refusing(*_: Any) -> Picture:
        go.set()
        raise REFUSED

    side = Side(THEIRS, after=go)
    assert get("fallback", side, refusing, after=0.05) == THEIRS  # type: ignore[arg-type]  # a side


def test_a_missing_renderer_is_not_asked_for_each_picture() -> None:
    choice = Choice(DrawOptions(policy="fallback", after=5), RenderCache(0))
    theirs = Side(GraphError(NO_RENDERER))
    for _ in range(3):
        assert get("", theirs, Side(OURS), choice) == OURS
    assert theirs.asked == 1


def test_many_who_wait_for_a_hanging_renderer_are_few_threads() -> None:
    choice = Choice(DrawOptions(policy="fallback", after=0), RenderCache(0))
    theirs = Side(THEIRS, after=never())
    for _ in range(100):
        assert get("", theirs, Side(OURS), choice) == OURS
    assert theirs.asked <= 32
    theirs.after.set()  # type: ignore[union-attr]  # it is the one above


def test_a_system_without_threads_does_not_give_the_renderer_up() -> None:
    def refuse(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    choice = Choice(DrawOptions(policy="fallback", after=10), RenderCache(0))
    for _ in range(100):
        with pytest.raises(RuntimeError):
            get("", Side(THEIRS), Side(OURS), choice, begin=refuse)
    assert get("", Side(THEIRS), Side(OURS), choice, begin=in_a_thread) == THEIRS


def test_a_renderer_that_was_not_even_asked_is_said_to_be_busy() -> None:
    refusing = Side(REFUSED)
    with pytest.raises(GraphError, match=r"renders before this one took longer than 0\.2 s") as no:
        get(
            "fallback",
            Side(THEIRS),
            refusing,
            after=0.05,
            seconds=0.2,
            begin=lambda _: lambda: True,
        )
    assert (no.value.status, refusing.asked) == (503, 1)


def test_a_drawn_picture_is_given_again_to_the_same_alert_only() -> None:
    choice = Choice(DrawOptions(policy="first", after=5), RenderCache(30))
    ours = Side(OURS)
    for scene in (None, None, Scene(alert=1), Scene(alert=1), Scene(alert=2)):
        get("", Side(THEIRS), ours, choice, scene=scene)
    assert ours.asked == 3


def test_a_name_stays_one_within_a_sentence() -> None:
    ours = Side(GraphError("Grafana does not say its version"))
    with pytest.raises(GraphError, match="can't be drawn: Grafana does not"):
        get("fallback", Side(FAILED), ours)


def test_our_own_mistake_costs_our_picture_alone() -> None:
    def broken(*_: Any) -> Picture:
        raise KeyError("x")

    with pytest.raises(GraphError, match=r"can't be drawn: internal error \(KeyError\)"):
        get("fallback", Side(FAILED), broken)  # type: ignore[arg-type]  # a side


def test_past_the_deadline_the_renderers_reason_stands_alone() -> None:
    theirs = Side(THEIRS, after=never())
    with pytest.raises(GraphError, match=r"^no picture within 0\.05 s$"):
        get("fallback", theirs, Side(OURS), seconds=0.05)
    theirs.after.set()  # type: ignore[union-attr]  # it is the one above


def test_what_did_not_begin_until_the_race_was_over_is_given_up() -> None:
    choice, given_up = Choice(DrawOptions(policy="fallback", after=0), RenderCache(0)), []

    def give_up() -> bool:
        given_up.append(True)
        return True

    def begin(_: Any) -> Callable[[], bool]:
        return give_up

    for _ in range(200):  # more than may ask at once
        assert get("", Side(THEIRS), Side(OURS), choice, begin=begin) == OURS
    with pytest.raises(GraphError) as caught:
        get("", Side(THEIRS), Side(REFUSED), choice, begin=begin, seconds=0.1)
    assert "took longer than 0.1 s" in str(caught.value)
    assert len(given_up) == 201


def test_clients_of_the_service_do_not_keep_alerts_from_asking() -> None:
    choice = Choice(DrawOptions(policy="fallback", after=0), RenderCache(0))
    for _ in range(100):
        get("", Side(THEIRS), Side(OURS), choice, begin=lambda _: lambda: False)
    with pytest.raises(GraphError, match="too many wait for Grafana's renderer"):
        get("", Side(THEIRS), Side(REFUSED), choice, begin=lambda _: lambda: False)
    assert get("", Side(THEIRS), Side(REFUSED), choice) == THEIRS
