"""What projections are fed from: live tasks as they stand in the primary store, walked or followed along the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vespera_core.app.observing import causes
from vespera_core.app.projections.embedding import SPACE, memo_key
from vespera_core.model.event import TASK
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.model.task import Task
from vespera_core.ports.projection import Gone, Projected
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.ports.storage import Storage


class Changes(NamedTuple):
    """What events up to `position` come to: tasks to hold, and tasks to hold no longer. `log` is where the log ends.

    `causes` are the traces of these events, where somebody wants to know.
    """

    tasks: list[Projected]
    gone: list[Gone]
    position: int
    log: int
    causes: tuple[str, ...] = ()


class Source:
    """The ledger as projections see it. With a `model`, tasks come with vectors, and only once these are made."""

    def __init__(self, storage: Storage, model: str | None) -> None:
        self._storage = storage
        self._model = model

    def reach(self, reader: Reader) -> int:
        """How far a projection may go: to the end of the log, or to where the vectors are."""
        if self._model is None:
            return reader.position()
        kept = reader.memos(SPACE).get(memo_key(self._model))
        return int(kept["position"]) if isinstance(kept, dict) and kept.get("scan") is None else 0

    def is_walkable(self) -> bool:
        """Whether there is anything to fill a projection with: vectors of a new model come first."""
        with self._storage.read() as reader:
            return self.reach(reader) > 0 or reader.position() == 0

    def changes(self, after: int, limit: int, *, traced: bool = False) -> Changes:
        """What the next events come to, as things stand now; each task once."""
        contexts: list[str] = []
        with self._storage.read() as reader:
            log, reach = reader.position(), self.reach(reader)
            rows = reader.event_rows(EventQuery(after_seq=after, before_seq=reach + 1, limit=limit))
            ids, position = dict[str, None](), reach
            for count, row in enumerate(rows, 1):
                ids.update({row.entity: None} if row.entity_type == TASK else {})
                position = row.seq if count == limit else reach
                if traced:
                    contexts.append(row.context)
            tasks = reader.tasks(list(ids))
            live = [task for task in tasks.values() if task.deleted_at is None]
            gone = [Gone(task.task_id, task.version) for task in tasks.values() if task.deleted_at is not None]
            told = causes(contexts) if traced else ()
            return Changes(self.projected(reader, live), gone, max(position, after), log, told)

    def projected(self, reader: Reader, tasks: Sequence[Task]) -> list[Projected]:
        """Tasks with what belongs to them; those whose vector is not made yet are left out, since it comes later."""
        ids = [task.task_id for task in tasks]
        records = reader.readiness(ids)
        if self._model is None:
            return [Projected(task, records[task.task_id].category) for task in tasks]
        kept = {one.task_id: one for one in reader.task_vectors(self._model, ids=ids)}
        return [
            Projected(task, records[task.task_id].category, _or_none(kept[task.task_id].vector))
            for task in tasks
            if task.task_id in kept and kept[task.task_id].version == task.version
        ]

    def walk(self, size: int) -> Iterator[Projected]:
        """All live tasks by id, a page at a time; what changes meanwhile is told by the log."""
        cursor: str | None = None
        while True:
            with self._storage.read() as reader:
                page = reader.select(TaskQuery(sort="id", cursor=cursor, limit=size, counted=False))
                projected = self.projected(reader, page.items)
            yield from projected
            cursor = page.next_cursor
            if cursor is None:
                return

    def some(self, ids: Iterable[str]) -> tuple[list[Projected], list[Gone]]:
        """These tasks as they stand now: to hold, or to hold no longer."""
        with self._storage.read() as reader:
            tasks = reader.tasks(list(ids))
            live = [task for task in tasks.values() if task.deleted_at is None]
            gone = [Gone(task.task_id, task.version) for task in tasks.values() if task.deleted_at is not None]
            unknown = [Gone(one, 1 << 62) for one in ids if one not in tasks]
            return self.projected(reader, live), [*gone, *unknown]

    def wanted(self, after: int) -> tuple[dict[str, int], set[str]]:
        """The versions of all live tasks, and ids of tasks that events after a position speak of."""
        with self._storage.read() as reader:
            versions = {node.task_id: node.version for node in reader.graph_nodes()}
            rows = reader.event_rows(EventQuery(after_seq=after))
            return versions, {row.entity for row in rows if row.entity_type == TASK}


def _or_none(vector: bytes) -> bytes | None:
    """No vector where the model recognised nothing."""
    return vector if any(vector) else None
