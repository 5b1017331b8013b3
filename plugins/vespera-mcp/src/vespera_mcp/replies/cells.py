"""Cells: any value on one line, free of what could pass for another line or cell."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from vespera_core.model.basics import Micros
from vespera_core.model.task import PRIORITIES
from vespera_core.model.times import rfc3339
from vespera_core.model.tokens import cut_to_most, most_tokens

_UNSEEN: Final = (
    "\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff"
)
"""Controls, marks of direction, tags: a reader of the reply would not see them."""
_BREAKS: Final = re.compile(f"[\\s\x00-\x1f\u2028\u2029{_UNSEEN}]+")
_CONTROLS: Final = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{_UNSEEN}]")
_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MARK: Final = "..."
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
NUMBERS: Final = {name: f"P{place}" for place, name in enumerate(PRIORITIES)}


def cell(text: str, characters: int = 60) -> str:
    """A text on one line, cut after so many characters, and after two thirds as many tokens."""
    line = text if text.isprintable() and "  " not in text else _BREAKS.sub(" ", text[: 4 * characters + 200]).strip()
    cut = line if len(line) <= characters else line[: characters - len(_MARK)].rstrip() + _MARK
    tokens = characters * 2 // 3
    if len(cut.encode()) <= tokens or most_tokens(cut) <= tokens:
        return cut
    return cut_to_most(cut.removesuffix(_MARK), tokens - 1).rstrip() + _MARK


def block(text: str) -> str:
    """A text of several lines without characters that are not seen."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)) if not text.isprintable() else text


def moment(at: Micros | int) -> str:
    """A moment to the second."""
    return rfc3339(Micros(at))[:19] + "Z"


def minute(at: Micros | int) -> str:
    """A moment to the minute, for tables."""
    return rfc3339(Micros(at))[:16] + "Z"


def until(at: Micros | int, now: int) -> str:
    """How far off a moment is: ``in 12m``, ``3h ago``."""
    seconds = (at - now) // 1_000_000
    return f"in {span(seconds)}" if seconds >= 0 else f"{span(-seconds)} ago"


def span(seconds: float) -> str:
    """A time in its two largest units."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < _DAY:
        return _two(whole // _HOUR, "h", whole % _HOUR // _MINUTE, "m")
    return _two(whole // _DAY, "d", whole % _DAY // _HOUR, "h")


def minutes(count: float) -> str:
    """Minutes of work as a span."""
    return "0m" if count < 1 else span(count * _MINUTE)


def _two(many: int, unit: str, few: int, part: str) -> str:
    return f"{many}{unit}{few}{part}" if few else f"{many}{unit}"


def compact(value: Any, characters: int) -> str:
    """Any public value as a cell: lists by commas, objects as JSON."""
    if value is None or value in ("", [], {}, ()):
        return ""
    if isinstance(value, str):
        return cell(value, characters)
    if isinstance(value, list | tuple) and all(isinstance(one, str | int | float) for one in value):
        return cell(",".join(map(str, value)), characters)
    return cell(json.dumps(value, ensure_ascii=False, separators=(",", ":")), characters)
