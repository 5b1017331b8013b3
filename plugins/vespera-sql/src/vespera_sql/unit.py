"""The store's side of writing: the rows of one unit of work, inside the writer's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from vespera_core.errors import DuplicateId, VersionConflict
from vespera_core.model.event import EventRow
from vespera_core.model.project import Project
from vespera_core.model.query import Page, TaskQuery
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import Task
from vespera_core.ports.access import Remembered
from vespera_core.ports.rows import project_row, task_row
from vespera_core.ports.storage import Tail
from vespera_sql import sql
from vespera_sql.derived import DerivedUnit
from vespera_sql.reader import SqlReader
from vespera_sql.transaction import Transaction

if TYPE_CHECKING:
    from vespera_core.model.entity import Entity


class SqlUnit(SqlReader, DerivedUnit):
    """A unit of work on the writer's connection, in the transaction of its batch."""

    def __init__(self, connection: sqlite3.Connection, transaction: Transaction, now: int) -> None:
        super().__init__(connection)
        self._transaction = transaction
        self.now = max(now, transaction.at)

    def insert_tasks(self, tasks: Sequence[tuple[Task, Readiness]]) -> None:
        self.check(task for task, _ in tasks)
        if len(tasks) > 1:
            self._refuse_taken([task.task_id for task, _ in tasks])
        try:
            self._insert_rows(tasks)
        except sqlite3.IntegrityError as error:
            raise self._duplicate(tasks[0][0].task_id, error) from None
        relations = [(task.task_id, *relation, task.project_id) for task, _ in tasks for relation in task.relations]
        if relations:
            self._connection.executemany(sql.INSERT_RELATION, relations)
        for _, state in tasks:
            self._transaction.count_ready(state.project_id, int(state.ready_at == 0))

    def _insert_rows(self, tasks: Sequence[tuple[Task, Readiness]]) -> None:
        rows = [(*task_row(task), *_derived(state)) for task, state in tasks]
        if len(rows) == 1:
            row = self._connection.execute(sql.INSERT_TASK, rows[0]).lastrowid
            task = tasks[0][0]
            self._connection.execute(
                sql.INDEX_NEW_TEXT, (row, task.title, task.description, task.acceptance_criteria, task.notes)
            )
            return
        last_row = self._connection.execute(sql.LAST_ROW).fetchone()
        self._connection.executemany(sql.INSERT_TASK, rows)
        self._connection.execute(sql.INDEX_TEXTS, last_row)

    def _refuse_taken(self, ids: list[str]) -> None:
        """One statement is undone by SQLite itself; several would leave the rows before the taken one behind."""
        seen = set(self.readiness(ids))
        for task_id in ids:
            if task_id in seen:
                raise _taken(task_id)
            seen.add(task_id)

    def _duplicate(self, task_id: str, error: sqlite3.IntegrityError) -> Exception:
        return _taken(task_id) if "task.task_id" in str(error) else error

    def update_task(self, old: Task, new: Task, category: str) -> None:
        self.check((new,))
        row = task_row(new)
        done = self._connection.execute(sql.UPDATE_TASK, (*row[1:], category, new.task_id, old.version))
        if done.rowcount != 1:
            raise VersionConflict(f"{new.task_id} was changed by somebody else meanwhile.", task_id=new.task_id)
        texts = [getattr(old, name) for name in sql.TEXT_COLUMNS]
        if texts != [getattr(new, name) for name in sql.TEXT_COLUMNS]:
            self._connection.execute(sql.UNINDEX_TEXT, (*texts, new.task_id))
            self._connection.execute(sql.INDEX_TEXT, (new.task_id,))
        before, after = set(old.relations), set(new.relations)
        if before != after:
            self._connection.executemany(sql.DELETE_RELATION, [(new.task_id, *one) for one in before - after])
            added = [(new.task_id, *one, new.project_id) for one in after - before]
            self._connection.executemany(sql.INSERT_RELATION, added)

    def set_readiness(self, records: Iterable[Readiness]) -> None:
        for record in records:
            project_id, before = self._connection.execute(sql.READY_AT, (record.task_id,)).fetchone()
            values = (*_derived(record)[1:], record.task_id)
            self._connection.execute(sql.SET_READINESS, values)
            self._transaction.count_ready(project_id, (record.ready_at == 0) - (before == 0))

    def select(self, query: TaskQuery) -> Page[Task]:
        self._transaction.flush()
        return super().select(query)

    def set_lease(self, task_id: str, until: int) -> None:
        self._connection.execute(sql.SET_LEASE, (until, task_id))

    def put_project(self, project: Project) -> None:
        self._connection.execute(sql.PUT_PROJECT, project_row(project))
        self._transaction.projects[project.project_id] = project

    def project(self, project_id: str) -> Project | None:
        known = self._transaction.projects.get(project_id)
        if known is None and (known := super().project(project_id)) is not None:
            self._transaction.projects[project_id] = known
        return known

    def put_entity(self, old: Entity | None, new: Entity) -> None:
        from vespera_core.model.entity import check_entity
        from vespera_core.ports.entities import entity_moved, entity_row

        check_entity(new)
        row = entity_row(new)
        if old is None:
            done = self._connection.execute(sql.INSERT_ENTITY, row)
        else:
            done = self._connection.execute(sql.UPDATE_ENTITY, (*row[2:], *row[:2], old.version))
        if done.rowcount != 1:
            raise entity_moved(new)

    def tail(self, project_id: str) -> Tail:
        return self._transaction.tail(project_id)

    def insert_events(self, rows: Sequence[EventRow]) -> None:
        try:
            self._connection.executemany(sql.INSERT_EVENT, rows)
        except sqlite3.IntegrityError as error:
            if "entity_version" not in str(error):
                raise
            raise VersionConflict("Another change of the same version came first.") from None
        self._transaction.appended(rows)

    def recall(self, actor: str, key: str) -> Remembered | None:
        row = self._connection.execute(sql.RECALL, (actor, key, self.now)).fetchone()
        return Remembered(*row) if row else None

    def remember(self, actor: str, key: str, answer: Remembered) -> None:
        self._connection.execute(sql.FORGET, (self.now,))
        self._connection.execute(sql.REMEMBER, (actor, key, answer.request_hash, answer.result, answer.expires_at))

    def directly(self, step: Callable[[sqlite3.Connection], int]) -> int:
        """Do something to the file itself, in this transaction: the care of the store needs it, and no core does."""
        return step(self._connection)


def _taken(task_id: str) -> DuplicateId:
    return DuplicateId(f"The id {task_id} is taken.", task_id=task_id)


def _derived(state: Readiness) -> tuple[object, ...]:
    counters = (state.open_blockers, state.open_children, int(state.held), state.wait_until, state.ready_at)
    return (state.category, *counters)
