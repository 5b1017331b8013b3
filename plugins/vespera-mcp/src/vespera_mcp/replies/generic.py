"""Whatever else: any answer as lines, tables and fenced texts, without what says nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final

from vespera_core.model.basics import Micros
from vespera_core.model.event import Event
from vespera_core.model.public import public
from vespera_core.model.task import Task
from vespera_core.model.times import rfc3339
from vespera_mcp.replies.fencing import cell, fenced
from vespera_mcp.replies.tasks import counted, rank
from vespera_mcp.replies.wanted import Wanted

_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {}, ())
_ROWS: Final = 20
"""Rows of a table where not all are wanted."""
_LONG: Final = 300
"""Characters from which on a text of several lines is fenced where all of it is wanted."""


def anything(answer: Any, wanted: Wanted) -> str:
    """Any answer: `key: value` for what is simple, a table for what is many."""
    shown = plain(answer)
    if isinstance(shown, dict) and isinstance(shown.get("titles"), dict):
        shown = _titled(shown, shown["titles"])
    return counted("", list(_told(shown, wanted, "")) or ["done"], wanted)


def _titled(value: Any, titles: dict[str, str]) -> Any:
    """The same, with titles beside the ids of tasks in place of a table of them."""
    if isinstance(value, dict):
        shown = {key: _titled(one, titles) for key, one in value.items() if key not in ("titles", "position")}
        task_id = value.get("task_id")
        return {**shown, "title": titles[task_id]} if task_id in titles and "title" not in value else shown
    return [_titled(one, titles) for one in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """JSON of an answer, in which tasks and events are told in short."""
    if isinstance(value, Task):
        return {"id": value.task_id, "status": value.status, "priority": rank(value), "title": value.title}
    if isinstance(value, Event):
        return event_facts(value)
    if is_dataclass(value) and not isinstance(value, type):
        shown = public(value) if not _holds_values(value) else None
        return shown if shown is not None else {one.name: _field(value, one) for one in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return value


def _holds_values(value: Any) -> bool:
    """Whether there are values in it that are to be told in short."""
    return any(isinstance(getattr(value, one.name), list | tuple | dict) or is_dataclass(getattr(value, one.name))
               for one in fields(value))  # fmt: skip


def _field(value: Any, spec: Any) -> Any:
    found = getattr(value, spec.name)
    return rfc3339(Micros(found)) if "Micros" in str(spec.type) and isinstance(found, int) else plain(found)


def event_facts(event: Event) -> dict[str, Any]:
    """What an event says in a line."""
    changes = event.payload.get("changes")
    return {
        "seq": event.seq, "at": rfc3339(event.at)[:19] + "Z", "kind": event.kind, "entity": event.entity,
        "actor": event.actor, "changed": ", ".join(changes) if isinstance(changes, dict) else "",
    }  # fmt: skip


def _told(value: Any, wanted: Wanted, name: str) -> Iterator[str]:
    """The lines that tell a value under its name."""
    label = f"{name}: " if name else ""
    if isinstance(value, dict):
        yield from _object(value, wanted, name)
    elif isinstance(value, list):
        yield from _several(value, wanted, name)
    elif isinstance(value, str) and ("\n" in value or len(value) > _LONG):
        shown = value if wanted.is_full else value[: 4 * _LONG]
        yield f"{label}{fenced(shown)}" if not label else f"{label.strip()}\n{fenced(shown)}"
    elif value not in _NOTHING:
        yield f"{label}{_word(value, wanted)}"


def _object(value: dict[str, Any], wanted: Wanted, name: str) -> Iterator[str]:
    simple = {key: one for key, one in value.items() if not isinstance(one, dict | list) and one not in _NOTHING}
    if simple and not _has_text(simple):
        label = f"{name}: " if name else ""
        yield f"{label}{', '.join(f'{cell(key, 60)} {_word(one, wanted)}' for key, one in simple.items())}"
        value = {key: one for key, one in value.items() if key not in simple}
    for key, one in value.items():
        if one not in _NOTHING:
            yield from _told(one, wanted, f"{name}.{cell(key, 60)}" if name else cell(key, 60))


def _several(values: list[Any], wanted: Wanted, name: str) -> Iterator[str]:
    if not values:
        return
    shown = values if wanted.is_full else values[:_ROWS]
    more = f" ({len(values) - len(shown):,} more with detail full)" if len(shown) < len(values) else ""
    if all(isinstance(one, dict) for one in shown):
        yield from _table(shown, wanted, name, more)
    else:
        yield f"{name or 'all'}: {', '.join(_word(one, wanted) for one in shown)}{more}"


def _table(rows: list[dict[str, Any]], wanted: Wanted, name: str, more: str) -> Iterator[str]:
    """Rows with tabs between their cells, under the names of the columns in which any of them says something."""
    columns = [key for key in rows[0] if any(row.get(key) not in _NOTHING for row in rows)]
    yield f"{name or 'rows'}{more}: {', '.join(columns)}"
    for row in rows:
        yield "\t".join(_word(row.get(key), wanted) for key in columns)


def _word(value: Any, wanted: Wanted) -> str:
    """A value within a line."""
    if value in _NOTHING:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return cell(value, None if wanted.is_full else 120)


def _has_text(simple: dict[str, Any]) -> bool:
    return any(isinstance(one, str) and ("\n" in one or len(one) > _LONG) for one in simple.values())
