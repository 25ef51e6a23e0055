from grafherald.chat.limit import RateLimit


def test_a_user_may_ask_so_often_in_a_minute() -> None:
    rate = RateLimit(2)

    assert [rate.wait("ann", now) for now in (0, 10, 20)] == [0, 0, 40]
    assert rate.wait("bob", 20) == 0
    assert rate.wait("ann", 60) == 0
    assert rate.wait("ann", 61) == 9


def test_zero_is_no_limit() -> None:
    assert {RateLimit(0).wait("ann", 0) for _ in range(99)} == {0}


def test_users_of_long_ago_are_forgotten() -> None:
    rate = RateLimit(1)
    for number in range(50):
        rate.wait(f"u{number}", 0)

    rate.wait("ann", 100)

    assert len(rate._asked) == 1
