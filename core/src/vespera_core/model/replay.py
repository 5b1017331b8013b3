"""Replay: from events to state. The log alone gives back every task and project as it stood at any moment."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from vespera_core.model.event import Event
from vespera_core.model.project import Project
from vespera_core.model.task import DEFAULTS, FIELDS, Relation, Task

_VALUES: Final = attrgetter(*FIELDS)
_USUAL: Final = tuple(DEFAULTS.get(name) for name in FIELDS)


def described(task: Task) -> dict[str, Any]:
    """What a ``task.created`` event says of a task: every field that is not at its default."""
    facts = {
        name: value
        for name, value, usual in zip(FIELDS, _VALUES(task), _USUAL, strict=True)
        if value is not usual and value != usual
    }
    facts.pop("version", None)
    if task.relations:
        facts["relations"] = [list(relation) for relation in task.relations]
    if task.tags:
        facts["tags"] = list(task.tags)
    return facts


def plain(name: str, value: Any) -> Any:
    """A field's value as events carry it."""
    if name == "relations":
        return [list(relation) for relation in value]
    return list(value) if isinstance(value, tuple) else value


def _typed(name: str, value: Any) -> Any:
    if name == "relations":
        return tuple(Relation(kind, target) for kind, target in value)
    return tuple(value) if name == "tags" else value


def fold_task(task: Task | None, event: Event) -> Task:
    """The task after `event`, from the task before it (None before its creation)."""
    payload = event.payload
    if task is None:
        facts = {name: _typed(name, value) for name, value in payload["task"].items()}
        defaults = {"created_at": event.at, "updated_at": event.at, "created_by": event.actor}
        return Task(**{**defaults, **facts, "version": event.entity_version})
    changes = {name: _typed(name, new) for name, (_, new) in payload.get("changes", {}).items()}
    changes.setdefault("updated_at", event.at)
    relations = changes.get("relations", task.relations)
    if "removed" in payload or "added" in payload:
        gone = {Relation(*pair) for pair in payload.get("removed", ())}
        kept = [relation for relation in relations if relation not in gone]
        relations = tuple(sorted({*kept, *(Relation(*pair) for pair in payload.get("added", ()))}))
    return task.evolve(**{**changes, "relations": relations, "version": event.entity_version})


def fold_project(project: Project | None, event: Event) -> Project:
    """The project after `event`, from the project before it (None before its creation)."""
    if project is None:
        defaults = {"created_at": event.at, "updated_at": event.at, "created_by": event.actor}
        return Project(**{**defaults, **event.payload["project"], "version": event.entity_version})
    values = {name: getattr(project, name) for name in Project.__dataclass_fields__}
    values.update({name: new for name, (_, new) in event.payload.get("changes", {}).items()})
    return Project(**{**values, "updated_at": event.at, "version": event.entity_version})
