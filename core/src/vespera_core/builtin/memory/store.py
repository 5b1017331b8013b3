"""The memory store's side of the storage port: one lock, snapshots by holding it, units taken back by a journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import TypeVar

from vespera_core.builtin.memory.derived import DerivedReader, DerivedUnit, outgoing
from vespera_core.builtin.memory.selection import page
from vespera_core.builtin.memory.state import State
from vespera_core.errors import DuplicateId, Unsupported, VersionConflict
from vespera_core.model.basics import Micros
from vespera_core.model.entity import Entity, check_entity
from vespera_core.model.event import GENESIS, EventRow
from vespera_core.model.graph import Edge
from vespera_core.model.project import Project
from vespera_core.model.query import EventQuery, Page, TaskQuery
from vespera_core.model.readiness import Readiness, readiness_of
from vespera_core.model.task import Task
from vespera_core.ports.access import Remembered
from vespera_core.ports.capabilities import BACKUP
from vespera_core.ports.entities import entity_moved, entity_of_row, entity_row, states_of
from vespera_core.ports.rows import project_of_row, project_row, task_of_row, task_row
from vespera_core.ports.storage import Finding, Reader, Storage, Tail, Tally, UnitOfWork

T = TypeVar("T")


class MemoryReader(DerivedReader):
    """A snapshot: the state itself, while the store's lock is held."""

    def tasks(self, ids: Sequence[str]) -> dict[str, Task]:
        return {task_id: self._task(task_id) for task_id in ids if task_id in self._state.tasks}

    def ids_with_prefix(self, prefix: str, limit: int) -> list[str]:
        return sorted(task_id for task_id in self._state.tasks if task_id.startswith(prefix))[:limit]

    def readiness(self, ids: Sequence[str]) -> dict[str, Readiness]:
        return {task_id: self._state.readiness[task_id] for task_id in ids if task_id in self._state.readiness}

    def edges(self, ids: Sequence[str], *, incoming: bool) -> list[Edge]:
        if incoming:
            return [edge for task_id in ids for edge in self._state.incoming.get(task_id, ())]
        return [edge for task_id in ids if task_id in self._state.tasks for edge in outgoing(self._task(task_id))]

    def select(self, query: TaskQuery) -> Page[Task]:
        return page(self._matching(query), query)

    def search(self, terms: Sequence[str], query: TaskQuery, *, every: bool) -> Page[Task]:
        found = self._scored(terms, query, every=every)
        return Page(tuple(task for _, task in found[: query.limit or None]), len(found))

    def projects(self, ids: Sequence[str] | None = None) -> list[Project]:
        chosen = sorted(self._state.projects) if ids is None else [one for one in ids if one in self._state.projects]
        return [project_of_row(self._state.projects[one]) for one in chosen]

    def entities(
        self, kind: str | None, ids: Sequence[str] | None = None, *, project_id: str | None = None,
        owner: str | None = None, state: str | tuple[str, ...] | None = None,
    ) -> list[Entity]:  # fmt: skip
        kept = self._state.entities
        states = states_of(state)
        return [
            one
            for one in (entity_of_row(kept[key]) for key in sorted(kept))
            if kind in (None, one.kind)
            and (ids is None or one.entity_id in ids)
            and project_id in (None, one.project_id)
            and owner in (None, one.owner)
            and (states is None or one.state in states)
        ]

    def event_rows(self, query: EventQuery) -> Iterator[EventRow]:
        lines = reversed(self._state.log) if query.newest_first else iter(self._state.log)
        found = (row for row in lines if _asked_for(query, row))
        return islice(found, query.limit) if query.limit else found

    def tally(self) -> list[Tally]:
        counts: dict[tuple[str, str, str], int] = {}
        for task_id in self._state.tasks:
            task = self._task(task_id)
            if task.deleted_at is None:
                key = (task.project_id, task.status, task.type)
                counts[key] = counts.get(key, 0) + 1
        return [Tally(*key, count) for key, count in sorted(counts.items())]


def _asked_for(query: EventQuery, row: EventRow) -> bool:
    exact = (
        (query.entity, row.entity),
        (query.project_id, row.project_id),
        (query.seq, row.seq),
        (query.event_id, row.event_id),
    )
    if any(wanted is not None and wanted != value for wanted, value in exact):
        return False
    if row.seq <= query.after_seq or (query.kinds and row.kind not in query.kinds):
        return False
    if query.before_seq is not None and row.seq >= query.before_seq:
        return False
    return query.until is None or row.at <= query.until


class MemoryUnit(MemoryReader, DerivedUnit):
    """A unit of work on the state itself; the journal takes it back if it does not finish."""

    def __init__(self, state: State, clock: Callable[[], int]) -> None:
        super().__init__(state)
        self._clock = clock
        self.now = max(clock(), state.log[-1].at if state.log else 0)

    def insert_tasks(self, tasks: Sequence[tuple[Task, Readiness]]) -> None:
        self.check(task for task, _ in tasks)
        fresh: set[str] = set()
        for task, _ in tasks:
            if task.task_id in self._state.tasks or task.task_id in fresh:
                raise DuplicateId(f"The id {task.task_id} is taken.", task_id=task.task_id)
            fresh.add(task.task_id)
        for task, readiness in tasks:
            self._write(task)
            self._state.put(self._state.readiness, task.task_id, readiness)
            for edge in outgoing(task):
                self._state.connect(edge)

    def _write(self, task: Task) -> None:
        self._state.put(self._state.tasks, task.task_id, tuple(task_row(task)))
        self._state.put(self._state.relations, task.task_id, tuple(sorted(task.relations)))

    def update_task(self, old: Task, new: Task, category: str) -> None:
        self.check((new,))
        stored = self._state.tasks.get(new.task_id)
        if stored is None or task_of_row(stored).version != old.version:
            raise VersionConflict(f"{new.task_id} was changed by somebody else meanwhile.", task_id=new.task_id)
        self._write(new)
        before, after = set(outgoing(old)), set(outgoing(new))
        for edge in before - after:
            self._state.disconnect(edge)
        for edge in after - before:
            self._state.connect(edge)
        kept = self._state.readiness[new.task_id]
        self._state.put(self._state.readiness, new.task_id, readiness_of(new, category, kept))

    def set_readiness(self, records: Iterable[Readiness]) -> None:
        for record in records:
            self._state.put(self._state.readiness, record.task_id, record)

    def set_lease(self, task_id: str, until: int) -> None:
        task = self._task(task_id).evolve(lease_until=Micros(until))
        self._state.put(self._state.tasks, task_id, tuple(task_row(task)))

    def put_project(self, project: Project) -> None:
        self._state.put(self._state.projects, project.project_id, tuple(project_row(project)))

    def put_entity(self, old: Entity | None, new: Entity) -> None:
        check_entity(new)
        stored = self.entity(new.kind, new.entity_id)
        if (stored and stored.version) != (old and old.version):
            raise entity_moved(new)
        self._state.put(self._state.entities, (new.kind, new.entity_id), entity_row(new))

    def tail(self, project_id: str) -> Tail:
        last = self._state.log[-1] if self._state.log else None
        return Tail(last.seq if last else 0, last.at if last else 0, self._state.heads.get(project_id, GENESIS))

    def insert_events(self, rows: Sequence[EventRow]) -> None:
        for row in rows:
            key = (row.entity_type, row.entity, row.entity_version)
            if key in self._state.versions:
                raise VersionConflict(f"{row.entity} has an event of version {row.entity_version} already.")
            self._state.put(self._state.versions, key, row.seq)
            self._state.put(self._state.heads, row.project_id, row.hash)
            self._state.log_line(row)

    def recall(self, actor: str, key: str) -> Remembered | None:
        answer = self._state.answers.get((actor, key))
        return answer if answer is not None and answer.expires_at > self.now else None

    def remember(self, actor: str, key: str, answer: Remembered) -> None:
        for stale in [one for one, kept in self._state.answers.items() if kept.expires_at <= self.now]:
            self._state.drop(self._state.answers, stale)
        self._state.put(self._state.answers, (actor, key), answer)


class MemoryStorage(Storage):
    """A store in this process's memory."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lock = RLock()
        self._state = State()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with self._lock:
            yield MemoryReader(self._state)

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        with self._lock:
            try:
                result = work(MemoryUnit(self._state, self._clock))
            except BaseException:
                self._state.rollback()
                raise
            self._state.commit()
            return result

    def backup(self, target: Path) -> None:
        raise Unsupported(
            f"The memory store keeps no file, so there is nothing to copy to {target}.",
            next="Export it: 'vespera export --format jsonl -o FILE'.",
            capability=BACKUP,
        )

    def check(self) -> list[Finding]:
        return [Finding("memory", "ok", f"{len(self._state.tasks)} tasks, {len(self._state.log)} events in memory")]

    def close(self) -> None:
        """Nothing to let go of: the state goes with the object."""
