"""One batch of changes, inside one transaction.

An arrow belongs to the task that it starts at, and its target may not be live: not yet, since it comes later in the
batch or in a later one, or no more. Such an arrow leads to a Missing node of the target's id instead, in the table
AWAITS, and becomes itself once the target is there. So nothing but the changed tasks is ever needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from vespera_core.ports.projection import Gone, Projected
from vespera_kuzu.reading import TASK, Start, arrows_from, arrows_into
from vespera_kuzu.schema import (
    BETWEEN_TASKS,
    COLUMNS,
    KEYS,
    TABLES,
    Arrow,
    arrow_of,
    arrows_of,
    awaiting,
    row_of,
)
from vespera_kuzu.session import Session

_SET = ", ".join(f"t.{name} = CAST($r.{name} AS {kind})" for name, kind in COLUMNS.items() if name != "task_id")
_AT_ONCE = 500
"""Tasks written by one statement."""


def apply_batch(session: Session, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
    """Bring the graph to these states of these tasks; older ones than it holds are passed over."""
    held = versions(session, [*(one.task.task_id for one in batch), *(one.task_id for one in gone)])
    fresh = {one.task.task_id: one for one in batch if one.task.version >= held.get(one.task.task_id, 0)}
    past = [one.task_id for one in gone if one.task_id in held and one.version >= held[one.task_id]]
    change = _Change(session)
    change.remove(past)
    change.put_nodes(list(fresh.values()), [task_id for task_id in fresh if task_id not in held])
    change.put_arrows(list(fresh.values()))
    change.sweep()


def versions(session: Session, ids: Iterable[str]) -> dict[str, int]:
    """The versions of those of these tasks that are held."""
    return dict(session.for_each(ids, TASK, "RETURN t.task_id, t.version"))


class _Change:
    """What one batch does to the graph; `_loose` are the nodes that may have lost their last arrow."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loose: set[tuple[str, str]] = set()

    def remove(self, ids: Sequence[str]) -> None:
        """Take tasks out. Arrows of others that led to them wait from now on.

        Arrows go before their ends, one by one: Kuzu 0.11.3 leaves some behind on DETACH DELETE, and falls over them.
        """
        gone, led = set(ids), arrows_into(self._session, ids)
        self._delete({*led, *arrows_from(self._session, ids)})
        self._session.for_each(ids, TASK, "DELETE t")
        self._create((source, awaiting(arrow)) for source, arrow in led if source not in gone)

    def put_nodes(self, tasks: Sequence[Projected], new: Sequence[str]) -> None:
        """Write the tasks' own properties, and let in what waited for the new ones."""
        rows = [row_of(one) for one in tasks]
        for at in range(0, len(rows), _AT_ONCE):
            text = f"UNWIND $rows AS r MERGE (t:Task {{task_id: r.task_id}}) SET {_SET.replace('$r', 'r')}"
            self._session.run(text, rows=rows[at : at + _AT_ONCE])
        waits = "<-[w:AWAITS]-(s:Task) RETURN s.task_id, w.kind, m.task_id"
        found = self._session.for_each(new, "(m:Missing {task_id: $id})", waits)
        self._delete((source, Arrow("AWAITS", kind, target)) for source, kind, target in found)
        self._create((source, arrow_of(kind, target)) for source, kind, target in found)

    def put_arrows(self, tasks: Sequence[Projected]) -> None:
        """Make the arrows that start at these tasks those that they have now."""
        ids = [one.task.task_id for one in tasks]
        wanted = {(one.task.task_id, arrow) for one in tasks for arrow in arrows_of(one.task)}
        live = set(versions(self._session, {arrow.target for _, arrow in wanted if arrow.table in BETWEEN_TASKS}))
        real = {
            (source, arrow if arrow.table not in BETWEEN_TASKS or arrow.target in live else awaiting(arrow))
            for source, arrow in wanted
        }
        held = set(arrows_from(self._session, ids))
        self._delete(held - real)
        self._create(sorted(real - held))

    def _delete(self, arrows: Iterable[Start]) -> None:
        for table, rows in self._by_table(arrows):
            end, kinded = TABLES[table]
            kind = " AND e.kind = $kind" if kinded else ""
            one = f"MATCH {TASK}-[e:{table}]->(x:{end}) WHERE x.{KEYS[end]} = $target{kind} DELETE e"
            self._session.for_rows(rows, one, one.replace("$", "r."))
            self._loose.update((end, row["target"]) for row in rows if end != "Task")

    def _create(self, arrows: Iterable[Start]) -> None:
        """Draw arrows from tasks that are there.

        WITH makes the engine look one end up after the other: without it, it joins whole tables.
        """
        for table, rows in self._by_table(arrows):
            end, kinded = TABLES[table]
            if end != "Task":
                self._name(end, {row["target"] for row in rows})
            kind, carried = (" {kind: $kind}", ", r.kind AS kind") if kinded else ("", "")
            drawn = f"MATCH (x:{end} {{{KEYS[end]}: $target}}) CREATE (t)-[:{table}{kind}]->(x) RETURN t.task_id"
            many = f"MATCH {TASK} WITH t, $target AS target{carried} ".replace("$", "r.") + drawn.replace("$", "")
            self._check_drawn(table, len(rows), len(self._session.for_rows(rows, f"MATCH {TASK} {drawn}", many)))

    def _check_drawn(self, table: str, wanted: int, drawn: int) -> None:
        """An end that is not there is passed over by the engine without a word."""
        if wanted != drawn:
            raise LookupError(f"Of {wanted} arrows of {table}, {wanted - drawn} lack an end.")

    def _by_table(self, arrows: Iterable[Start]) -> Iterable[tuple[str, list[dict[str, str]]]]:
        found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        for source, (table, kind, target) in arrows:
            found[table].append({"id": source, "target": target} | ({"kind": kind} if TABLES[table].kinded else {}))
        return found.items()

    def _name(self, end: str, names: set[str]) -> None:
        self._session.run(f"UNWIND $names AS name MERGE (:{end} {{{KEYS[end]}: name}})", names=sorted(names))

    def sweep(self) -> None:
        """Remove the roles, actors, projects and missing tasks that no arrow leads to any more."""
        for end in {end for end, _ in self._loose}:
            names, node = {name for one, name in self._loose if one == end}, f"(n:{end} {{{KEYS[end]}: $id}})"
            for table in (name for name, table in TABLES.items() if table.target == end):
                led = self._session.for_each(names, node, f"<-[:{table}]-(:Task) RETURN DISTINCT n.{KEYS[end]}")
                names -= {name for (name,) in led}
            self._session.for_each(names, node, "DELETE n")
