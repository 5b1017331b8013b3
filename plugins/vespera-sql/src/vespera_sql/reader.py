"""The store's side of reading: one connection, inside one transaction, so that everything seen belongs together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from vespera_core.model.event import EventRow
from vespera_core.model.graph import Edge
from vespera_core.model.project import Project
from vespera_core.model.query import EventQuery, Page, TaskQuery, cursor_after
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import Relation, Task
from vespera_core.ports.rows import project_of_row, task_of_row
from vespera_core.ports.storage import Tally
from vespera_sql import sql
from vespera_sql.derived import DerivedReader
from vespera_sql.selection import (
    Clause,
    conditions,
    count_text,
    entities_text,
    events_text,
    is_plain,
    later_count_text,
    page_text,
    text_source,
)

if TYPE_CHECKING:
    from vespera_core.model.entity import Entity

_LAST_CHARACTER = "\U0010ffff"


class SqlReader(DerivedReader):
    """A snapshot of the file, for as long as the connection's transaction lasts."""

    def _for_ids(self, one: str, many: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
        if len(ids) == 1:
            return self._all(one, (ids[0],))
        return self._listed(many, ids) if ids else []

    def tasks(self, ids: Sequence[str]) -> dict[str, Task]:
        rows = self._for_ids(sql.TASK_BY_ID, sql.TASKS_BY_ID, ids)
        found = {task.task_id: task for task in self._with_relations(rows)}
        return {task_id: found[task_id] for task_id in ids if task_id in found}

    def _with_relations(self, rows: Sequence[tuple[Any, ...]]) -> list[Task]:
        if len(rows) == 1:
            pairs = self._all(sql.RELATIONS_FROM, (rows[0][0],))
            return [task_of_row(rows[0], tuple(Relation(*pair) for pair in pairs))]
        found: dict[str, list[Relation]] = {}
        if rows:
            for source, kind, target in self._listed(sql.RELATIONS_FROM_MANY, [row[0] for row in rows]):
                found.setdefault(source, []).append(Relation(kind, target))
        return [task_of_row(row, tuple(found.get(row[0], ()))) for row in rows]

    def ids_with_prefix(self, prefix: str, limit: int) -> list[str]:
        return [row[0] for row in self._all(sql.IDS_WITH_PREFIX, (prefix, prefix + _LAST_CHARACTER, limit))]

    def readiness(self, ids: Sequence[str]) -> dict[str, Readiness]:
        rows = self._for_ids(sql.READINESS_BY_ID, sql.READINESS_BY_IDS, ids)
        return {row[0]: _readiness(row) for row in rows}

    def edges(self, ids: Sequence[str], *, incoming: bool) -> list[Edge]:
        one, many = (sql.EDGES_IN, sql.EDGES_IN_MANY) if incoming else (sql.EDGES_OUT, sql.EDGES_OUT_MANY)
        return [Edge(*row) for row in self._for_ids(one, many, ids)]

    def select(self, query: TaskQuery) -> Page[Task]:
        clauses = conditions(query)
        text = page_text(query, clauses)
        found = self._with_relations(self._all(text.text, text.values))
        more = bool(query.limit) and len(found) > query.limit
        items = tuple(found[: query.limit] if more else found)
        total = self._total(query, clauses) if query.counted else 0
        return Page(items, total, cursor_after(items[-1], query.sort) if more else None)

    def _total(self, query: TaskQuery, clauses: list[Clause]) -> int:
        if query.ready_at is not None and is_plain(query):
            counts = dict(self._all(sql.READY_COUNT))
            chosen = counts if query.projects is None else query.projects
            kept: int = sum(counts.get(one, 0) for one in chosen if one not in query.without_projects)
            return kept + self._number(later_count_text(query, clauses))
        return self._number(count_text(query, clauses))

    def _number(self, clause: Clause) -> int:
        return int(self._all(clause.text, clause.values)[0][0])

    def search(self, terms: Sequence[str], query: TaskQuery, *, every: bool) -> Page[Task]:
        if not terms:
            return Page((), 0)
        source = text_source(terms, query, every=every)
        total = self._number(Clause(f"SELECT count(*) {source.text}", source.values))
        order = f"ORDER BY {sql.TEXT_RANK}, task.task_id LIMIT ?"
        rows = self._all(f"SELECT {sql.TASKS} {source.text} {order}", (*source.values, query.limit or -1))
        return Page(tuple(self._with_relations(rows)), total)

    def projects(self, ids: Sequence[str] | None = None) -> list[Project]:
        if ids is None:
            return [project_of_row(row) for row in self._all(sql.PROJECTS)]
        return [project_of_row(row) for one in ids for row in self._all(sql.PROJECT_BY_ID, (one,))]

    def entities(
        self, kind: str | None, ids: Sequence[str] | None = None, *, project_id: str | None = None,
        owner: str | None = None, state: str | tuple[str, ...] | None = None,
    ) -> list[Entity]:  # fmt: skip
        from vespera_core.ports.entities import entity_of_row, states_of

        text = entities_text(kind, ids, project_id, owner, states_of(state))
        return [entity_of_row(row) for row in self._all(text.text, text.values)]

    def entity(self, kind: str, entity_id: str) -> Entity | None:
        from vespera_core.ports.entities import entity_of_row

        rows = self._all(sql.ENTITY_BY_ID, (kind, entity_id))
        return entity_of_row(rows[0]) if rows else None

    def event_rows(self, query: EventQuery) -> Iterator[EventRow]:
        text = events_text(query)
        for row in self._connection.execute(text.text, text.values):
            yield EventRow(*row)

    def tally(self) -> list[Tally]:
        return [Tally(*row) for row in self._all(sql.TALLY)]


def _readiness(row: tuple[Any, ...]) -> Readiness:
    values = list(row)
    values[4], values[10] = bool(row[4]), bool(row[10])
    return Readiness(*values)
