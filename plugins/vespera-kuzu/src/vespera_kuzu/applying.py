"""One batch of changes, inside one transaction: first everything is read, then everything is written.

An arrow belongs to the task that it starts at, and its target may not be live: not yet, since it comes later in the
batch or in a later one, or no more. Such an arrow leads to a Missing node of the target's id instead, in the table
AWAITS, and becomes itself once the target is there. So nothing but the changed tasks is ever needed.

Nothing is read again after the first write: Kuzu 0.11.3 does not always see the arrows that its own transaction drew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from vespera_core.ports.projection import Gone, Projected
from vespera_kuzu.reading import TASK, Start, arrows_from, arrows_into, led_to, waiting_for
from vespera_kuzu.schema import BETWEEN_TASKS, COLUMNS, KEYS, TABLES, arrow_of, arrows_of, awaiting, row_of
from vespera_kuzu.session import Session

_SET = ", ".join(f"t.{name} = CAST(r.{name} AS {kind})" for name, kind in COLUMNS.items() if name != "task_id")
_AT_ONCE = 500
"""Tasks written by one statement."""

_End = tuple[str, str]
"""A node that arrows lead to: its table and its key."""


def apply_batch(session: Session, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
    """Bring the graph to these states of these tasks; older ones than it holds are passed over."""
    held = versions(session, [*(one.task.task_id for one in batch), *(one.task_id for one in gone)])
    fresh = {one.task.task_id: one for one in batch if one.task.version >= held.get(one.task.task_id, 0)}
    past = [one.task_id for one in gone if one.task_id in held and one.version >= held[one.task_id]]
    wanted, was = _Arrows(session, fresh, past).change([one for one in fresh if one not in held])
    loose = _loose(session, was - wanted, wanted)
    _delete_arrows(session, was - wanted)
    session.for_each(past, TASK, "DELETE t")
    _put_nodes(session, list(fresh.values()))
    _create_arrows(session, sorted(wanted - was))
    for end, names in loose.items():
        session.for_each(sorted(names), f"(n:{end} {{{KEYS[end]}: $id}})", "DELETE n")


def versions(session: Session, ids: Iterable[str]) -> dict[str, int]:
    """The versions of those of these tasks that are held."""
    return dict(session.for_each(ids, TASK, "RETURN t.task_id, t.version"))


class _Arrows:
    """The arrows that a batch touches: of the tasks that it puts, of those that it removes, and of their neighbours."""

    def __init__(self, session: Session, fresh: dict[str, Projected], past: Sequence[str]) -> None:
        self._session = session
        self._fresh = fresh
        self._past = set(past)

    def change(self, new: Sequence[str]) -> tuple[set[Start], set[Start]]:
        """What they are to be, and what they are; `new` are the tasks that others may wait for."""
        was = {*arrows_from(self._session, [*self._fresh, *self._past])}
        led = {one for one in arrows_into(self._session, sorted(self._past)) if self._is_anothers(one)}
        waiting = {one for one in waiting_for(self._session, new) if self._is_anothers(one)}
        wanted = {(source, awaiting(arrow)) for source, arrow in led}
        wanted |= {(source, arrow_of(arrow.kind, arrow.target)) for source, arrow in waiting}
        return wanted | self._own(), was | led | waiting

    def _is_anothers(self, start: Start) -> bool:
        return start[0] not in self._fresh and start[0] not in self._past

    def _own(self) -> set[Start]:
        """The arrows that the tasks have from now on."""
        meant = {(task_id, arrow) for task_id, one in self._fresh.items() for arrow in arrows_of(one.task)}
        targets = {arrow.target for _, arrow in meant if arrow.table in BETWEEN_TASKS} - {*self._fresh}
        live = {*versions(self._session, sorted(targets)), *self._fresh} - self._past
        return {
            (source, arrow if arrow.table not in BETWEEN_TASKS or arrow.target in live else awaiting(arrow))
            for source, arrow in meant
        }


def _loose(session: Session, old: Iterable[Start], wanted: Iterable[Start]) -> dict[str, set[str]]:
    """The roles, actors, projects and missing tasks that no arrow leads to any more, by table."""
    ends, kept = _counted(old), _counted(wanted)
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for end, name in ends:
        if end != "Task" and (end, name) not in kept:
            asked[end].add(name)
    counts = {(end, name): count for end, names in asked.items() for name, count in led_to(session, end, names).items()}
    return {end: {name for name in names if counts[end, name] == ends[end, name]} for end, names in asked.items()}


def _counted(arrows: Iterable[Start]) -> dict[_End, int]:
    """How many of these arrows lead to each node."""
    counts: defaultdict[_End, int] = defaultdict(int)
    for _, arrow in arrows:
        counts[TABLES[arrow.table].target, arrow.target] += 1
    return counts


def _put_nodes(session: Session, tasks: Sequence[Projected]) -> None:
    """Write the tasks' own properties."""
    rows = [row_of(one) for one in tasks]
    for at in range(0, len(rows), _AT_ONCE):
        text = f"UNWIND $rows AS r MERGE (t:Task {{task_id: r.task_id}}) SET {_SET}"
        session.run(text, rows=rows[at : at + _AT_ONCE])


def _delete_arrows(session: Session, arrows: Iterable[Start]) -> None:
    """Take arrows away, before their ends: Kuzu 0.11.3 leaves some behind on DETACH DELETE, and falls over them."""
    for table, rows in _by_table(arrows):
        end, kinded = TABLES[table]
        kind = " AND e.kind = $kind" if kinded else ""
        one = f"MATCH {TASK}-[e:{table}]->(x:{end}) WHERE x.{KEYS[end]} = $target{kind} DELETE e"
        session.for_rows(rows, one, one.replace("$", "r."))


def _create_arrows(session: Session, arrows: Iterable[Start]) -> None:
    """Draw arrows from tasks that are there.

    WITH makes the engine look one end up after the other: without it, it joins whole tables.
    """
    for table, rows in _by_table(arrows):
        end, kinded = TABLES[table]
        if end != "Task":
            names = sorted({row["target"] for row in rows})
            session.run(f"UNWIND $names AS name MERGE (:{end} {{{KEYS[end]}: name}})", names=names)
        kind, carried = (" {kind: $kind}", ", r.kind AS kind") if kinded else ("", "")
        drawn = f"MATCH (x:{end} {{{KEYS[end]}: $target}}) CREATE (t)-[:{table}{kind}]->(x) RETURN t.task_id"
        many = f"MATCH {TASK} WITH t, $target AS target{carried} ".replace("$", "r.") + drawn.replace("$", "")
        _check_drawn(table, len(rows), len(session.for_rows(rows, f"MATCH {TASK} {drawn}", many)))


def _check_drawn(table: str, wanted: int, drawn: int) -> None:
    """An end that is not there is passed over by the engine without a word."""
    if wanted != drawn:
        raise LookupError(f"Of {wanted} arrows of {table}, {wanted - drawn} lack an end.")


def _by_table(arrows: Iterable[Start]) -> Iterable[tuple[str, list[dict[str, str]]]]:
    found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for source, (table, kind, target) in arrows:
        found[table].append({"id": source, "target": target} | ({"kind": kind} if TABLES[table].kinded else {}))
    return found.items()
