"""Broken stores of entities: the memory store with one mistake each, none of which a task or a project would show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from conformance.mutants import Mutant, reader, unit
from vespera_core.builtin.memory.store import MemoryReader, MemoryUnit
from vespera_core.model.entity import Entity
from vespera_core.model.event import EventRow
from vespera_core.ports.entities import entity_row
from vespera_core.ports.storage import Reader


class DropsOneOnReopen(Mutant):
    """What was written last is not on the disk when the store is opened again."""

    def reopened(self) -> Mutant:
        other = super().reopened()
        if other._state.entities:
            other._state.entities.popitem()
        return other


@unit
class IgnoresTheirVersions(MemoryUnit):
    """The last writer of an entity wins, whatever it has read."""

    def put_entity(self, old: Entity | None, new: Entity) -> None:
        super().put_entity(self.entity(new.kind, new.entity_id), new)


@unit
class MakesWhatIsNotThere(MemoryUnit):
    """An update of an entity that nobody made makes it."""

    def put_entity(self, old: Entity | None, new: Entity) -> None:
        super().put_entity(old if self.entity(new.kind, new.entity_id) else None, new)


@unit
class ForgetsToChangeTheirData(MemoryUnit):
    """An update writes what is found by index, and not the rest."""

    def put_entity(self, old: Entity | None, new: Entity) -> None:
        super().put_entity(old, new if old is None else replace(new, data=old.data))


@reader
class HandsOutLiveEntities(MemoryReader):
    """The same entity object is given to everyone."""

    objects: ClassVar[dict[Any, Entity]] = {}

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        found = super().entities(kind, ids, **filters)
        return [self.objects.setdefault((id(self._state), entity_row(one)), one) for one in found]


class StaleIndex(Mutant):
    """One of the two columns that are found by index is indexed when an entity is made, and never again."""

    column: ClassVar[str]

    def __init__(self, clock: Any) -> None:
        super().__init__(clock)
        self.indexed: dict[tuple[str, str], str] = {}

    def reopened(self) -> Mutant:
        other = super().reopened()
        vars(other)["indexed"] = self.indexed
        return other

    def reader(self, state: Any) -> Reader:
        return _by_index(_IndexedReader(state), self)

    def unit(self, state: Any, clock: Any) -> MemoryUnit:
        return _by_index(_IndexedUnit(state, clock), self)


def _by_index(made: Any, store: StaleIndex) -> Any:
    made.index, made.column = store.indexed, store.column
    return made


class _IndexedReader(MemoryReader):
    index: dict[tuple[str, str], str]
    column: str

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        wanted = filters.pop(self.column, None)
        states = (wanted,) if isinstance(wanted, str) else wanted
        found = super().entities(kind, ids, **filters)
        return [one for one in found if states is None or self.index[one.kind, one.entity_id] in states]


class _IndexedUnit(_IndexedReader, MemoryUnit):
    def put_entity(self, old: Entity | None, new: Entity) -> None:
        super().put_entity(old, new)
        self.index.setdefault((new.kind, new.entity_id), getattr(new, self.column))


class IndexesTheFirstOwner(StaleIndex):
    """An entity is found by the owner that it was made with."""

    column = "owner"


class IndexesTheFirstState(StaleIndex):
    """An entity is found by the state that it was made in."""

    column = "state"


@reader
class TakesTheFirstOfTheirStates(MemoryReader):
    """Of several states to filter by, the first counts."""

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        state = filters.pop("state", None)
        return super().entities(kind, ids, **filters, state=state[:1] if isinstance(state, tuple) else state)


@reader
class TakesNoStateForAny(MemoryReader):
    """No states at all to filter by are taken for no filter."""

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        return super().entities(kind, ids, **filters | {"state": filters.get("state") or None})


@reader
class TakesNobodyForAnybody(MemoryReader):
    """What belongs to nobody, or to no project, cannot be asked for: the empty word is taken for no filter."""

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        narrowed = {name: value for name, value in filters.items() if value != ""}
        return super().entities(kind, ids, **narrowed)


@reader
class SortsThemByIdAlone(MemoryReader):
    """Kinds are mixed in a list of all."""

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        return sorted(super().entities(kind, ids, **filters), key=lambda one: (one.entity_id, one.kind))


@reader
class ListsThemAsAskedFor(MemoryReader):
    """Entities come in the order of the ids that were asked for, twice where one was asked for twice."""

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        found = super().entities(kind, ids, **filters)
        return found if ids is None else [one for name in ids for one in found if one.entity_id == name]


@reader
class NeverListsThemAll(MemoryReader):
    """Without a kind nothing is found, so that no digest, no replay and no doctor sees an entity."""

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        return [] if kind is None else super().entities(kind, ids, **filters)


@reader
class MixesTheirKinds(MemoryReader):
    """An id is taken to be one in all the ledger."""

    def entities(self, kind: str | None, ids: Sequence[str] | None = None, **filters: Any) -> list[Entity]:
        return super().entities(None if ids is not None else kind, ids, **filters)


class KeepsThemOfFailedUnits(Mutant):
    """The tables of a failed work are taken back, all but the one of entities."""

    def take_back(self) -> None:
        kept = dict(self._state.entities)
        self._state.rollback()
        self._state.entities.update(kept)


@unit
class LosesTheirLines(MemoryUnit):
    """Only the first event of an entity reaches the log."""

    def insert_events(self, rows: Sequence[EventRow]) -> None:
        super().insert_events([row for row in rows if row.entity_type != "run" or row.entity_version == 1])
