"""Broken vector indexes: a small sound one that keeps a file, and heirs of it with one mistake each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from testkit.broken.naming import name_of
from vespera_core.errors import Unsupported
from vespera_core.model.query import TaskQuery
from vespera_core.ports.capabilities import APPROXIMATE, DURABLE, FILTERS
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.storage import Storage
from vespera_core.ports.vectors import Neighbour, VectorIndex

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

Row = tuple[int, list[float]]


class Sound(Projection, VectorIndex):
    """Every vector in a file of JSON; filters are asked of the primary store."""

    needs_vectors = True
    claims: ClassVar[frozenset[str]] = frozenset({DURABLE, FILTERS})

    def __init__(self, folder: Path, storage: Storage) -> None:
        self._path = folder / "vectors.json"
        self._storage = storage
        self._rows: dict[str, Row] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        rows = dict(self._rows)
        for one in batch:
            rows[one.task.task_id] = self.row(one)
        for task_id, _ in gone:
            rows.pop(task_id, None)
        self._rows = rows
        self.save()

    def row(self, one: Projected) -> Row:
        """What is held of a task."""
        return one.task.version, np.frombuffer(one.vector or b"", "<f4").tolist()

    def save(self) -> None:
        """Write everything."""
        self._path.write_text(json.dumps(self._rows))

    def versions(self) -> dict[str, int]:
        return {task_id: version for task_id, (version, _) in self._rows.items()}

    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Collection[str] | None = None
    ) -> list[Neighbour]:
        fitting = self.fitting(scope)
        rows = [(one, *row) for one, row in self._rows.items() if row[1] and (fitting is None or one in fitting)]
        found = [Neighbour(one, float(np.float32(held) @ vector), version) for one, version, held in rows]
        asked = [one for one in found if among is None or one.task_id in among]
        return sorted(asked, key=self.place)[: max(0, limit)]

    def place(self, one: Neighbour) -> Any:
        """Where a neighbour stands."""
        return -round(one.likeness, 6), one.task_id

    def fitting(self, scope: TaskQuery | None) -> set[str] | None:
        """The ids that a filter lets through."""
        if scope is None:
            return None
        with self._storage.read() as reader:
            return set() if scope.deleted else set(reader.ids(scope))

    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        return {one: self._rows[one][0] for one in ids if one in self._rows}

    def count(self) -> int:
        return len(self._rows)


class RecallsTooLittle(Sound):
    """Misses every tenth, and promises 95 of 100."""

    claims = frozenset({DURABLE, FILTERS, APPROXIMATE})

    def nearest(self, *args: Any, **narrowed: Any) -> list[Neighbour]:
        found = super().nearest(args[0], 1000, **narrowed)
        return [one for place, one in enumerate(found) if place % 10 != 3][: args[1]]


class HidesThatItIsApproximate(RecallsTooLittle):
    """The same, and promises all."""

    claims = frozenset({DURABLE, FILTERS})


class SavesAtTheEnd(Sound):
    """Writes its file when it is closed."""

    def save(self) -> None:
        pass

    def close(self) -> None:
        super().save()


class DropsOneOnReopen(Sound):
    """The last vector of the file is not read."""

    def __init__(self, folder: Path, storage: Storage) -> None:
        super().__init__(folder, storage)
        if self._rows:
            self._rows.popitem()


class KeepsTheDeleted(Sound):
    """What is gone stays."""

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        super().apply(batch, ())


class PassesOverFilters(Sound):
    """Finds whatever is near, asked for or not."""

    def fitting(self, scope: TaskQuery | None) -> set[str] | None:
        return None


class RefusesWhatItPromises(Sound):
    """Says that it applies every filter, and refuses one."""

    def fitting(self, scope: TaskQuery | None) -> set[str] | None:
        if scope is not None and scope.tags:
            raise Unsupported("No tags here.", capability=FILTERS)
        return super().fitting(scope)


class DoesMoreThanItSays(Sound):
    """Applies every filter without saying so: nobody would ask it."""

    claims = frozenset({DURABLE})


class KnowsOneVersion(Sound):
    """Every task is held at its first version."""

    def row(self, one: Projected) -> Row:
        return 1, super().row(one)[1]


class BreaksTiesBackwards(Sound):
    """Equal ones come in no order that is the same everywhere."""

    def place(self, one: Neighbour) -> Any:
        return -round(one.likeness, 6), one.task_id[::-1]


class IsNeitherFedNorDirect(Sound):
    """Does not say whether it is to be fed."""

    claims = frozenset({FILTERS})


def opened(broken: type[Sound], _settings: dict[str, Any], context: OpenContext) -> VectorIndex:
    """The index of a folder."""
    assert context.folder is not None
    assert context.storage is not None
    return broken(context.folder, context.storage)


def providers() -> Iterator[Provider[VectorIndex]]:
    """Each with the capabilities that it claims."""
    for broken in (
        Sound, RecallsTooLittle, HidesThatItIsApproximate, SavesAtTheEnd, DropsOneOnReopen, KeepsTheDeleted,
        PassesOverFilters, RefusesWhatItPromises, DoesMoreThanItSays, KnowsOneVersion, BreaksTiesBackwards,
        IsNeitherFedNorDirect,
    ):  # fmt: skip
        yield Provider(
            name=name_of(broken),
            summary=(broken.__doc__ or "").partition("\n")[0],
            open=partial(opened, broken),
            capabilities=broken.claims,
        )
