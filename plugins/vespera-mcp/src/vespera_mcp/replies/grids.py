"""Grids: a few lines, then a table of plain values, for the answers that no cursor walks through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vespera_mcp.replies.cells import cell
from vespera_mcp.replies.fitting import table
from vespera_mcp.replies.wanted import Asked

Rows = Iterable[Sequence[Any]]


def grid(head: str | Sequence[str], names: str, rows: Rows, asked: Asked) -> str:
    """A header, the names of the columns, and the rows that the budget holds."""
    lines = ["\t".join(map(_plain, row)) for row in rows]
    first = [head] if isinstance(head, str) else [*head]
    return table([*first, *(["\t".join(names.split())] if lines else [])], lines, asked.wanted)


def grids(head: str | Sequence[str], parts: Sequence[tuple[str, str, Rows]], asked: Asked) -> str:
    """Several tables under each other, each with its title; those without rows are left out."""
    lines = []
    for title, names, rows in parts:
        found = ["\t".join(map(_plain, row)) for row in rows]
        if found:
            lines += [f"{title}: {', '.join(names.split())}" if names else title, *found]
    return table([head] if isinstance(head, str) else head, lines, asked.wanted)


def _plain(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return cell(value, 200) if isinstance(value, str) else str(value)


def counts(found: Mapping[str, int | float]) -> str:
    """Counts by name, on one line."""
    return cell(", ".join(f"{name} {_plain(count)}" for name, count in found.items()), 400)


def named(task_id: str, titles: Mapping[str, str]) -> tuple[str, str]:
    """A task's id and its title, where that is known."""
    return task_id, cell(titles.get(task_id, ""))


def some(ids: Sequence[str], most: int = 8) -> str:
    """Some ids, and how many more there are."""
    more = len(ids) - most
    return ", ".join(ids[:most]) + (f", {more} more" if more > 0 else "")
