"""A real plugin in little: a model that hashes words, and indexes that keep a SQLite file.

Some titles make trouble, as a bug in an engine would: see `TROUBLE`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vespera_core.hookspecs import hookimpl
from vespera_core.model.query import TaskQuery
from vespera_core.ports.embedder import Embedder
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.storage import Finding
from vespera_core.ports.vectors import Neighbour, VectorIndex

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

DIMENSION = 32
TROUBLE = {"POISON": "raises", "CRASH": "ends the process", "HANG": "takes a second"}


class Hashing(Embedder):
    """Each word adds to one number."""

    def __init__(self, model: str) -> None:
        self._model = model

    @property
    def model_id(self) -> str:
        return self._model

    @property
    def dimension(self) -> int:
        return DIMENSION

    def embed(self, texts: Sequence[str]) -> Matrix:
        rows = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[blake2b(word.encode(), digest_size=1).digest()[0] % DIMENSION] += 1
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        made: Matrix = (rows / np.where(norms > 0, norms, 1)).astype(np.float32)
        return made


class Tiny(Projection):
    """The titles of live tasks in a SQLite file, flushed with every call that writes."""

    def __init__(self, folder: Path, settings: dict[str, Any] | None = None) -> None:
        self._folder = folder
        self._settings = settings or {}
        self._file = sqlite3.connect(folder / "tiny.db", check_same_thread=False, isolation_level=None)
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS held (id TEXT PRIMARY KEY, version INT, title TEXT, vector BLOB)"
        )

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            for one in batch:
                self._hold(one)
            self._file.executemany("DELETE FROM held WHERE id = ?", [(one.task_id,) for one in gone])
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def _hold(self, one: Projected) -> None:
        task = one.task
        _trouble(task.title)
        if (self._folder / "full").exists() or (self._folder.parents[1] / "full").exists():
            raise OSError(28, "No space left on device")
        self._file.execute(
            "INSERT INTO held VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version,"
            " title = excluded.title, vector = excluded.vector WHERE excluded.version > held.version",
            (task.task_id, task.version, task.title, one.vector),
        )

    def versions(self) -> dict[str, int]:
        return dict(self._file.execute("SELECT id, version FROM held"))

    def check(self) -> list[Finding]:
        said = self._file.execute("PRAGMA quick_check(1)").fetchone()[0]
        return [Finding("tiny", "ok" if said == "ok" else "damage", said)]

    def content(self) -> list[tuple[Any, ...]]:
        """Everything that is held, sorted."""
        return sorted(self._file.execute("SELECT id, version, title, vector FROM held"))

    def close(self) -> None:
        self._file.close()


def _trouble(title: str) -> None:
    words = title.split()
    if "POISON" in words:
        raise ValueError("this cannot be taken")
    if "CRASH" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    if "HANG" in words:
        time.sleep(1)


class TinyVectors(Tiny, VectorIndex):
    """The same with vectors, searched one by one."""

    needs_vectors = True

    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Collection[str] | None = None
    ) -> list[Neighbour]:
        rows = self._file.execute("SELECT id, vector, version FROM held WHERE vector IS NOT NULL")
        found = [Neighbour(one, float(np.frombuffer(kept, "<f4") @ vector), version) for one, kept, version in rows]
        allowed = found if among is None else [one for one in found if one.task_id in among]
        return sorted(allowed, key=lambda one: (-one.likeness, one.task_id))[:limit]

    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        return {one: version for one, version in self.versions().items() if one in ids}

    def count(self) -> int:
        return len(self.versions())


def open_embedder(settings: dict[str, Any], _context: OpenContext) -> Embedder:
    return Hashing(settings["model"])


def open_tiny(settings: dict[str, Any], context: OpenContext) -> Projection:
    assert context.folder is not None
    return Tiny(context.folder, settings)


def open_vectors(settings: dict[str, Any], context: OpenContext) -> VectorIndex:
    assert context.folder is not None
    assert (context.dimension, bool(context.model)) == (DIMENSION, True)
    return TinyVectors(context.folder, settings)


@hookimpl
def vespera_embedders() -> Provider[Embedder]:
    return Provider(name="hashing", summary="Hashes words.", open=open_embedder, settings={"model": "hashing@1"})


@hookimpl
def vespera_vector_indexes() -> Iterable[Provider[VectorIndex]]:
    yield Provider(name="tiny", summary="A file.", open=open_vectors)
    yield Provider(name="apart", summary="A file, in a child process.", open=open_vectors, isolated=True)


@hookimpl
def vespera_projections() -> Iterable[Provider[Projection]]:
    yield Provider(name="tiny", summary="Titles in a file.", open=open_tiny)
    yield Provider(name="apart", summary="Titles in a file, in a child process.", open=open_tiny, isolated=True)
