"""Events about the system itself: what was repaired, and how its health changed. They belong to no task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from vespera_core.model.event import EventDraft, Stamp
from vespera_core.model.jsontext import canonical
from vespera_core.model.query import EventQuery

if TYPE_CHECKING:
    from vespera_core.ports.storage import Storage, UnitOfWork

SYSTEM: Final = "system"
_ENTITY: Final = "~system"
"""No task or project can have this id."""


def record_system(
    storage: Storage, kind: str, payload: Mapping[str, Any], actor: str = "vespera", origin: str = "worker"
) -> int:
    """Write one event about the system; answers its number in the log."""

    def work(unit: UnitOfWork) -> int:
        return recorded(unit, kind, payload, actor, origin)

    return storage.write(work)


def recorded(
    unit: UnitOfWork, kind: str, payload: Mapping[str, Any], actor: str = "vespera", origin: str = "worker"
) -> int:
    """The same, within a unit that does something else as well."""
    unit.stamp = Stamp(actor, origin, canonical({"operation": kind}))
    last = next(iter(unit.event_rows(EventQuery(entity=_ENTITY, newest_first=True, limit=1))), None)
    version = 1 if last is None else last.entity_version + 1
    return unit.append([EventDraft(kind, "", SYSTEM, _ENTITY, version, dict(payload))])[0].seq
