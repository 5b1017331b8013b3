"""What the core asks of the graph's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from vespera_core.model.graph import Edge, GraphNode, Structure
from vespera_kuzu.schema import BETWEEN_TASKS, COUNTER, KEYS, TABLES, Arrow, edge_of
from vespera_kuzu.session import Session

TASK: Final = "(t:Task {task_id: $id})"
Start = tuple[str, Arrow]
"""An arrow with the task that it starts at."""

_PROPERTIES: Final = ", ".join(f"t.{name}" for name in GraphNode._fields)


def structure(session: Session) -> Structure:
    """Every live task and every arrow between them. The position is not known here: it is the core that keeps it."""
    nodes = sorted(GraphNode._make(row) for row in session.rows(f"MATCH (t:Task) RETURN {_PROPERTIES}"))
    edges = sorted(edge for table in BETWEEN_TASKS for edge in arrows(session, table))
    return Structure(0, tuple(nodes), tuple(edges))


def arrows(session: Session, table: str) -> Iterable[Edge]:
    """The arrows between live tasks in one table."""
    kind = "e.kind" if TABLES[table].kinded else "NULL"
    rows = session.rows(f"MATCH (s:Task)-[e:{table}]->(t:Task) RETURN s.task_id, {kind}, t.task_id")
    return (edge_of(source, table, kind, target) for source, kind, target in rows)


def commits(session: Session) -> int:
    """How many changes the snapshot has seen."""
    return int(session.rows("MATCH (m:Meta {name: $name}) RETURN m.number", name=COUNTER)[0][0])


def is_there(session: Session, task_id: str) -> bool:
    """Whether a live task has this id."""
    return bool(session.rows("MATCH (t:Task {task_id: $id}) RETURN 1", id=task_id))


def arrows_from(session: Session, ids: Iterable[str], tables: Iterable[str] = TABLES) -> list[Start]:
    """The arrows that start at tasks.

    Each table is asked on its own: one question about several makes Kuzu 0.11.3 fall over inside a transaction that
    writes.
    """
    return [
        (source, Arrow(table, kind or "", target))
        for table in tables
        for source, kind, target in _sought(session, ids, table, "-[e:{}]->(x:{})")
    ]


def arrows_into(session: Session, ids: Iterable[str]) -> list[Start]:
    """The arrows that lead to tasks from others, with the tasks that they start at."""
    return [
        (source, Arrow(table, kind or "", target))
        for table in BETWEEN_TASKS
        for target, kind, source in _sought(session, ids, table, "<-[e:{}]-(x:{})")
    ]


def waiting_for(session: Session, ids: Iterable[str]) -> list[Start]:
    """The arrows that wait for tasks to be there."""
    rest = "<-[w:AWAITS]-(s:Task) RETURN s.task_id, w.kind, m.task_id"
    found = session.for_each(ids, "(m:Missing {task_id: $id})", rest)
    return [(source, Arrow("AWAITS", kind, target)) for source, kind, target in found]


def led_to(session: Session, end: str, names: Iterable[str]) -> Counter[str]:
    """How many arrows lead to each of these nodes of a table."""
    node, counts = f"(n:{end} {{{KEYS[end]}: $id}})", Counter[str]()
    for table in (name for name, one in TABLES.items() if one.target == end):
        counts.update(dict(session.for_each(names, node, f"<-[:{table}]-(:Task) RETURN n.{KEYS[end]}, count(*)")))
    return counts


def _sought(session: Session, ids: Iterable[str], table: str, pattern: str) -> list[list[str]]:
    end, kinded = TABLES[table]
    kind = "e.kind" if kinded else "NULL"
    return session.for_each(ids, TASK, f"{pattern.format(table, end)} RETURN t.task_id, {kind}, x.{KEYS[end]}")


def neighbours(session: Session, task_id: str) -> list[Edge]:
    """As `Graph.neighbours`."""
    found = {*arrows_from(session, [task_id], BETWEEN_TASKS), *arrows_into(session, [task_id])}
    return sorted(edge_of(source, *arrow) for source, arrow in found)
