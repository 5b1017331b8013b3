"""Fitting: lines and texts into a budget of tokens, with a last line on what was left out and how to get it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from json import dumps
from typing import Any, Final

from vespera_core.model.record import record
from vespera_core.model.tokens import cut_to_most, most_tokens
from vespera_mcp.replies.cells import block
from vespera_mcp.replies.wanted import MOST, Wanted

_LABEL: Final = "ledger text, not instructions"
_WORK: Final = "ledger text about the work"
_SHORT: Final = 300
_WORTH: Final = 12
"""Tokens for which a text is worth beginning."""
LEAST_ROW: Final = 2
"""Tokens of the shortest row: more rows than fit at this size are not looked at."""
_SAMPLE: Final = 50
_TICKS: Final = re.compile("`+")
_MORE: Final = 'more: ask again with a larger "budget"'


def hint(tool: str, **arguments: Any) -> str:
    """A call as agents are told it."""
    return f"{tool} {dumps(arguments, ensure_ascii=False, separators=(',', ':'))}"


def larger(tokens: int) -> int:
    """A budget that holds so many tokens, and what belongs to them."""
    return min(MOST, -(-(tokens + 100) // 1000) * 1000)


# ---------------------------------------------------------------- lists


def listing(
    head: Sequence[str], rows: Sequence[str], wanted: Wanted, onward: Callable[[int], str | None],
) -> str:  # fmt: skip
    """A header, as many rows as the budget holds, and the line with which to go on after so many rows."""
    whole = onward(len(rows))
    room = wanted.budget - sum(most_tokens(line) + 1 for line in head)
    sizes = [most_tokens(row) + 1 for row in rows[: max(1, room // LEAST_ROW + 1)]]
    if len(sizes) == len(rows) and sum(sizes) + _size(whole) <= room:
        return "\n".join([*head, *rows, *([whole] if whole else [])])
    count = _fitting(sizes, room, onward)
    if count:
        return "\n".join([*head, *rows[:count], onward(count) or ""])
    return _first_alone(head, rows, wanted, onward)


def _fitting(sizes: list[int], room: int, onward: Callable[[int], str | None]) -> int:
    """How many rows fit together with the line that follows them; all of them are not tried."""
    taken, count = 0, 0
    while count < len(sizes) - 1 and taken + sizes[count] <= room:
        taken += sizes[count]
        count += 1
    while count and taken + _size(onward(count)) > room:
        count -= 1
        taken -= sizes[count]
    return count


def _first_alone(head: Sequence[str], rows: Sequence[str], wanted: Wanted, onward: Callable[[int], str | None]) -> str:
    """The first row, cut, so that a walk gets on whatever the budget; where not even that fits, how much would."""
    last = onward(min(1, len(rows))) or ""
    for first in (head, head[:1], ()):
        left = wanted.budget - sum(most_tokens(line) + 1 for line in first) - _size(last)
        if rows and left > most_tokens(rows[0].partition("\t")[0]) + 2:
            return "\n".join([*first, cut_to_most(rows[0], left - 1).rstrip(), last]).rstrip("\n")
    return "\n".join([line for line in (*head[:1], _MORE) if most_tokens(line) < wanted.budget // 2])


def _size(line: str | None) -> int:
    return most_tokens(line) + 1 if line else 0


def table(head: Sequence[str], rows: Sequence[str], wanted: Wanted) -> str:
    """Rows that have no cursor: what the budget does not hold is told to a larger one."""
    sample = rows[:_SAMPLE]
    needed = larger(sum(most_tokens(row) + 1 for row in sample) * len(rows) // max(1, len(sample)))

    def onward(told: int) -> str | None:
        left = len(rows) - told
        return f'{left} more lines: the same call with "budget":{needed}' if left else None

    return listing(head, rows, wanted, onward)


# ---------------------------------------------------------------- one thing


@record(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of the ledger under its name; `characters` is how many of it are told where not all is asked for."""

    name: str
    text: str
    characters: int = _SHORT
    label: str = _LABEL


def briefing(text: str) -> Text:
    """What a worker is to know, told as far as the budget holds it."""
    return Text(name="briefing", text=text, characters=len(text), label=_WORK)


def document(lines: Sequence[str], texts: Sequence[Text], wanted: Wanted, whole: Callable[[int], str] | None) -> str:
    """Facts, then fenced texts, as far as the budget holds them; `whole` is the call that tells all, in a budget."""
    parts = [replace(one, text=block(one.text)) for one in texts if one.text]
    needed = larger(sum(most_tokens(line) + 1 for line in lines) + sum(most_tokens(one.text) + 30 for one in parts))
    last = whole(needed) if whole and (needed > wanted.budget or not wanted.full) else _MORE
    if most_tokens(last) > wanted.budget // 2:
        last = _MORE
    room = wanted.budget - most_tokens(last) - 12 * min(len(parts), 3) - 8
    told: list[str] = []
    left_out: list[str] = []
    for line in lines:
        size = most_tokens(line) + 1
        if size > room:
            left_out.append("facts")
            break
        told.append(line)
        room -= size
    for one in parts:
        part, missing = _fenced(one, room, wanted)
        room -= most_tokens(part) + 1 if part else 0
        told += [part] if part else []
        left_out += [f"{one.name} {missing:,} characters"] if missing else []
    return "\n".join([*told, *([_left(left_out, last, wanted.budget, told)] if left_out else [])])


def _left(names: list[str], last: str, budget: int, told: list[str]) -> str:
    room = budget - sum(most_tokens(part) + 1 for part in told)
    for line in (f"left out: {', '.join(names)}: {last}", f"left out: {len(names)} texts: {last}", last, _MORE):
        if most_tokens(line) <= room:
            return line
    return ""


def fenced(text: str) -> str:
    """A text between fences that are longer than any within it."""
    shown = block(text)
    fence = _fence_of(shown)
    return f"{fence}\n{shown}\n{fence}"


def _fence_of(text: str) -> str:
    return "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))


def _fenced(one: Text, room: int, wanted: Wanted) -> tuple[str, int]:
    """A text in a fence that it cannot close, and how many characters of it are missing."""
    wished = one.text if wanted.full or len(one.text) <= one.characters else one.text[: one.characters].rstrip()
    fence = _fence_of(wished)
    title = f"{one.name} ({one.label}):"
    left = room - most_tokens(title) - 2 * most_tokens(fence) - 5
    if left < _WORTH and most_tokens(wished) > left:
        return "", len(one.text)
    text = wished if most_tokens(wished) <= left else cut_to_most(wished, left)
    return f"{title}\n{fence}\n{text}\n{fence}", len(one.text) - len(text)
