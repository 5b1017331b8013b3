"""Public JSON: how values are shown to people and programs. Times become RFC 3339, relations become lists of ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Final

from vespera_core.model.event import Event
from vespera_core.model.sensitive import SENSITIVE
from vespera_core.model.sensitive import shown as without_refs
from vespera_core.model.task import DEPENDS_ON, FIELDS, TIME_FIELDS, Task
from vespera_core.model.times import rfc3339

HIDDEN: Final = frozenset({"relations", "delete_batch", "lease_seconds"})
"""Fields of a task that are not shown as they are: relations are shown in two parts, the others concern nobody."""
_PLAIN: Final = tuple(name for name in FIELDS if name not in HIDDEN and name not in TIME_FIELDS)
_PLAIN_VALUES: Final = attrgetter(*_PLAIN)
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


def public(value: Any) -> Any:
    """JSON of any value that an operation answers with."""
    kind: Any = type(value)
    if kind in _SCALARS:
        return value
    return _way(kind)(value)


@cache
def _way(kind: type) -> Callable[[Any], Any]:
    """How values of a type are shown."""
    if issubclass(kind, Task):
        return task_json
    if issubclass(kind, Event):
        return event_json
    if is_dataclass(kind):
        return _record_json
    if issubclass(kind, dict):
        return _dict_json
    return _list_json if issubclass(kind, list | tuple) else _as_it_is


def _record_json(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    return {name: _shown(getattr(value, name), moment) for name, moment in _parts(kind)}


def _dict_json(value: dict[Any, Any]) -> dict[Any, Any]:
    return {key: public(item) for key, item in value.items()}


def _list_json(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    return [public(item) for item in value]


def _as_it_is(value: Any) -> Any:
    return value


def _shown(value: Any, moment: bool) -> Any:
    return rfc3339(value) if moment and value is not None else public(value)


@cache
def _parts(kind: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a dataclass, and whether each is a moment."""
    return tuple((spec.name, "Micros" in str(spec.type)) for spec in fields(kind))


def task_json(task: Task) -> dict[str, Any]:
    """A task with every public field: null for what is not set, lists for what is empty."""
    shown: dict[str, Any] = dict(zip(_PLAIN, _PLAIN_VALUES(task), strict=True))
    shown["tags"] = list(task.tags)
    if SENSITIVE in task.metadata:
        shown["metadata"] = without_refs(task.metadata)
    for name in TIME_FIELDS:
        at = getattr(task, name)
        shown[name] = None if at is None else rfc3339(at)
    shown["depends_on"] = list(task.depends_on)
    shown["relations"] = [
        {"kind": relation.kind, "task_id": relation.target}
        for relation in task.relations
        if relation.kind != DEPENDS_ON
    ]
    return shown


def event_json(event: Event) -> dict[str, Any]:
    """A line of the log; times among the changed fields are shown as times."""
    shown: dict[str, Any] = {name: getattr(event, name) for name in Event.__dataclass_fields__}
    shown["at"] = rfc3339(event.at)
    shown["payload"] = _payload_json(event.payload)
    return shown


def _payload_json(payload: dict[str, Any]) -> dict[str, Any]:
    shown = dict(payload)
    for key in ("task", "project"):
        if isinstance(shown.get(key), dict):
            shown[key] = {name: _shown(value, _is_time(name)) for name, value in shown[key].items()}
    if isinstance(shown.get("changes"), dict):
        shown["changes"] = {
            name: [_shown(one, _is_time(name)) for one in pair] for name, pair in shown["changes"].items()
        }
    return shown


def _is_time(name: str) -> bool:
    return name in TIME_FIELDS
