"""What a delay, a completion or a deletion of one task does to the rest.

Slack and lengths are those of the whole ledger, or of a project and what it waits for. In a ledger of several projects
the longest one gives all others slack, so a project's own question names the project.
"""

from __future__ import annotations

import numpy as np

from vespera_core.analysis.arrays import Ints, mask_of
from vespera_core.analysis.calendar import check_hours, moment_after
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.flow import Flow, flow_of
from vespera_core.analysis.fork import Fork
from vespera_core.analysis.network import Network
from vespera_core.analysis.ready import standing
from vespera_core.analysis.results import (
    BrokenDate,
    CompletionImpact,
    DelayImpact,
    DeletionImpact,
    LostPrerequisite,
    MovedTask,
    ProjectFinish,
)
from vespera_core.analysis.schedule import critical_path
from vespera_core.analysis.timing import Timing, earliest_finishes, floors, timing
from vespera_core.errors import InvalidInput, Refused
from vespera_core.model.basics import Micros

_MOST_MINUTES = 52_560_000


def delay_impact(
    network: Network,
    task_id: str,
    minutes: int,
    now: Micros,
    *,
    project_id: str | None = None,
    hours_per_day: float = 24.0,
) -> DelayImpact:
    """What happens if a task takes so many minutes longer; a container, if it closes that much after its children.

    Raises NotFound for an unknown id, InvalidInput for minutes that are none, and Refused for a task without a place
    in the plan: closed, in a circle, or not needed by the project.
    """
    _check_delay(minutes)
    check_hours(hours_per_day)
    at, flow = network.number(task_id), flow_of(network, project_id)
    if flow.finish_of[at] < 0:
        raise Refused(f"{task_id} has no place in the plan: it is closed, waits for itself, or is not needed there.")
    floor = floors(network, flow, now, hours_per_day)
    before = timing(flow, durations_of(network, hours_per_day).minutes, floor)
    weights = before.weights.copy()
    weights[flow.finish_of[at]] += minutes
    earliest = earliest_finishes(flow, weights, floor)
    finish = np.where(before.finish >= 0, earliest[flow.finish_of], -1)
    pushed = [_moved(network, before, finish, one) for one in np.flatnonzero(finish > before.finish).tolist()]
    return DelayImpact(
        task_id=task_id,
        delay_minutes=minutes,
        moved=tuple(one for one in pushed if one.late_minutes),
        absorbed=tuple(one for one in pushed if not one.late_minutes),
        broken_dates=_broken(network, before.finish, finish, now, hours_per_day),
        projects=_project_finishes(_ends(network, before.finish), _ends(network, finish)),
        length_before_minutes=before.length,
        length_after_minutes=int(earliest.max(initial=0)),
    )


def _check_delay(minutes: object) -> None:
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes <= _MOST_MINUTES:
        raise InvalidInput(f"A delay is 0 to {_MOST_MINUTES:,} whole minutes, not {minutes!r}.", field="minutes")


def _moved(network: Network, before: Timing, finish: Ints, at: int) -> MovedTask:
    return MovedTask(
        task_id=network.ids[at],
        shift_minutes=int(finish[at] - before.finish[at]),
        slack_minutes=int(before.latest_finish[at] - before.finish[at]),
        late_minutes=max(int(finish[at] - before.latest_finish[at]), 0),
        earliest_finish_minutes=int(finish[at]),
    )


def _broken(network: Network, before: Ints, after: Ints, now: Micros, hours_per_day: float) -> tuple[BrokenDate, ...]:
    broken = []
    for at in np.flatnonzero(after > before).tolist():
        due = network.nodes[at].due_at
        old, new = (moment_after(now, int(times[at]), hours_per_day) for times in (before, after))
        if due is not None and old <= due < new:
            broken.append(BrokenDate(task_id=network.ids[at], due_at=due, finish_before=old, finish_after=new))
    return tuple(broken)


def _ends(network: Network, finish: Ints) -> dict[str, int]:
    """The last finish of each project's open tasks."""
    names, number = network.projects
    last = np.full(len(names), -1, dtype=np.int64)
    np.maximum.at(last, number, finish)
    return {name: at for name, at in zip(names, last.tolist(), strict=True) if at >= 0}


def _project_finishes(before: dict[str, int], after: dict[str, int]) -> tuple[ProjectFinish, ...]:
    return tuple(
        ProjectFinish(project_id=one, before_minutes=before.get(one, 0), after_minutes=after.get(one, 0))
        for one in sorted(before.keys() | after.keys())
        if before.get(one, 0) != after.get(one, 0)
    )


def completion_impact(
    network: Network, task_id: str, now: Micros, *, project_id: str | None = None
) -> CompletionImpact:
    """What happens if a task were completed now. Raises NotFound, and Refused for a closed task."""
    at = network.number(task_id)
    if not network.open[at]:
        raise Refused(f"{task_id} is closed already.")
    fork = Fork(network)
    fork.close(task_id, now)
    after = fork.network()
    before_times, after_times = _plain(network, project_id), _plain(after, project_id)
    stands = standing(network, now)
    ready = standing(network, now, closed=mask_of(len(network), [at])).ready & ~stands.ready
    return CompletionImpact(
        task_id=task_id,
        becomes_ready=network.names(np.flatnonzero(ready).tolist()),
        was_critical=bool(before_times.slack[at] == 0),
        length_before_minutes=before_times.length,
        length_after_minutes=after_times.length,
        shortened_minutes=before_times.length - after_times.length,
        projects=_project_finishes(_ends(network, before_times.finish), _ends(after, after_times.finish)),
        critical_path=critical_path(after, project_id),
    )


def _plain(network: Network, project_id: str | None) -> Timing:
    flow: Flow = flow_of(network, project_id)
    return network.kept(("timing", project_id), lambda: timing(flow, durations_of(network).minutes))


def deletion_impact(network: Network, task_id: str, now: Micros, *, project_id: str | None = None) -> DeletionImpact:
    """What happens if a task were deleted with everything below it. Raises NotFound."""
    network.number(task_id)
    fork = Fork(network)
    gone = fork.branch(task_id)
    fork.delete(gone)
    after = fork.network()
    removed = mask_of(len(network), [network.number_of[one] for one in gone])
    ready = standing(network, now, gone=removed).ready & ~standing(network, now).ready
    losing = sorted({one for each in np.flatnonzero(removed).tolist() for one in network.needed_by.lists[each]})
    return DeletionImpact(
        task_id=task_id,
        deleted=tuple(gone),
        open_deleted=int((removed & network.open).sum()),
        lost=tuple(
            LostPrerequisite(
                task_id=network.ids[one],
                lost=network.names(target for target in network.needs.lists[one] if removed[target]),
                becomes_ready=bool(ready[one]),
            )
            for one in losing
            if not removed[one]
        ),
        becomes_ready=network.names(np.flatnonzero(ready).tolist()),
        length_before_minutes=_plain(network, project_id).length,
        length_after_minutes=_plain(after, project_id).length,
        critical_path=critical_path(after, project_id),
    )
