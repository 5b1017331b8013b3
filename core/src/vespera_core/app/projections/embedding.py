"""Embeddings kept in step with the log: for every live task the vector of its texts, in the primary store.

A vector belongs to a text, not to a task: texts are embedded once, whatever happens to the tasks that have them. A
model that is new here starts with a walk over all live tasks; after that the log says what changed. Each batch is one
transaction of vectors, marks and the checkpoint, so any number of processes may do this at once, and be killed at it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vespera_core.app.observing import causes, observed
from vespera_core.app.projections.documents import Texts, authors, joined, texts_of
from vespera_core.app.projections.standing import Standing
from vespera_core.errors import EmbedderFault, StoreFault
from vespera_core.model.event import TASK
from vespera_core.model.query import EventQuery, TaskQuery, read_cursor
from vespera_core.model.task import Task
from vespera_core.ports.observer import Activity
from vespera_core.ports.storage import Embedding, Reader, UnitOfWork, VectorMark

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.embedder import Embedder, Matrix

SPACE: Final = "projection"
_FIRST: Final = 100
_LARGEST: Final = 1_000
_BRISK, _SLOW = 0.25, 0.5
"""A batch that took fewer seconds than the first may double, one that took more than the second is halved."""
_PARALLEL: Final = 32
"""Texts that are worth a thread of their own."""


class Checkpoint(NamedTuple):
    """How far a model is: events up to `position` are in, and in the first walk (`scan`) tasks up to a cursor."""

    position: int
    scan: str | None
    authors: str

    @property
    def reach(self) -> tuple[bool, int, list[Any]]:
        """What grows with progress."""
        return self.scan is None, self.position, read_cursor(self.scan, "id") if self.scan else []


class _Batch(NamedTuple):
    """Tasks to be embedded, how far that leads, and the contexts of the events that asked for it."""

    tasks: list[Task]
    after: Checkpoint
    contexts: Sequence[str] = ()


def memo_key(model: str) -> str:
    """Where the checkpoint of a model is noted."""
    return f"embeddings:{model}"


class Embeddings:
    """The vectors of one model, brought up to the log. Several threads and processes may do so at once."""

    def __init__(self, kernel: Kernel, embedder: Embedder, *, largest: int = _LARGEST, workers: int = 1) -> None:
        self._kernel = kernel
        self._embedder = embedder
        self._model = embedder.model_id
        self._largest = largest
        self._workers = workers
        self._authors = authors(kernel.plugins)

    def catch_up(self, seconds: float, stop: Callable[[], bool] = lambda: False) -> Standing:
        """Embed what changed, for at most about `seconds`. Never raises for a store or model that is in the way."""
        deadline, size = time.monotonic() + seconds, min(_FIRST, self._largest)
        try:
            while True:
                started = time.monotonic()
                standing = self._step(size)
                now = time.monotonic()
                if standing.complete or now >= deadline or stop():
                    return standing
                size = self._next_size(size, now - started)
        except (StoreFault, EmbedderFault) as error:
            return self.standing(error.message)

    def _next_size(self, size: int, took: float) -> int:
        if took > _SLOW:
            return max(1, size // 2)
        return min(self._largest, size * 2) if took < _BRISK else size

    def standing(self, reason: str = "") -> Standing:
        """How far the vectors are, without doing anything about it."""
        with self._kernel.storage.read() as reader:
            return self._standing(self._checkpoint(reader), reader.position(), reason)

    def _standing(self, checkpoint: Checkpoint, log: int, reason: str = "") -> Standing:
        position = checkpoint.position if checkpoint.scan is None else 0
        complete = checkpoint.scan is None and position >= log
        return Standing(
            model=self._model, position=position, log=log, complete=complete, reason="" if complete else reason
        )

    def _checkpoint(self, reader: Reader) -> Checkpoint:
        return self._kept(reader) or Checkpoint(reader.position(), "", self._authors)

    def _kept(self, reader: Reader) -> Checkpoint | None:
        kept = reader.memos(SPACE).get(memo_key(self._model))
        if isinstance(kept, dict) and kept.get("authors") == self._authors:
            return Checkpoint(kept["position"], kept["scan"], self._authors)
        return None

    def _step(self, size: int) -> Standing:
        """One batch: read, embed what is new to the model, write."""
        observers = self._kernel.observers
        with self._kernel.storage.read() as reader:
            before, log = self._checkpoint(reader), reader.position()
            if before.scan is None and before.position >= log:
                return self._standing(before, log)
            batch = _walk(reader, before, size) if before.scan is not None else _follow(reader, before, log, size)
        activity = Activity(kind="embedding", name=self._model, causes=causes(batch.contexts) if observers else ())
        observed(observers, activity, lambda _: self._take(batch))
        return self._standing(batch.after, log)

    def _take(self, batch: _Batch) -> None:
        marks, vectors = self._embedded(batch.tasks)
        self._kernel.storage.write(lambda unit: self._keep(unit, batch.after, marks, vectors))

    def _keep(
        self, unit: UnitOfWork, after: Checkpoint, marks: Sequence[VectorMark], vectors: Sequence[Embedding]
    ) -> None:
        unit.put_embeddings(self._model, vectors)
        unit.put_vector_marks(self._model, marks)
        kept = self._kept(unit)
        if kept is None or kept.reach < after.reach:
            unit.put_memos(SPACE, {memo_key(self._model): after._asdict()})

    def _embedded(self, tasks: Iterable[Task]) -> tuple[list[VectorMark], list[Embedding]]:
        """The marks of tasks, and vectors of those texts of live ones that have none yet."""
        marks: list[VectorMark] = []
        wanted: dict[tuple[str, str], Texts] = {}
        for task in tasks:
            texts = texts_of(self._kernel.plugins, task)
            marks.append(VectorMark(task.task_id, task.version, task.project_id, texts.content_hash))
            if task.deleted_at is None:
                wanted[task.project_id, marks[-1].content_hash] = texts
        with self._kernel.storage.read() as reader:
            kept = reader.embeddings(self._model, list(wanted))
        missing = [key for key in wanted if key not in kept]
        rows = self._vectors([wanted[key] for key in missing])
        return marks, [Embedding(*key, row) for key, row in zip(missing, rows, strict=True)]

    def _vectors(self, texts: Sequence[Texts]) -> list[bytes]:
        if not texts:
            return []
        # Both texts of all tasks in one call: a text that is its own title is embedded once.
        weight = self._embedder.title_weight
        titles, fulls = [one.title if weight else one.full for one in texts], [one.full for one in texts]
        distinct = list(dict.fromkeys([*titles, *fulls]))
        place = {text: number for number, text in enumerate(distinct)}
        rows = self._embed(distinct)
        vectors = joined(rows[[place[one] for one in titles]], rows[[place[one] for one in fulls]], weight)
        return [row.tobytes() for row in vectors.astype("<f4")]

    def _embed(self, texts: Sequence[str]) -> Matrix:
        share = max(_PARALLEL, -(-len(texts) // self._workers))
        parts = [texts[start : start + share] for start in range(0, len(texts), share)]
        if len(parts) == 1:
            return self._embedder.embed(texts)
        from concurrent.futures import ThreadPoolExecutor

        import numpy as np

        with ThreadPoolExecutor(self._workers) as pool:
            return np.concatenate(list(pool.map(self._embedder.embed, parts)))


def _walk(reader: Reader, before: Checkpoint, size: int) -> _Batch:
    """The next page of the first walk over all live tasks, by id."""
    page = reader.select(TaskQuery(sort="id", cursor=before.scan or None, limit=size, counted=False))
    return _Batch(list(page.items), before._replace(scan=page.next_cursor))


def _follow(reader: Reader, before: Checkpoint, log: int, size: int) -> _Batch:
    """The tasks that the next events of the log tell of, as they stand now; each once."""
    seq, ids, contexts = log, dict[str, None](), list[str]()
    for row in reader.event_rows(EventQuery(after_seq=before.position, limit=size)):
        seq = row.seq
        contexts.append(row.context)
        if row.entity_type == TASK:
            ids[row.entity] = None
    return _Batch(list(reader.tasks(list(ids)).values()), before._replace(position=seq), contexts)
