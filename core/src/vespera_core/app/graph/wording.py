"""Numbers in words, for sentences and tables."""

from __future__ import annotations

from typing import Final

_HOUR: Final = 60
_DAY: Final = 1_440


def span(minutes: int) -> str:
    """Minutes for people: ``2d 3h``, ``1h 30m``, ``45m``; from ten days on, days alone."""
    if minutes < 0:
        return f"-{span(-minutes)}"
    if minutes >= 10 * _DAY:
        return f"{round(minutes / _DAY):,}d"
    if minutes >= _DAY:
        return _joined(round(minutes / _HOUR) // 24, "d", round(minutes / _HOUR) % 24, "h")
    return _joined(minutes // _HOUR, "h", minutes % _HOUR, "m") if minutes >= _HOUR else f"{minutes}m"


def _joined(first: int, mark: str, second: int, minor: str) -> str:
    return f"{first}{mark} {second}{minor}" if second else f"{first}{mark}"


def counted(number: int, noun: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
