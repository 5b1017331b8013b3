"""Axes: round numbers, spans and dates at even distances."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.times import as_datetime

_SPANS: Final = (
    5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2 * 1440, 5 * 1440, 10 * 1440, 20 * 1440, 50 * 1440, 100 * 1440,
    200 * 1440, 500 * 1440,
)  # fmt: skip
_DAYS: Final = (1, 2, 7, 14)
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_DAY: Final = 86_400 * SECOND


def whole(most: int, ticks: int = 5) -> list[int]:
    """Round whole numbers from 0 to just beyond the greatest value."""
    step, factors = 1, (2, 5, 10)
    while step * ticks < most:
        base = 10 ** (len(str(step)) - 1)
        step = base * next(one for one in factors if base * one > step)
    return [step * one for one in range(-(-max(most, 1) // step) + 1)]


def spans(most: int, ticks: int = 6) -> list[int]:
    """Round spans in minutes, from 0 to just beyond the longest."""
    step = next((one for one in _SPANS if one * ticks >= most), None)
    if step is None:
        return [1440 * one for one in whole(-(-most // 1440), ticks)]
    return [step * one for one in range(-(-max(most, 1) // step) + 1)]


def dates(first: Micros, last: Micros, ticks: int = 8) -> list[tuple[Micros, str]]:
    """Midnights in UTC between two moments, each with its name."""
    days = max(1, (last - first) // _DAY)
    step = next((one for one in _DAYS if days / one <= ticks), None)
    if step is not None:
        return _every(first, last, step)
    months = next((one for one in _MONTHS if days / 30.44 / one <= ticks), _MONTHS[-1])
    return _monthly(first, last, months)


def _every(first: Micros, last: Micros, step: int) -> list[tuple[Micros, str]]:
    start = -(-first // _DAY) * _DAY
    found = [Micros(at) for at in range(start, last + 1, step * _DAY)]
    return [(at, day(at)) for at in found]


def _monthly(first: Micros, last: Micros, step: int) -> list[tuple[Micros, str]]:
    begin, end = as_datetime(first), as_datetime(last)
    found = []
    for number in range((begin.year * 12 + begin.month) // step * step, end.year * 12 + end.month, step):
        month = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        if begin <= month <= end:
            name = f"{month.year}" if step >= 12 else f"{month:%b} {month.year}"
            found.append((Micros((month - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)), name))
    return found


def day(at: Micros) -> str:
    """A date for an axis: ``2 Mar``."""
    moment = as_datetime(at)
    return f"{moment.day} {moment:%b}"
