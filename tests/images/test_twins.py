import pytest

from grafherald.errors import GraphError
from grafherald.images.twins import Twins

BASE = "http://127.0.0.1:3000"
G = f"{BASE}/render/d-solo"


def different(*_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("first", "second"),
    [(f"{G}/web?panelId=2", f"{G}/web?panelId=3"), (f"{G}/web?panelId=2", f"{G}/db?panelId=2")],
)
def test_one_picture_of_two_panels_is_none(first: str, second: str) -> None:
    twins = Twins()
    twins.refuse(b"picture", BASE, first, different)
    with pytest.raises(GraphError, match="same picture for another panel: web panel 2") as refused:
        twins.refuse(b"picture", BASE, second, different)
    assert refused.value.hint
    with pytest.raises(GraphError):
        twins.refuse(b"picture", BASE, second, different)


def test_a_panel_may_look_as_it_did() -> None:
    twins = Twins()
    for more in ("", "&from=now-1h", "&var-host=web01"):
        twins.refuse(b"picture", BASE, f"{G}/web?panelId=2{more}", different)
    twins.refuse(b"another", BASE, f"{G}/web?panelId=3", different)


def test_another_grafana_may_have_the_same_picture() -> None:
    twins = Twins()
    twins.refuse(b"picture", BASE, f"{G}/web?panelId=2", different)
    twins.refuse(
        b"picture", "http://10.0.0.1", "http://10.0.0.1/render/d-solo/web?panelId=3", different
    )


def test_panels_that_are_known_to_look_the_same_may() -> None:
    twins = Twins()

    def same(one: str, other: str) -> bool:
        return "panelId=3" in one and "panelId=2" in other

    twins.refuse(b"picture", BASE, f"{G}/web?panelId=2", same)
    twins.refuse(b"picture", BASE, f"{G}/web?panelId=3", same)
    with pytest.raises(GraphError):
        twins.refuse(b"picture", BASE, f"{G}/web?panelId=4", same)


def test_after_ten_minutes_it_is_another_picture() -> None:
    now = [0.0]
    twins = Twins(lambda: now[0])
    twins.refuse(b"picture", BASE, f"{G}/web?panelId=2", different)
    now[0] = 601.0
    twins.refuse(b"picture", BASE, f"{G}/web?panelId=3", different)
    with pytest.raises(GraphError, match="web panel 3"):
        twins.refuse(b"picture", BASE, f"{G}/web?panelId=2", different)


def test_what_is_no_address_of_a_panel_is_not_compared() -> None:
    twins = Twins()
    twins.refuse(b"picture", BASE, "http://127.0.0.1:3000/render/something", different)
    twins.refuse(b"picture", BASE, f"{G}/web?panelId=2", different)
