"""Selection: a task query as SQL. Which filters apply varies, so this one text is put together from constant parts."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from vespera_core.model.query import EventQuery, TaskQuery, read_cursor, sort_fields
from vespera_core.ports.rows import priority_rank
from vespera_sql import sql


class Clause(NamedTuple):
    """A condition and the values bound in it."""

    text: str
    values: tuple[Any, ...]


FEW: Final = 8
"""So many values are bound one by one, each count in a text of its own: that takes SQLite half the time."""


def listed(text: str, values: Sequence[str]) -> Clause:
    """A text with a list in it, and the values that it takes. A list that is named twice stays as it is."""
    if len(values) > FEW or sql.LISTED not in text:
        return Clause(text, (json.dumps(list(values)),))
    return Clause(_for_few(text, len(values)), tuple(values))


@cache
def _for_few(text: str, count: int) -> str:
    return text.replace(sql.LISTED, ", ".join("?" * count))


def _one_of(column: str, choices: tuple[Any, ...]) -> Clause:
    if len(choices) == 1:
        return Clause(f"task.{column} = ?", choices)
    return Clause(f"task.{column} IN (SELECT value FROM json_each(?))", (json.dumps(choices),))


def conditions(query: TaskQuery) -> list[Clause]:
    """What the filters of a query ask for, readiness and paging left aside."""
    found = [Clause(f"task.deleted_at IS {'NOT NULL' if query.deleted else 'NULL'}", ())]
    if query.projects is not None:
        found.append(_one_of("project_id", query.projects))
    if query.without_projects:
        found.append(
            Clause("task.project_id NOT IN (SELECT value FROM json_each(?))", (json.dumps(query.without_projects),))
        )
    if query.without_roles:
        outside = "(task.role IS NULL OR task.role NOT IN (SELECT value FROM json_each(?)))"
        found.append(Clause(outside, (json.dumps(query.without_roles),)))
    if query.open is not None:
        found.append(Clause(f"task.closed_at IS {'NULL' if query.open else 'NOT NULL'}", ()))
    ranks = tuple(priority_rank(word) for word in query.priorities)
    for column, choices in (("status", query.statuses), ("type", query.types), ("priority", ranks)):
        if choices:
            found.append(_one_of(column, choices))
    for column, value in (("role", query.role), ("assignee", query.assignee), ("parent_id", query.parent_id)):
        if value is not None:
            found.append(Clause(f"task.{column} = ?", (value,)))
    found.extend(Clause("EXISTS (SELECT 1 FROM json_each(task.tags) WHERE value = ?)", (tag,)) for tag in query.tags)
    found.extend(Clause(f"task.{bound} ?", (at,)) for bound, at in _bounds(query) if at is not None)
    found.extend(_standings(query))
    return found


def _bounds(query: TaskQuery) -> tuple[tuple[str, int | None], ...]:
    return (
        ("created_at >=", query.created_after), ("created_at <", query.created_before),
        ("updated_at >=", query.updated_after), ("updated_at <", query.updated_before),
    )  # fmt: skip


def filters(query: TaskQuery) -> Clause:
    """All that a query asks for but its page, as one condition."""
    clauses = conditions(query)
    if query.ready_at is not None:
        clauses.append(Clause("task.ready_at <= ?", (query.ready_at,)))
    return joined(clauses)


def match_text(terms: Sequence[str], *, every: bool) -> str:
    """Words as the text index wants them: quoted, so that none is taken for a command. Empty where there is none."""
    words = ['"' + term.replace('"', '""').replace("\x00", " ") + '"' for term in terms]
    return (" AND " if every else " OR ").join(words)


def text_source(terms: Sequence[str], query: TaskQuery, *, every: bool) -> Clause:
    """The tasks whose texts have the words: what stands behind SELECT."""
    where = filters(query)
    source = f"FROM task_text JOIN task ON task.row = task_text.rowid WHERE task_text MATCH ? AND {where.text}"
    return Clause(source, (match_text(terms, every=every), *where.values))


def vector_rows_text(model: str, query: TaskQuery | None, ids: Sequence[str] | None) -> Clause:
    """Where the vectors of the tasks that fit stand, by task id: the list behind IN is sorted, and so are the rows."""
    where = filters(query or TaskQuery())
    values = where.values
    text = f"{sql.VECTOR_ROWS} AND task_vector.task_id IN (SELECT task.task_id FROM task WHERE {where.text}"
    if ids is not None:
        text += " AND task.task_id IN (SELECT value FROM json_each(?))"
        values = (*values, json.dumps(list(ids)))
    if query is not None and query.deleted:
        text += " AND task.deleted_at IS NULL"
    return Clause(f"{text}) ORDER BY task_vector.task_id", (model, *values))


def _standings(query: TaskQuery) -> list[Clause]:
    """How tasks stand at a moment. A live hold is found by the index of held tasks, which its text has to name."""
    waiting = "(task.category = 'held' OR (task.category = 'todo' AND (task.ready_at IS NULL OR task.ready_at > ?)))"
    held = "task.hold_kind = 'worker' AND task.lease_until > ?"
    pairs = ((waiting, query.waiting_at), (held, query.held_at))
    return [Clause(text, (at,)) for text, at in pairs if at is not None]


def is_plain(query: TaskQuery) -> bool:
    """Whether a ready query has no filter but projects, so that the kept counters know its total."""
    exact = (
        query.role, query.assignee, query.parent_id, query.open, query.waiting_at, query.held_at,
        *dict(_bounds(query)).values(),
    )  # fmt: skip
    lists = (query.statuses, query.types, query.priorities, query.tags, query.without_roles)
    return not query.deleted and not any(lists) and all(value is None for value in exact)


def joined(clauses: list[Clause]) -> Clause:
    """All clauses as one condition."""
    return Clause(" AND ".join(one.text for one in clauses), tuple(value for one in clauses for value in one.values))


def order_by(query: TaskQuery) -> str:
    return ", ".join(f"{name}{' DESC' if down else ''}" for name, down in sort_fields(query.sort))


def after_cursor(query: TaskQuery) -> list[Clause]:
    """The condition that starts a page behind its cursor: the usual staircase of comparisons."""
    if query.cursor is None:
        return []
    key = read_cursor(query.cursor, query.sort)
    steps: list[str] = []
    values: list[Any] = []
    fields = sort_fields(query.sort)
    for index, (name, down) in enumerate(fields):
        equal = [f"task.{other} = ?" for other, _ in fields[:index]]
        steps.append("(" + " AND ".join([*equal, f"task.{name} {'<' if down else '>'} ?"]) + ")")
        values.extend(key[: index + 1])
    return [Clause("(" + " OR ".join(steps) + ")", tuple(values))]


def page_text(query: TaskQuery, clauses: list[Clause]) -> Clause:
    """The rows of one page, one more than the limit. Ready rows come from two partial indexes."""
    limit = query.limit + 1 if query.limit else -1
    where = joined([*clauses, *after_cursor(query)])
    if query.ready_at is None:
        return Clause(
            f"SELECT {sql.TASKS} FROM task WHERE {where.text} ORDER BY {order_by(query)} LIMIT ?",
            (*where.values, limit),
        )
    branch = "SELECT * FROM (SELECT {columns} FROM task WHERE {when} AND {where} ORDER BY {order} LIMIT ?)"
    texts = [
        branch.format(columns=sql.TASKS, when=when, where=where.text, order=order_by(query))
        for when in ("task.ready_at = 0", "task.ready_at > 0 AND task.ready_at <= ?")
    ]
    text = f"{texts[0]} UNION ALL {texts[1]} ORDER BY {order_by(query)} LIMIT ?"
    return Clause(text, (*where.values, limit, query.ready_at, *where.values, limit, limit))


def count_text(query: TaskQuery, clauses: list[Clause]) -> Clause:
    """How many rows there are without paging."""
    where = joined(clauses)
    if query.ready_at is None:
        return Clause(f"SELECT count(*) FROM task WHERE {where.text}", where.values)
    text = (
        f"SELECT (SELECT count(*) FROM task WHERE task.ready_at = 0 AND {where.text})"
        f" + (SELECT count(*) FROM task WHERE task.ready_at > 0 AND task.ready_at <= ? AND {where.text})"
    )
    return Clause(text, (*where.values, query.ready_at, *where.values))


def later_count_text(query: TaskQuery, clauses: list[Clause]) -> Clause:
    """How many rows have become ready by time alone: what the kept counters do not cover."""
    where = joined(clauses)
    text = f"SELECT count(*) FROM task WHERE task.ready_at > 0 AND task.ready_at <= ? AND {where.text}"
    return Clause(text, (query.ready_at, *where.values))


def entities_text(
    kind: str | None, ids: Sequence[str] | None, project_id: str | None, owner: str | None,
    states: Collection[str] | None,
) -> Clause:  # fmt: skip
    """The entities that fit every filter that is not None."""
    listed = None if states is None else tuple(states)
    pairs: tuple[tuple[str, tuple[str, ...] | None], ...] = (
        ("kind = ?", None if kind is None else (kind,)),
        ("entity_id IN (SELECT value FROM json_each(?))", None if ids is None else (json.dumps(list(ids)),)),
        ("project_id = ?", None if project_id is None else (project_id,)),
        ("owner = ?", None if owner is None else (owner,)),
        (f"state IN ({', '.join('?' * len(listed or ()))})", listed),
    )
    where = joined([Clause(text, values) for text, values in pairs if values is not None])
    text = f"{sql.ENTITIES}{' WHERE ' + where.text if where.text else ''} ORDER BY kind, entity_id"
    return Clause(text, where.values)


def events_text(query: EventQuery) -> Clause:
    """The lines of the log that a query asks for."""
    pairs = (
        ("entity = ?", query.entity),
        ("project_id = ?", query.project_id),
        ("seq = ?", query.seq),
        ("event_id = ?", query.event_id),
        ("seq > ?", query.after_seq or None),
        ("seq < ?", query.before_seq),
        ("at <= ?", query.until),
    )
    given = [Clause(text, (value,)) for text, value in pairs if value is not None]
    if query.kinds:
        given.append(listed(f"kind IN ({sql.LISTED})", query.kinds))
    where = joined(given)
    condition = f" WHERE {where.text}" if where.text else ""
    order = "DESC" if query.newest_first else "ASC"
    return Clause(f"{sql.EVENTS}{condition} ORDER BY seq {order} LIMIT ?", (*where.values, query.limit or -1))
