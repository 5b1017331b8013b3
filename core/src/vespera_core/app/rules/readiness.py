"""Ripples: a change of one task carried to the readiness of the others, inside the same transaction.

Closing a task lowers `open_blockers` of what depends on it and `open_children` of its parent; blocking, deferring or
moving one changes what its descendants inherit. Only what is touched is read, so the cost follows the change and not
the size of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from vespera_core.model.readiness import Readiness
from vespera_core.model.task import CHILD_OF, DEPENDS_ON, Task
from vespera_core.ports.storage import UnitOfWork


class Ripple:
    """Working copies of the readiness records that one unit touches; `flush` writes those that changed."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._records: dict[str, Readiness] = {}
        self._originals: dict[str, Readiness] = {}
        self._unwritten: set[str] = set()

    def load(self, ids: Iterable[str]) -> None:
        """Read the records of these ids that are not here yet."""
        missing = [one for one in dict.fromkeys(ids) if one not in self._records]
        if missing:
            found = self._unit.readiness(missing)
            self._records.update(found)
            self._originals.update(found)

    def get(self, task_id: str) -> Readiness:
        self.load((task_id,))
        return self._records[task_id]

    def arrived(self, record: Readiness) -> None:
        """A new task was inserted with this record: its parent has one open child more."""
        self._records[record.task_id] = record
        if record.parent_id is not None and record.open:
            self._count_child(record.parent_id, +1)

    def changed(self, after: Readiness, old: Task, new: Task) -> None:
        """A task was changed from `old` to `new`; `after` holds its new facts and still its old counters."""
        before = self.get(new.task_id)
        if old.depends_on != new.depends_on:
            after = replace(after, open_blockers=self._open_among(new.depends_on))
        if old.parent_id != new.parent_id:
            held, wait_until = self.get(new.parent_id).imposes() if new.parent_id else (False, None)
            after = replace(after, held=held, wait_until=wait_until)
        self._put(after.settled())
        self._tell_parents(before, after)
        if before.open != after.open:
            self._tell_dependents(new.task_id, +1 if after.open else -1)

    def _open_among(self, ids: Sequence[str]) -> int:
        self.load(ids)
        return sum(self._records[one].open for one in ids)

    def _tell_parents(self, before: Readiness, after: Readiness) -> None:
        if (before.parent_id, before.open) == (after.parent_id, after.open):
            return
        if before.parent_id is not None and before.open:
            self._count_child(before.parent_id, -1)
        if after.parent_id is not None and after.open:
            self._count_child(after.parent_id, +1)

    def _count_child(self, parent_id: str, step: int) -> None:
        parent = self.get(parent_id)
        self._put(replace(parent, open_children=parent.open_children + step).settled())

    def _tell_dependents(self, task_id: str, step: int) -> None:
        edges = self._unit.edges((task_id,), incoming=True)
        sources = [edge.source for edge in edges if edge.kind == DEPENDS_ON]
        self.load(sources)
        for source in sources:
            record = self._records[source]
            self._put(replace(record, open_blockers=record.open_blockers + step).settled())

    def _put(self, record: Readiness) -> None:
        before = self._records[record.task_id]
        self._records[record.task_id] = record
        self._unwritten.add(record.task_id)
        if before.imposes() != record.imposes():
            self._tell_descendants(record)

    def _tell_descendants(self, record: Readiness) -> None:
        waiting = [record]
        while waiting:
            parent = waiting.pop()
            held, wait_until = parent.imposes()
            children = [
                edge.source for edge in self._unit.edges((parent.task_id,), incoming=True) if edge.kind == CHILD_OF
            ]
            self.load(children)
            for child in (self._records[one] for one in children):
                after = replace(child, held=held, wait_until=wait_until).settled()
                if after != child:
                    self._records[child.task_id] = after
                    self._unwritten.add(child.task_id)
                    if after.imposes() != child.imposes():
                        waiting.append(after)

    def flush(self) -> None:
        """Write every record that changed."""
        self._unit.set_readiness([self._records[one] for one in sorted(self._unwritten)])
        self._unwritten.clear()

    def unblocked(self, now: int) -> list[str]:
        """Ids of tasks that this unit made ready, sorted."""
        return sorted(
            one
            for one, before in self._originals.items()
            if not _ready(before, now) and _ready(self._records[one], now)
        )


def _ready(record: Readiness, now: int) -> bool:
    return record.ready_at is not None and record.ready_at <= now


def initial_readiness(
    fresh: Mapping[str, Readiness],
    depends_on: Callable[[str], Iterable[str]],
    known: Callable[[Sequence[str]], Mapping[str, Readiness]],
) -> dict[str, Readiness]:
    """The records of many new tasks that may depend on each other, from their bare facts.

    `depends_on` gives the targets of a new task, `known` the records of tasks that are in the store already.
    """
    outside = {one for task_id in fresh for one in depends_on(task_id) if one not in fresh}
    outside |= {record.parent_id for record in fresh.values() if record.parent_id and record.parent_id not in fresh}
    stored = known(sorted(outside)) if outside else {}
    children: dict[str, int] = {}
    for record in fresh.values():
        if record.parent_id is not None and record.open:
            children[record.parent_id] = children.get(record.parent_id, 0) + 1
    done: dict[str, Readiness] = {}

    def settle(task_id: str) -> Readiness:
        record = fresh[task_id]
        above = None if record.parent_id is None else (done.get(record.parent_id) or stored.get(record.parent_id))
        held, wait_until = above.imposes() if above else (False, None)
        targets = ((fresh.get(one) or stored[one]) for one in depends_on(task_id))
        blockers = sum(target.open for target in targets)
        return record.with_counters(blockers, children.get(task_id, 0), held, wait_until)

    for task_id in parents_first(fresh):
        done[task_id] = settle(task_id)
    return done


def parents_first(records: Mapping[str, Readiness]) -> list[str]:
    """The ids in an order where every parent stands before its children."""
    placed: dict[str, None] = {}
    for task_id in records:
        path: dict[str, None] = {}
        one: str | None = task_id
        while one is not None and one in records and one not in placed and one not in path:  # a circle ends, too
            path[one] = None
            one = records[one].parent_id
        placed.update(dict.fromkeys(reversed(path)))
    return list(placed)
