"""Broken stores: the memory store with one mistake each, of the kinds that stores in fact have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any, ClassVar

from vespera_core.builtin.memory.derived import outgoing
from vespera_core.builtin.memory.store import MemoryReader, MemoryStorage, MemoryUnit
from vespera_core.errors import DuplicateId
from vespera_core.model.basics import Micros
from vespera_core.model.event import EventRow
from vespera_core.model.graph import Edge
from vespera_core.model.query import EventQuery, Page, TaskQuery, cursor_after
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import CHILD_OF, Task
from vespera_core.ports.access import Remembered
from vespera_core.ports.storage import Reader, Tail, Tally, TaskVector, TextScore, UnitOfWork, VectorMark


class Mutant(MemoryStorage):
    """A memory store whose reader and unit may be other ones. As it is, it is sound."""

    reader: ClassVar[type[MemoryReader]] = MemoryReader
    unit: ClassVar[type[MemoryUnit]] = MemoryUnit

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with self._lock:
            yield self.reader(self._state)

    def write(self, work: Callable[[UnitOfWork], Any]) -> Any:
        with self._lock:
            try:
                result = work(self.unit(self._state, self._clock))
            except BaseException:
                self.take_back()
                raise
            self._state.commit()
            return result

    def take_back(self) -> None:
        """What is done where a work fails."""
        self._state.rollback()

    def reopened(self) -> Mutant:
        """The store that stands on the same disk after this one was closed."""
        other = type(self)(self._clock)
        other._state = self._state
        return other


def unit(broken: type[MemoryUnit]) -> type[Mutant]:
    """Make a store of a broken unit."""
    return type(broken.__name__, (Mutant,), {"unit": broken, "__doc__": broken.__doc__})


def reader(broken: type[MemoryReader]) -> type[Mutant]:
    """Make a store of a broken reader; its units read in the same broken way."""
    broken_unit = type(f"{broken.__name__}Unit", (broken, MemoryUnit), {})
    return type(broken.__name__, (Mutant,), {"reader": broken, "unit": broken_unit, "__doc__": broken.__doc__})


# ---------------------------------------------------------------- rows


@unit
class IgnoresVersions(MemoryUnit):
    """An update wins whatever it was based on."""

    def update_task(self, old: Task, new: Task, category: str) -> None:
        stored = self.task(new.task_id)
        super().update_task(old if stored is None else old.evolve(version=stored.version), new, category)


@unit
class DropsARelation(MemoryUnit):
    """Of several relations the last is lost at an update."""

    def update_task(self, old: Task, new: Task, category: str) -> None:
        super().update_task(old, new.evolve(relations=new.relations[: max(1, len(new.relations) - 1)]), category)


@unit
class LosesTheParent(MemoryUnit):
    """A task that moves is not found below its new parent."""

    def update_task(self, old: Task, new: Task, category: str) -> None:
        super().update_task(old, new, category)
        if new.parent_id not in (None, old.parent_id):
            self._state.disconnect(Edge(new.task_id, CHILD_OF, str(new.parent_id)))


@unit
class KeepsRowsBeforeATakenId(MemoryUnit):
    """Rows are inserted one by one until one is refused."""

    def insert_tasks(self, tasks: Sequence[tuple[Task, Readiness]]) -> None:
        for one in tasks:
            super().insert_tasks([one])


@unit
class ChecksNothing(MemoryUnit):
    """Values that no store may hold are held."""

    def check(self, tasks: Iterable[Task]) -> None:
        list(tasks)


@unit
class ForgetsCounters(MemoryUnit):
    """An update starts the readiness counters anew."""

    def update_task(self, old: Task, new: Task, category: str) -> None:
        super().update_task(old, new, category)
        record = self._state.readiness[new.task_id]
        self._state.put(self._state.readiness, new.task_id, replace(record, open_children=0, held=False))


@unit
class TakesZeroForNothing(MemoryUnit):
    """0 and empty text become None."""

    def insert_tasks(self, tasks: Sequence[tuple[Task, Readiness]]) -> None:
        names = ("estimate_minutes", "due_at", "block_reason", "checkpoint")
        super().insert_tasks(
            [(task.evolve(**{one: getattr(task, one) or None for one in names}), state) for task, state in tasks]
        )


@reader
class HandsOutLiveTasks(MemoryReader):
    """The same task object is given to everyone."""

    objects: ClassVar[dict[Any, Task]] = {}

    def _task(self, task_id: str) -> Task:
        key = (id(self._state), self._state.tasks[task_id], self._state.relations[task_id])
        return self.objects.setdefault(key, super()._task(task_id))


@reader
class TakesPrefixesForPatterns(MemoryReader):
    """``_`` in a prefix stands for any character, as in LIKE."""

    def ids_with_prefix(self, prefix: str, limit: int) -> list[str]:
        pattern = prefix.replace("_", "?") + "*"
        return sorted(one for one in self._state.tasks if fnmatchcase(one, pattern))[:limit]


# ---------------------------------------------------------------- queries


@reader
class RepeatsARow(MemoryReader):
    """Each page starts with the last row of the one before."""

    def select(self, query: TaskQuery) -> Page[Task]:
        page = super().select(query)
        cursor = (
            cursor_after(page.items[-2], query.sort) if page.next_cursor and len(page.items) > 1 else page.next_cursor
        )
        return Page(page.items, page.total, cursor)


@reader
class CountsTheNextRow(MemoryReader):
    """The total is one too high where there is another page."""

    def select(self, query: TaskQuery) -> Page[Task]:
        page = super().select(query)
        return Page(page.items, page.total + (page.next_cursor is not None), page.next_cursor)


@reader
class ForgetsTasksWithoutARole(MemoryReader):
    """What is not known to be of another role is left out with the role, as NOT IN does with NULL."""

    def select(self, query: TaskQuery) -> Page[Task]:
        return super().select(replace(query, without_roles=query.without_roles and (*query.without_roles, None)))


@reader
class CountsTheRolesLeftOut(MemoryReader):
    """The total is that of all roles."""

    def select(self, query: TaskQuery) -> Page[Task]:
        return replace(super().select(query), total=super().select(replace(query, without_roles=())).total)


@reader
class LapsesTooLate(MemoryReader):
    """At its very last moment a lease still holds."""

    def select(self, query: TaskQuery) -> Page[Task]:
        return super().select(replace(query, ready_at=query.ready_at and Micros(query.ready_at - 1)))


@reader
class BreaksTiesAtRandom(MemoryReader):
    """Rows that sort alike come in no order."""

    def select(self, query: TaskQuery) -> Page[Task]:
        page = super().select(query)
        return Page(tuple(sorted(page.items, key=lambda task: task.task_id[::-1])), page.total, page.next_cursor)


@reader
class CountsDeletedTasks(MemoryReader):
    """The tally includes what was deleted."""

    def tally(self) -> list[Tally]:
        extra = [self._task(one) for one in self._state.tasks]
        return [*super().tally(), *(Tally(one.project_id, one.status, one.type, 1) for one in extra if one.deleted_at)]


@reader
class TakesAnyWordForEvery(MemoryReader):
    """A search for all words finds tasks with one of them."""

    def search(self, terms: Sequence[str], query: TaskQuery, *, every: bool) -> Page[Task]:
        return super().search(terms, query, every=False)


# ---------------------------------------------------------------- log, answers, transactions


@reader
class OrdersEventsAfterCutting(MemoryReader):
    """The newest events are sought among the oldest."""

    def event_rows(self, query: EventQuery) -> Iterator[EventRow]:
        found = super().event_rows(replace(query, newest_first=False, limit=0))
        cut = list(islice(found, query.limit) if query.limit else found)
        return iter(cut[::-1] if query.newest_first else cut)


@unit
class LosesALine(MemoryUnit):
    """Remarks do not reach the log."""

    def insert_events(self, rows: Sequence[EventRow]) -> None:
        super().insert_events([row for row in rows if row.kind != "task.commented"])


@unit
class LetsTimeRunBack(MemoryUnit):
    """The clock is believed whatever the log says."""

    def __init__(self, state: Any, clock: Callable[[], int]) -> None:
        super().__init__(state, clock)
        self.now = clock()


@unit
class RemembersTheTail(MemoryUnit):
    """The last hash comes from a cache that outlives a failed unit."""

    heads: ClassVar[dict[Any, str]] = {}

    def tail(self, project_id: str) -> Tail:
        tail = super().tail(project_id)
        return tail._replace(hash=self.heads.get((id(self._state), project_id), tail.hash))

    def insert_events(self, rows: Sequence[EventRow]) -> None:
        super().insert_events(rows)
        self.heads.update({(id(self._state), row.project_id): row.hash for row in rows})


@unit
class KeepsExpiredAnswers(MemoryUnit):
    """An answer is given for ever."""

    def recall(self, actor: str, key: str) -> Remembered | None:
        return self._state.answers.get((actor, key))


@unit
class SharesKeys(MemoryUnit):
    """A key belongs to everybody."""

    def recall(self, actor: str, key: str) -> Remembered | None:
        return next((kept for (_, one), kept in self._state.answers.items() if one == key), None)


@unit
class WritesNoReadiness(MemoryUnit):
    """Counters stay as they were."""

    def set_readiness(self, records: Iterable[Readiness]) -> None:
        list(records)


class ForgetsToRollBack(Mutant):
    """What a failed work wrote stays."""

    def take_back(self) -> None:
        self._state.commit()


class RollsBackTheLogAlone(Mutant):
    """Rows of a failed work stay, its events go."""

    def take_back(self) -> None:
        kept = {name: dict(getattr(self._state, name)) for name in ("tasks", "relations", "readiness", "incoming")}
        self._state.rollback()
        for name, rows in kept.items():
            getattr(self._state, name).update(rows)


class ReadsWithoutALock(Mutant):
    """A snapshot is whatever is there at the moment."""

    @contextmanager
    def read(self) -> Iterator[Reader]:
        yield self.reader(self._state)


@unit
class LetsTheLastInsertWin(MemoryUnit):
    """A taken id is noticed by nobody: the later row replaces the first."""

    def insert_tasks(self, tasks: Sequence[tuple[Task, Readiness]]) -> None:
        try:
            super().insert_tasks(tasks)
        except DuplicateId:
            for task, _ in tasks:
                self._write(task)


# ---------------------------------------------------------------- what helpers derive


@unit
class TiesOlderTexts(MemoryUnit):
    """The vector that was made last wins, of whichever version of the task it is."""

    def put_vector_marks(self, model: str, marks: Sequence[VectorMark]) -> None:
        for mark in marks:
            self._state.put(self._state.marks, (model, mark.task_id), mark)


@reader
class DrawsArrowsIntoNothing(MemoryReader):
    """Arrows that end at deleted tasks stay in the graph."""

    def graph_edges(self, ids: Sequence[str] | None = None) -> list[Edge]:
        return sorted(edge for task_id in self._live(ids) for edge in outgoing(self._task(task_id)))


@reader
class FindsVectorsOfDeletedTasks(MemoryReader):
    """A vector is found as long as it is kept."""

    def task_vectors(
        self, model: str, query: TaskQuery | None = None, ids: Sequence[str] | None = None
    ) -> Iterator[TaskVector]:
        if query is not None or ids is not None:
            yield from super().task_vectors(model, query, ids)
            return
        for (one, task_id), mark in sorted(self._state.marks.items()):
            key = (model, mark.project_id, mark.content_hash)
            if one == model and key in self._state.embeddings:
                yield TaskVector(task_id, mark.version, self._state.embeddings[key])


@unit
class NotesAtOnce(MemoryUnit):
    """Memos are written past the unit: a failed one leaves them behind."""

    def put_memos(self, space: str, memos: Mapping[str, Any]) -> None:
        super().put_memos(space, memos)
        self._state.journal.clear()


@unit
class KeepsSecretsAtOnce(MemoryUnit):
    """Secrets are written past the unit: a failed one leaves them behind."""

    def put_secrets(self, secrets: Mapping[str, bytes | None]) -> None:
        super().put_secrets(secrets)
        self._state.journal.clear()


@unit
class ForgetsNoSecret(MemoryUnit):
    """What is to be forgotten stays."""

    def put_secrets(self, secrets: Mapping[str, bytes | None]) -> None:
        super().put_secrets({ref: sealed for ref, sealed in secrets.items() if sealed is not None})


@reader
class ScoresByLength(MemoryReader):
    """Scores and search disagree on what fits best."""

    def text_scores(self, terms: Sequence[str], query: TaskQuery) -> list[TextScore]:
        return [TextScore(one.task_id, 1.0) for one in sorted(super().text_scores(terms, query))]
