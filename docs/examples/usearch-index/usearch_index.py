"""A vector index on usearch: what it holds lies in a SQLite file, and a graph of it in memory finds what is near."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar

from vespera_core.errors import Unsupported
from vespera_core.hookspecs import hookimpl
from vespera_core.model.query import TaskQuery
from vespera_core.ports.capabilities import APPROXIMATE, DURABLE, FILTERS
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.vectors import Neighbour, VectorIndex

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

TABLE = "CREATE TABLE IF NOT EXISTS held (key INTEGER PRIMARY KEY, task_id TEXT UNIQUE, version INTEGER, vector BLOB)"
SPARE = 10  # neighbours beyond those asked for, since equal ones come in the order of their ids


@hookimpl
def vespera_vector_indexes() -> Provider[VectorIndex]:
    return Provider(
        name="usearch",
        summary="usearch: approximate nearest neighbours (HNSW) in memory, kept in a SQLite file.",
        open=lambda _settings, context: UsearchIndex(context),
        capabilities=frozenset({DURABLE, APPROXIMATE, FILTERS}),
    )


class UsearchIndex(VectorIndex, Projection):
    """Fed by the core. The file is the truth, and what is in memory follows from it."""

    needs_vectors: ClassVar[bool] = True

    def __init__(self, context: OpenContext) -> None:
        from usearch.index import Index

        if context.folder is None or context.storage is None:
            raise Unsupported("usearch needs a folder of its own.", next="Keep the ledger in a workspace on the disk.")
        self._storage, self._lock = context.storage, RLock()
        self._file = sqlite3.connect(context.folder / "vectors.sqlite", check_same_thread=False)
        self._file.execute(TABLE)
        self._near = Index(ndim=context.dimension, metric="ip", dtype="f32", connectivity=32, expansion_add=256)
        self._keys: dict[str, int] = {}
        self._held: dict[int, tuple[str, int]] = {}
        self._take_in(self._file.execute("SELECT key, task_id, version, vector FROM held ORDER BY key").fetchall())

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        fresh = 1 + max(self._held, default=0)
        rows = [(key, one.task.task_id, one.task.version, one.vector) for key, one in enumerate(batch, fresh)]
        leaving = [*(one.task.task_id for one in batch), *(one.task_id for one in gone)]
        with self._lock, self._file:  # one transaction: all of it is on the disk when the block ends, or nothing
            self._file.executemany("DELETE FROM held WHERE task_id = ?", [(one,) for one in leaving])
            self._file.executemany("INSERT INTO held VALUES (?, ?, ?, ?)", rows)
            for key in [self._keys.pop(one) for one in leaving if one in self._keys]:
                del self._held[key]
                self._near.remove(key)
            self._take_in(rows)

    def _take_in(self, rows: Sequence[tuple[int, str, int, bytes | None]]) -> None:
        """Into memory. A task in whose text the model recognised nothing has no vector: it is held, and never near."""
        import numpy as np

        if known := {key: vector for key, _, _, vector in rows if vector is not None}:
            matrix = np.frombuffer(b"".join(known.values()), dtype="<f4").reshape(-1, self._near.ndim)
            self._near.add(np.fromiter(known, dtype=np.uint64), matrix, threads=1)
        self._keys.update((task_id, key) for key, task_id, _, _ in rows)
        self._held.update((key, (task_id, version)) for key, task_id, version, _ in rows)

    def versions(self) -> dict[str, int]:
        with self._lock:
            return dict(self._file.execute("SELECT task_id, version FROM held"))

    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        with self._lock:
            return {one: self._held[self._keys[one]][1] for one in ids if one in self._keys}

    def count(self) -> int:
        return len(self._keys)

    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Collection[str] | None = None
    ) -> list[Neighbour]:
        ids = self._fitting(scope, among)
        with self._lock:
            keys = self._held.keys() if ids is None else {self._keys[one] for one in ids if one in self._keys}
            wanted = limit + SPARE
            while wanted < len(keys):  # where few fit, all of them are compared instead
                near = self._ranked(vector, keys & set(self._near.search(vector, wanted).keys.tolist()))
                if len(near) > limit > 0 and near[limit - 1].likeness > near[-1].likeness:
                    return near[:limit]
                wanted *= 4
            return self._ranked(vector, keys)[: max(limit, 0)]

    def _fitting(self, scope: TaskQuery | None, among: Collection[str] | None) -> set[str] | None:
        """The ids that may be answered with, of which the store knows which fit; None for all."""
        ids = None if among is None else set(among)
        if scope is None or scope == TaskQuery(sort=scope.sort, limit=scope.limit, counted=scope.counted):
            return ids
        with self._storage.read() as reader:
            fitting = set() if scope.deleted else set(reader.ids(scope))
        return fitting if ids is None else fitting & ids

    def _ranked(self, vector: Matrix, keys: Collection[int]) -> list[Neighbour]:
        """Compared one by one, best first; equal ones in the order of their ids."""
        vectors: Any = self._near.get(list(keys)) if keys else ()
        known = [(*self._held[key], row @ vector) for key, row in zip(keys, vectors, strict=True) if row is not None]
        near = [Neighbour(task_id, round(float(likeness), 6), version) for task_id, version, likeness in known]
        return sorted(near, key=lambda one: (-one.likeness, one.task_id))

    def close(self) -> None:
        self._file.close()
