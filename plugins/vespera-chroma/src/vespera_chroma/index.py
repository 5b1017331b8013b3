"""The vector index on Chroma: what the core feeds, and what it asks."""

from __future__ import annotations

from collections.abc import Collection as Bag
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar
from zlib import crc32

import numpy as np

from vespera_chroma.checks import findings
from vespera_chroma.client import Connection
from vespera_chroma.columns import Columns
from vespera_chroma.faults import engine, fault
from vespera_chroma.manifest import MAKING, READY, seal
from vespera_chroma.rows import Sealer, version_of
from vespera_chroma.scope import is_empty, where_of
from vespera_core.errors import Unsupported
from vespera_core.model.query import TaskQuery
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.storage import Finding
from vespera_core.ports.vectors import Neighbour, VectorIndex

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

    from vespera_core.ports.embedder import Matrix

MOST_IDS: Final = 2_000
"""Among how many ids Chroma is asked to look; past that the exact index is quicker."""
_SPARE: Final = 6
"""How many more neighbours are fetched than asked for, so that equal ones at the end come in the order of their ids."""
_PAGE: Final = 5_000
T = TypeVar("T")


class ChromaIndex(VectorIndex, Projection):
    """Task vectors in a Chroma collection, with the values that filters need.

    Tasks in whose text the model recognised nothing are in a second collection, of which only the ids and versions
    matter. Versions that were read once are remembered: nobody else writes here while the core holds the lock.
    """

    needs_vectors: ClassVar[bool] = True

    def __init__(self, folder: Path, connection: Connection) -> None:
        self._folder = folder
        self._connection = connection
        self._lock = RLock()
        self._sealer = Sealer(connection.manifest.dimension)
        self._point = Sealer(1)
        self._known: dict[str, int] = {}
        self._bare: dict[str, int] = {}
        try:
            self._bare.update(self._read_all(connection.bare))
        except BaseException:
            connection.close()
            raise

    # ------------------------------------------------------------ feeding

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        with self._lock:
            held = self._held([*(one.task.task_id for one in batch), *(one.task_id for one in gone)])
            fresh = [one for one in batch if held.get(one.task.task_id, -1) < one.task.version]
            self._delete(fresh, [one.task_id for one in gone if held.get(one.task_id, one.version + 1) <= one.version])
            self._upsert(self._connection.bare, self._point, [one for one in fresh if one.vector is None])
            self._upsert(self._connection.main, self._sealer, [one for one in fresh if one.vector is not None])

    def _delete(self, fresh: Sequence[Projected], gone: Sequence[str]) -> None:
        """Take out what goes, and what is about to change collections: first out, then in, as a crash may come."""
        leaving = [one.task.task_id for one in fresh if one.vector is None and one.task.task_id not in self._bare]
        arriving = [one.task.task_id for one in fresh if one.vector is not None and one.task.task_id in self._bare]
        for collection, ids, memory in (
            (self._connection.main, [*leaving, *gone], self._known),
            (self._connection.bare, [*arriving, *(one for one in gone if one in self._bare)], self._bare),
        ):
            for some in _pages(ids, self._connection.most):
                self._take_out(collection, some, memory)

    def _take_out(self, collection: Collection, ids: list[str], memory: dict[str, int]) -> None:
        if ids:
            with engine("delete tasks"):
                collection.delete(ids=ids)
            for task_id in ids:
                memory.pop(task_id, None)

    def _upsert(self, collection: Collection, sealer: Sealer, fresh: Sequence[Projected]) -> None:
        for some in _pages(fresh, self._connection.most):
            self._put(collection, self._columns(sealer, some))
            self._remember(collection, some)

    def _put(self, collection: Collection, columns: Columns) -> None:
        """Write tasks so that the graph stays whole.

        The engine takes a batch in parallel, and a vector for an id that it has by linking the nodes around anew, in
        place, even where the vector is the same one. A node that is added meanwhile can lose the links that lead to
        it: nothing finds it then. So a vector that did not change is not told again, and one that did becomes a new
        node; the old node stays as a way through.
        """
        memory = self._memory(collection)
        with engine("read vectors"):
            same, others = columns.parted(collection, memory)
        if same.ids:
            with engine("write rows"):
                collection.update(ids=same.ids, metadatas=same.rows)  # type: ignore[arg-type]
        self._take_out(collection, [one for one in others.ids if one in memory], memory)
        if others.ids:
            with engine("write tasks"):
                collection.upsert(ids=others.ids, embeddings=others.vectors, metadatas=others.rows)  # type: ignore[arg-type]

    def _columns(self, sealer: Sealer, some: Sequence[Projected]) -> Columns:
        vectors = sealer.vectors(some) if sealer is self._sealer else _points(some)
        rows = [sealer.row(one, mark) for one, mark in zip(some, sealer.marks(vectors), strict=True)]
        return Columns([one.task.task_id for one in some], vectors, rows)

    def _memory(self, collection: Collection) -> dict[str, int]:
        return self._bare if collection is self._connection.bare else self._known

    def _remember(self, collection: Collection, some: Sequence[Projected]) -> None:
        self._memory(collection).update((one.task.task_id, one.task.version) for one in some)

    def load(self, tasks: Iterable[Projected]) -> int:
        """Fill an empty index, and seal the files that come of it.

        The engine writes its graph out with every batch; at the end it is told never to do so again. A process that
        dies on the way leaves a manifest that says so.
        """
        with self._lock:
            if self._connection.is_server or self.count():
                return super().load(tasks)
            connection = self._connection
            connection.manifest = connection.manifest.write(self._folder, state=MAKING)
            with engine("start a load"):
                connection.remake()
            count = self._filled(iter(tasks))
            with engine("finish a load"):
                connection.settle()
                sealed = seal(self._folder)
                connection.restart()
            connection.manifest = connection.manifest.write(self._folder, state=READY, sealed=sealed)
            return count

    def _filled(self, tasks: Iterator[Projected]) -> int:
        count = 0
        while batch := list(islice(tasks, self._connection.most)):
            self._upsert(self._connection.bare, self._point, [one for one in batch if one.vector is None])
            self._add([one for one in batch if one.vector is not None])
            count += len(batch)
        return count

    def _add(self, batch: Sequence[Projected]) -> None:
        if batch:
            columns = self._columns(self._sealer, batch)
            told = [{name: value for name, value in row.items() if value is not None} for row in columns.rows]
            with engine("load tasks"):
                self._connection.main.add(ids=columns.ids, embeddings=columns.vectors, metadatas=told)  # type: ignore[arg-type]
            self._remember(self._connection.main, batch)

    # ------------------------------------------------------------ what is held

    def versions(self) -> dict[str, int]:
        """Read from the engine's own rows, each against its seal. Raises EngineFault where one is damaged."""
        with self._lock:
            self._known = dict(self._read_all(self._connection.main))
            self._bare = dict(self._read_all(self._connection.bare))
            return {**self._bare, **self._known}

    def _read_all(self, collection: Collection) -> Iterator[tuple[str, int]]:
        with engine("read its rows"):
            total = collection.count()
            found = 0
            while found < total:
                page = collection.get(limit=_PAGE, offset=found, include=["metadatas"])
                found += len(page["ids"])
                yield from ((one, version_of(one, row)) for one, row in zip(*_rows(page), strict=True))
                if not page["ids"]:
                    raise fault(f"Chroma counts {total} tasks and shows {found}.")

    def _held(self, ids: Sequence[str]) -> dict[str, int]:
        """Versions of those ids that are held, from memory where they were read before."""
        missing = [one for one in ids if one not in self._known and one not in self._bare]
        for some in _pages(missing, self._connection.most):
            with engine("read rows"):
                page = self._connection.main.get(ids=some, include=["metadatas"])
            self._known.update((one, version_of(one, row)) for one, row in zip(*_rows(page), strict=True))
        held = {one: self._bare[one] for one in ids if one in self._bare}
        return held | {one: self._known[one] for one in ids if one in self._known}

    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        with self._lock:
            return self._held(ids)

    def count(self) -> int:
        with self._lock, engine("count"):
            return self._connection.main.count() + len(self._bare)

    def check(self) -> list[Finding]:
        with self._lock:
            return findings(self._folder, self._connection, self._sealer)

    # ------------------------------------------------------------ asking

    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Bag[str] | None = None
    ) -> list[Neighbour]:
        where = where_of(scope)
        if among is not None and len(among) > MOST_IDS:
            raise Unsupported(f"Chroma looks among at most {MOST_IDS} ids.", next="Ask the exact index.")
        asked = np.asarray(vector, dtype=np.float32).reshape(-1)
        if limit < 1 or is_empty(scope) or not asked.any():
            return []
        with self._lock:
            chosen = self._findable(among)
            if chosen == []:
                return []
            found = self._ranked(asked, limit, {"where": where, "ids": chosen})
            versions = self._held([one for one, _ in found])
            return [Neighbour(one, likeness, versions[one]) for one, likeness in found]

    def _findable(self, among: Bag[str] | None) -> list[str] | None:
        """Those of the ids that have a vector here: the engine fails over ids that it does not know."""
        if among is None:
            return None
        return [one for one in self._held(list(among)) if one in self._known]

    def _ranked(self, vector: Matrix, limit: int, filters: dict[str, Any]) -> list[tuple[str, float]]:
        """Ids and likenesses, best first; more are fetched while the last ones fetched are as like as the last one."""
        wanted = limit + _SPARE
        with engine("search"):
            while True:
                found = self._found(vector, wanted, filters)
                if len(found) < wanted or found[limit - 1][1] > found[-1][1]:
                    return found[:limit]
                wanted *= 4

    def _found(self, vector: Matrix, wanted: int, filters: dict[str, Any]) -> list[tuple[str, float]]:
        answer = self._connection.main.query(
            query_embeddings=vector[None, :], n_results=wanted, include=["distances"], **filters
        )  # fmt: skip
        distances = (answer["distances"] or [[]])[0]
        pairs = [(one, max(-1.0, min(1.0, 1.0 - far))) for one, far in zip(answer["ids"][0], distances, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _rows(page: Any) -> tuple[list[str], list[Any]]:
    return page["ids"], page["metadatas"] or []


def _points(some: Sequence[Projected]) -> Matrix:
    """A place of its own on a line for each id: tasks without a vector need one that the engine takes."""
    return np.array([[crc32(one.task.task_id.encode()) / 2**32] for one in some], dtype=np.float32)


def _pages(rows: Sequence[T], size: int) -> Iterator[list[T]]:
    return (list(rows[start : start + size]) for start in range(0, len(rows), size))
