"""The graph panel's two value axes, brought to have one value at the same height.

The rules are those of its align_yaxes.ts:
https://github.com/grafana/grafana/blob/v7.5.5/public/app/plugins/panel/graph/align_yaxes.ts
"""

from __future__ import annotations

Range = tuple[float, float]
_WIDEST = 1e200


def aligned(left: Range, right: Range, level: float) -> tuple[Range, Range]:
    """Widen both ranges, lower and upper end, until *level* is at the same share of each.

    Ranges that are too far apart for that stay as they are.
    """
    one, two = ((low - level, high - level) for low, high in (left, right))
    one, two = _around_zero(one, two)
    found = (one[0] + level, one[1] + level), (two[0] + level, two[1] + level)
    sound = all(low < high and high - low < _WIDEST for low, high in found)
    return found if sound else (left, right)


def _around_zero(one: Range, two: Range) -> tuple[Range, Range]:
    if one[0] >= 0 and two[0] >= 0:
        return _above(one, two)
    if one[1] <= 0 and two[1] <= 0:
        above = _above(_turned(one), _turned(two))
        return _turned(above[0]), _turned(above[1])
    if (one[0] >= 0 and two[1] <= 0) or (one[1] <= 0 and two[0] >= 0):
        return _mirrored(one), _mirrored(two)
    return _across(one, two)


def _turned(each: Range) -> Range:
    return -each[1], -each[0]


def _mirrored(each: Range) -> Range:
    far = max(abs(each[0]), abs(each[1]))
    return -far, far


def _above(one: Range, two: Range) -> tuple[Range, Range]:
    """Both lie above zero: the one that begins lower says where both begin."""
    if 0 in (one[0], two[0]):
        return (0.0, one[1]), (0.0, two[1])
    rate = max(one[1] / one[0], two[1] / two[0])
    return (one[1] / rate, one[1]), (two[1] / rate, two[1])


def _across(one: Range, two: Range) -> tuple[Range, Range]:
    """At least one reaches over zero: *rate* is how much larger the first one's values are."""
    if one[0] <= 0 <= one[1] and two[0] <= 0 <= two[1]:
        rate = max(_over(one[0], two[0]), _over(one[1], two[1]))
        if not rate:
            return one, two
        first = (two[0] * rate or one[0], two[1] * rate or one[1])
        return first, (first[0] / rate, first[1] / rate)
    upwards = one[0] > 0 or two[0] > 0
    rate = _over(one[1], two[1]) if upwards else _over(one[0], two[0])
    if not rate:
        return one, two
    low = two[0] * rate if one[0] > 0 else one[0]
    high = two[1] * rate if one[1] < 0 else one[1]
    other = (low / rate if two[0] > 0 else two[0], high / rate if two[1] < 0 else two[1])
    return (low, high), other


def _over(one: float, two: float) -> float:
    return one / two if two else 0.0
