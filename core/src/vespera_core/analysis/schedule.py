"""The schedule of open work, and its critical path, if there are workers enough and nothing is put off."""

from __future__ import annotations

import numpy as np

from vespera_core.analysis.durations import CONTAINER, Durations, durations_of
from vespera_core.analysis.flow import Flow, flow_of
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import CriticalPath, CriticalTask, Schedule, ScheduledTask
from vespera_core.analysis.timing import Timing, earliest_finishes, floors, longest_chain, timing
from vespera_core.model.basics import Micros


def schedule(network: Network, project_id: str | None = None, *, now: Micros | None = None) -> Schedule:
    """Earliest and latest start and finish of all open tasks, in minutes from now, and the slack between.

    With a project, its open tasks and those elsewhere that they wait for, measured against the end of all of these.
    Where `now` is given, tasks put off start no earlier than that allows. A project without tasks has none to show.
    """
    flow, durations = flow_of(network, project_id), durations_of(network)
    floor = None if now is None else floors(network, flow, now)
    times = timing(flow, durations.minutes, floor)
    return Schedule(
        tasks=tuple(_scheduled(network, flow, durations, times, at) for at in flow.tasks.tolist()),
        length_minutes=times.length,
        work_minutes=int(times.weights.sum()),
        circular=network.names(flow.circular.tolist()),
    )


def _scheduled(network: Network, flow: Flow, durations: Durations, times: Timing, at: int) -> ScheduledTask:
    container = bool(flow.container[at])
    return ScheduledTask(
        task_id=network.ids[at],
        project_id=network.nodes[at].project_id,
        duration_minutes=0 if container else int(durations.minutes[at]),
        duration_source=CONTAINER if container else durations.source[at],
        earliest_start_minutes=int(times.start[at]),
        earliest_finish_minutes=int(times.finish[at]),
        latest_start_minutes=int(times.latest_start[at]),
        latest_finish_minutes=int(times.latest_finish[at]),
        slack_minutes=int(times.slack[at]),
        critical=bool(times.slack[at] == 0),
    )


def critical_path(network: Network, project_id: str | None = None) -> CriticalPath:
    """The longest chain of open work: what cannot be made shorter by more workers.

    `tasks` names those that carry work of their own, milestones included; a task that only waits for its children is
    passed through and left out, so that the length is the sum of the durations. Of equally long chains the one with
    the smallest ids is shown, chosen at each step back from the end.
    """
    flow, durations = flow_of(network, project_id), durations_of(network)
    weights = flow.weights(durations.minutes)
    earliest = earliest_finishes(flow, weights)
    chain = np.array(longest_chain(flow, weights, earliest), dtype=np.int64)
    chain = chain[flow.working[chain]]
    rows = zip(flow.task[chain].tolist(), weights[chain].tolist(), earliest[chain].tolist(), strict=True)
    return CriticalPath(
        tasks=tuple(
            CriticalTask(
                task_id=network.ids[at],
                project_id=network.nodes[at].project_id,
                duration_minutes=minutes,
                duration_source=durations.source[at],
                slack_minutes=0,
                earliest_start_minutes=finish - minutes,
                earliest_finish_minutes=finish,
            )
            for at, minutes, finish in rows
        ),
        length_minutes=int(earliest.max(initial=0)),
        open_tasks=len(flow.tasks),
        circular=network.names(flow.circular.tolist()),
    )
