"""Changes that a what-if makes to its fork, and how they are read from JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import MAX_WORD, Micros, check_id, check_moment, check_text, check_word
from vespera_core.model.record import record
from vespera_core.model.task import parse_priority
from vespera_core.model.times import parse_moment

_OF_TASK: Final = ("depends_on", "parent_id", "project_id", "type", "estimate_minutes", "priority", "role", "assignee",
                   "defer_until")  # fmt: skip

KINDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "complete": ((), ()),
    "cancel": ((), ()),
    "delete": ((), ()),
    "add_task": ((), _OF_TASK),
    "add_dependency": (("depends_on",), ()),
    "remove_dependency": (("depends_on",), ()),
    "set_estimate": (("estimate_minutes",), ()),
    "delay": (("minutes",), ()),
    "set_priority": (("priority",), ()),
    "set_role": (("role",), ()),
    "set_assignee": (("assignee",), ()),
    "defer": (("defer_until",), ()),
}
"""The kinds of changes, with the fields that each must have and may have beside `kind` and `task_id`.

``delete`` takes what hangs below along. ``delay`` makes a task's work longer by `minutes`. None clears an estimate, a
role, an assignee and a deferral.
"""

MOST_CHANGES: Final = 10_000
_MOST_MINUTES: Final = 52_560_000


@record(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: a kind of `KINDS` with the fields that it takes; the others stay as they are here."""

    kind: str
    task_id: str
    depends_on: tuple[str, ...] = ()
    parent_id: str | None = None
    project_id: str | None = None
    type: str | None = None
    estimate_minutes: int | None = None
    minutes: int | None = None
    priority: str | None = None
    role: str | None = None
    assignee: str | None = None
    defer_until: Micros | None = None


def parse_changes(items: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Read changes from JSON objects such as ``{"kind": "delay", "task_id": "app-7", "minutes": 90}``.

    `depends_on` is an id or a list of ids, `defer_until` RFC 3339 text or `Micros`, `priority` a word or number.
    Raises InvalidInput that names the change (from 0) and what is wrong with it: unknown kinds and fields are refused.
    """
    if isinstance(items, str | bytes | Mapping) or not isinstance(items, Sequence):
        raise InvalidInput("changes must be a list of JSON objects.", field="changes")
    if len(items) > MOST_CHANGES:
        raise InvalidInput(f"At most {MOST_CHANGES:,} changes are tried at once.", field="changes")
    return tuple(_numbered(index, item) for index, item in enumerate(items))


def _numbered(index: int, item: object) -> Change:
    try:
        return _change(item)
    except InvalidInput as error:
        raise InvalidInput(f"change {index}: {error.message}", field="changes", index=index) from None


def _change(item: object) -> Change:
    if not isinstance(item, Mapping):
        raise InvalidInput(f"it must be a JSON object, not {type(item).__name__}.")
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidInput(f"kind {kind!r} is unknown; it is one of: {', '.join(KINDS)}.")
    needed, allowed = ("task_id", *KINDS[kind][0]), KINDS[kind][1]
    missing = [name for name in needed if name not in item]
    if missing:
        raise InvalidInput(f"{kind} needs {' and '.join(missing)}.")
    unknown = sorted(str(name) for name in item if name not in ("kind", *needed, *allowed))
    if unknown:
        raise InvalidInput(f"{kind} does not take {', '.join(unknown)}; it takes: {', '.join((*needed, *allowed))}.")
    return Change(kind=kind, **{name: _READERS[name](value) for name, value in item.items() if name != "kind"})


def _ids(value: object) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not found:
        raise InvalidInput("depends_on must be an id or a list of ids.")
    return tuple(dict.fromkeys(check_id("depends_on", one) for one in found))


def _minutes(field: str) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_MINUTES:
            raise InvalidInput(f"{field} must be a whole number of minutes, 0 to {_MOST_MINUTES:,}; got {value!r}.")
        return value

    return read


def _moment(value: object) -> Micros:
    return parse_moment(value, "defer_until") if isinstance(value, str) else check_moment("defer_until", value)


def _or_none(read: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda value: None if value is None else read(value)


def _word(field: str) -> Callable[[object], Any]:
    return _or_none(lambda value: check_text(field, value, MAX_WORD, empty=False))


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "task_id": lambda value: check_id("task_id", value),
    "depends_on": _ids,
    "parent_id": _or_none(lambda value: check_id("parent_id", value)),
    "project_id": _word("project_id"),
    "type": _or_none(lambda value: check_word("type", value)),
    "estimate_minutes": _or_none(_minutes("estimate_minutes")),
    "minutes": _minutes("minutes"),
    "priority": parse_priority,
    "role": _word("role"),
    "assignee": _word("assignee"),
    "defer_until": _or_none(_moment),
}
