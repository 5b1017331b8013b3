"""What a list of changes would do: made one after the other in a fork, then compared with how things are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Ints, Mask
from vespera_core.analysis.calendar import check_hours, moment_after
from vespera_core.analysis.changes import Change, parse_changes
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.flow import flow_of
from vespera_core.analysis.fork import Fork
from vespera_core.analysis.network import Derived, Network
from vespera_core.analysis.ready import standing
from vespera_core.analysis.results import FinishChange, RefusedChange, WhatIf
from vespera_core.analysis.schedule import critical_path
from vespera_core.analysis.timing import Timing, floors, timing
from vespera_core.errors import Refused
from vespera_core.model.basics import Micros
from vespera_core.model.graph import GraphNode
from vespera_core.model.task import PRIORITIES

__all__ = ["Change", "parse_changes", "what_if"]


def what_if(
    network: Network,
    changes: Sequence[Change],
    now: Micros,
    *,
    project_id: str | None = None,
    hours_per_day: float = 24.0,
) -> WhatIf:
    """How the ready queue, the critical path and finish dates would change; nothing is written.

    A change that cannot be made is refused with the reason, and those after it are tried all the same. A new task
    without a project goes to its parent's, else to `project_id`, else to the only one there is. `project_id` also
    bounds the critical path and the dates to that project and what it waits for.
    """
    check_hours(hours_per_day)
    fork = Fork(network)
    refused = []
    for index, change in enumerate(changes):
        try:
            _APPLY[change.kind](_Bench(network, fork, now, project_id, hours_per_day), change)
        except Refused as error:
            cycle = tuple(error.details.get("cycle", ()))
            refused.append(RefusedChange(index=index, kind=change.kind, reason=error.message, cycle=cycle))
    after = fork.network()
    return _compared(network, after, now, project_id, hours_per_day, tuple(refused), len(changes) - len(refused))


def _compared(
    network: Network, after: Derived, now: Micros, project_id: str | None, hours_per_day: float,
    refused: tuple[RefusedChange, ...], applied: int,
) -> WhatIf:  # fmt: skip
    stands, stands_after = standing(network, now), standing(after, now)
    path = network.kept(("critical path", project_id), lambda: critical_path(network, project_id))
    path_after = critical_path(after, project_id)
    times, times_after = (_times(one, now, project_id, hours_per_day) for one in (network, after))
    new = after.origin.numbers < 0
    return WhatIf(
        applied=applied,
        refused=refused,
        added=after.names(np.flatnonzero(new).tolist()),
        ready_gained=after.names(np.flatnonzero(stands_after.ready & ~_earlier(stands.ready, after)).tolist()),
        ready_lost=network.names(np.flatnonzero(stands.ready & ~_later(stands_after.ready, after)).tolist()),
        freed=after.names(np.flatnonzero(stands_after.free & ~_earlier(stands.free, after) & ~new).tolist()),
        before=path,
        after=path_after,
        length_change_minutes=path_after.length_minutes - path.length_minutes,
        finish_before=moment_after(now, times.length, hours_per_day),
        finish_after=moment_after(now, times_after.length, hours_per_day),
        finishes=_finishes(network, after, times.finish, times_after.finish, now, hours_per_day),
    )


def _earlier(mask: Mask, after: Derived) -> Mask:
    """A mask of the tasks of before, in the numbers of after: false for what was added."""
    return np.append(mask, False)[after.origin.numbers]


def _later(mask: Mask, after: Derived) -> Mask:
    """A mask of the tasks of after, in the numbers of before: false for what is gone."""
    return np.append(mask, False)[after.origin.fates]


def _times(network: Network, now: Micros, project_id: str | None, hours_per_day: float) -> Timing:
    flow = flow_of(network, project_id)
    minutes = durations_of(network, hours_per_day).minutes
    return timing(flow, minutes, floors(network, flow, now, hours_per_day))


def _finishes(
    network: Network, after: Derived, finish: Ints, finish_after: Ints, now: Micros, hours_per_day: float
) -> tuple[FinishChange, ...]:
    """Every task whose finish moves, comes or goes; -1 is none."""
    origin = after.origin
    was = np.append(finish, -1)[origin.numbers]
    gone = np.flatnonzero((finish >= 0) & (origin.fates < 0))
    moved = np.flatnonzero(was != finish_after)
    rows = [
        *zip(network.names(gone.tolist()), finish[gone].tolist(), [-1] * len(gone), strict=True),
        *zip(after.names(moved.tolist()), was[moved].tolist(), finish_after[moved].tolist(), strict=True),
    ]

    def moment(minutes: int) -> Micros | None:
        return None if minutes < 0 else moment_after(now, minutes, hours_per_day)

    return tuple(FinishChange(task_id=one, before=moment(old), after=moment(new)) for one, old, new in sorted(rows))


class _Bench:
    """What a change is applied with."""

    def __init__(self, network: Network, fork: Fork, now: Micros, project_id: str | None, hours_per_day: float) -> None:
        self.network, self.fork, self.now = network, fork, now
        self.project_id, self.hours_per_day = project_id, hours_per_day

    def node(self, task_id: str) -> GraphNode:
        found = self.fork.nodes.get(task_id)
        if found is None:
            raise Refused(f"No task {task_id!r} is there.")
        return found

    def open(self, task_id: str) -> GraphNode:
        node = self.node(task_id)
        if not node.open:
            raise Refused(f"{task_id} is closed.")
        return node

    def duration(self, node: GraphNode) -> int:
        """What a task takes as things stand; a new one without an estimate counts as one of the network would."""
        if node.estimate_minutes is not None:
            return node.estimate_minutes
        fork = self.fork.network()
        return int(durations_of(fork, self.hours_per_day).minutes[fork.number(node.task_id)])

    def link(self, task_id: str, target: str) -> None:
        self.node(target)
        if target == task_id:
            raise Refused(f"{task_id} cannot depend on itself.", cycle=[task_id])
        cycle = self.fork.circle_by(task_id, target)
        if cycle:
            shown = " -> ".join((*cycle, cycle[0]))
            raise Refused(f"{target} as a dependency of {task_id} would close a circle: {shown}.", cycle=cycle)
        self.fork.row(task_id)[target] = None


def _close(bench: _Bench, change: Change) -> None:
    bench.open(change.task_id)
    bench.fork.close(change.task_id, bench.now, cancelled=change.kind == "cancel")


def _delete(bench: _Bench, change: Change) -> None:
    bench.node(change.task_id)
    bench.fork.delete(bench.fork.branch(change.task_id))


def _add_task(bench: _Bench, change: Change) -> None:
    fork, new = bench.fork, change.task_id
    if new in fork.nodes:
        raise Refused(f"The id {new} is taken.")
    fork.add(_new_node(bench, change))
    try:
        for target in change.depends_on:
            bench.link(new, target)
    except Refused:
        fork.delete([new])
        raise


def _new_node(bench: _Bench, change: Change) -> GraphNode:
    parent = None if change.parent_id is None else bench.node(change.parent_id)
    project = change.project_id or (parent.project_id if parent else bench.project_id) or _only_project(bench.fork)
    return GraphNode(
        task_id=change.task_id, project_id=project, version=1, type=change.type or "task", status="pending",
        category="todo", priority=PRIORITIES.index(change.priority or "normal"), parent_id=change.parent_id,
        role=change.role, assignee=change.assignee, estimate_minutes=change.estimate_minutes, created_at=bench.now,
        started_at=None, closed_at=None, due_at=None, defer_until=change.defer_until,
    )  # fmt: skip


def _only_project(fork: Fork) -> str:
    projects = {node.project_id for node in fork.nodes.values()}
    if len(projects) != 1:
        raise Refused("A new task needs a project_id here: there is not exactly one project.")
    return projects.pop()


def _add_dependency(bench: _Bench, change: Change) -> None:
    bench.node(change.task_id)
    row = bench.fork.row(change.task_id)
    before = dict(row)
    try:
        for target in change.depends_on:
            bench.link(change.task_id, target)
    except Refused:
        row.clear()
        row.update(before)
        raise


def _remove_dependency(bench: _Bench, change: Change) -> None:
    bench.node(change.task_id)
    row = bench.fork.row(change.task_id)
    for target in change.depends_on:
        if target not in row:
            raise Refused(f"{change.task_id} does not depend on {target}.")
    for target in change.depends_on:
        del row[target]


def _delay(bench: _Bench, change: Change) -> None:
    node = bench.open(change.task_id)
    if any(bench.fork.nodes[one].open for one in bench.fork.below(change.task_id)):
        raise Refused(f"{change.task_id} only waits for its children: delay one of these.")
    bench.fork.update(change.task_id, estimate_minutes=bench.duration(node) + (change.minutes or 0))


def _set(bench: _Bench, change: Change) -> None:
    bench.node(change.task_id)
    field = _FIELDS[change.kind]
    value = getattr(change, field)
    bench.fork.update(change.task_id, **{field: PRIORITIES.index(value) if field == "priority" else value})


_FIELDS: Final = {
    "set_estimate": "estimate_minutes",
    "set_priority": "priority",
    "set_role": "role",
    "set_assignee": "assignee",
    "defer": "defer_until",
}

_APPLY: Final[dict[str, Callable[[_Bench, Change], None]]] = {
    "complete": _close,
    "cancel": _close,
    "delete": _delete,
    "add_task": _add_task,
    "add_dependency": _add_dependency,
    "remove_dependency": _remove_dependency,
    "delay": _delay,
    **dict.fromkeys(_FIELDS, _set),
}
