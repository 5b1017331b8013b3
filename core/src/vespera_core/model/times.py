"""Moments and spans: from text and to text. RFC 3339 out; RFC 3339, dates and spans such as ``90m`` in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import SECOND, Micros

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_PLAIN: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - meant as UTC, and written out several times as fast
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw]?)")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def rfc3339(at: Micros) -> str:
    """Text such as ``2026-11-22T21:30:00.000000Z``: always UTC, always six decimals, so it sorts as text."""
    return (_EPOCH_PLAIN + timedelta(microseconds=at)).isoformat(timespec="microseconds") + "Z"


def as_datetime(at: Micros) -> datetime:
    """The same moment as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def parse_moment(text: str, field: str = "time") -> Micros:
    """Read RFC 3339 or ISO 8601 text; a date alone is its first moment, and a missing zone means UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"{field} {text!r} is not a time; write 2026-11-22 or 2026-11-22T14:30:00Z.", field=field
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return Micros((moment - _EPOCH) // timedelta(microseconds=1))
    except OverflowError:
        raise InvalidInput(f"{field} {text!r} is out of range.", field=field) from None


def parse_span(text: str, field: str = "duration", unit: str = "m") -> int:
    """Read a span such as ``90m``, ``1h30m`` or ``2d`` into seconds; a bare number counts `unit`s."""
    compact = text.strip().lower().replace(" ", "")
    parts = _SPAN.findall(compact)
    if not parts or "".join(number + mark for number, mark in parts) != compact:
        raise InvalidInput(f"{field} {text!r} is not a span of time; write 45s, 90m, 2h or 3d.", field=field)
    seconds = round(sum(float(number) * _UNITS[mark or unit] for number, mark in parts))
    if seconds > 100 * 365 * 86400:
        raise InvalidInput(f"{field} {text!r} is longer than a century.", field=field)
    return seconds


def parse_when(text: str, now: Micros, field: str = "time") -> Micros:
    """Read a moment, or a span that counts from `now`: ``2026-12-01`` or ``+3d`` or ``3d``."""
    bare = text.strip().removeprefix("+")
    if bare and bare[-1:].isalpha() and bare[0].isdigit() and _SPAN.match(bare) and "-" not in bare and ":" not in bare:
        return Micros(now + parse_span(bare, field) * SECOND)
    return parse_moment(text, field)
