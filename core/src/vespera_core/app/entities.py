"""Writing an entity: its row and its event, together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.entity import CHANGEABLE, Entity, entity_facts
from vespera_core.model.event import EventDraft
from vespera_core.model.jsontext import canonical
from vespera_core.ports.storage import UnitOfWork


def written_entity(work: UnitOfWork, old: Entity | None, new: Entity, kind: str, more: dict[str, Any]) -> Entity:
    """What `Unit.put_entity` does. Raises InvalidInput where `new` is another entity than `old`."""
    now = Micros(work.now)
    if old is None:
        new = replace(new, version=1, created_at=now, updated_at=now)
        payload: dict[str, Any] = {"entity": entity_facts(new)}
    else:
        _check_same(old, new)
        changes = _changes(old, new)
        if not (changes or more):
            return old
        new = replace(new, version=old.version + 1, created_at=old.created_at, updated_at=now)
        payload = {"changes": changes} if changes else {}
    work.put_entity(old, new)
    work.append([EventDraft(kind, new.project_id, new.kind, new.entity_id, new.version, payload | more)])
    return new


def _check_same(old: Entity, new: Entity) -> None:
    for name in ("kind", "entity_id", "project_id"):
        if getattr(old, name) != getattr(new, name):
            raise InvalidInput(f"The {name} of an entity stays what it is: {getattr(old, name)!r}.", field=name)


def _changes(old: Entity, new: Entity) -> dict[str, list[Any]]:
    """Fields that differ, as [old, new]; compared as JSON, where true is not 1."""
    pairs = {name: [getattr(old, name), getattr(new, name)] for name in CHANGEABLE}
    return {name: pair for name, pair in pairs.items() if _differ(*pair)}


def _differ(value: Any, other: Any) -> bool:
    return bool(value != other) or (isinstance(value, dict) and canonical(value) != canonical(other))
