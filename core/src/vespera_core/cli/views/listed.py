"""What the views of graphs and plans share: spans of work, bounded lists, and tasks named with their titles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vespera_core.app.graph.wording import span as span  # noqa: PLC0414 - the views find it here
from vespera_core.cli.views.text import clean, count, table

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import Seen

S = TypeVar("S", bound="Seen")

SHOWN: Final = 20
"""How many rows of a list people are shown; programs get all."""

Row = Sequence[Any]


def shift(minutes: int) -> str:
    """A difference: ``+2h``, ``-3d``, or ``none``."""
    return "none" if minutes == 0 else f"+{span(minutes)}" if minutes > 0 else span(minutes)


def percent(share: float) -> str:
    """A share from 0 to 1 as ``76%``; small ones keep what tells them from nothing."""
    return f"{100 * share:.0f}%" if share >= 0.1 or share == 0 else f"{100 * share:.2g}%"


def bounded(rows: Sequence[Row], shown: int = SHOWN, heading: Row | None = None, more: str = "--json lists all") -> str:
    """The first rows as a table, and how many there are besides."""
    body = table([*([heading] if heading else []), *rows[:shown]])
    rest = len(rows) - shown
    return f"{body}\n  and {rest:,} more: {more}" if rest > 0 else body


def named(ids: Sequence[str], titles: Mapping[str, str], shown: int = SHOWN) -> str:
    """Tasks by id and title, bounded."""
    return bounded([(one, titles.get(one, "")) for one in ids], shown)


def section(heading: str, body: str) -> list[str]:
    """A heading and what stands below it; nothing for nothing."""
    return [f"{heading}:", body] if body else []


def left_out(circular: Sequence[str]) -> list[str]:
    """What to say of tasks that wait for themselves, and so have no place in any plan."""
    if not circular:
        return []
    verb = "waits" if len(circular) == 1 else "wait"
    text = f"Left out: {count(len(circular), 'task')} that {verb} for themselves; see 'vespera graph cycles'."
    return [text.replace("that waits for themselves", "that waits for itself")]


def lines(*parts: str | Iterable[str]) -> str:
    """Lines and lists of lines, as one text."""
    found: list[str] = []
    for part in parts:
        found.extend([part] if isinstance(part, str) else part)
    return "\n".join(found)


def noted(view: Callable[[S], str]) -> Callable[[S], str]:
    """The same view, with a note where another graph than the configured one answered."""

    @wraps(view)
    def shown(answer: S) -> str:
        reason = answer.stand_in_reason
        return view(answer) + (f"\n  note: the graph of this process answered: {clean(reason)}" if reason else "")

    return shown
