"""Tasks on the calendar: when closed ones were started and closed, and when open ones come in a plan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vespera_core.analysis.calendar import check_hours, moment_after
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.flow import flow_of
from vespera_core.analysis.listing import crew, list_schedule, roles_of, urgency
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import Timeline, TimelineEntry
from vespera_core.analysis.timing import floors, timing
from vespera_core.model.basics import Micros
from vespera_core.model.graph import GraphNode


def timeline(
    network: Network,
    now: Micros,
    project_id: str | None = None,
    *,
    agents: int | None = 1,
    capacities: Mapping[str, int] | None = None,
    hours_per_day: float = 24.0,
) -> Timeline:
    """All tasks of a project (open ones with what they wait for), or of the ledger, by their start, then by id.

    Open tasks come as list scheduling places them for so many agents (None: as many as there is work for) and role
    capacities. `latest_finish` holds for the end of this plan if agents were no limit; `late` is past the due date.
    """
    check_hours(hours_per_day)
    team = crew(agents, capacities)
    flow, minutes = flow_of(network, project_id), durations_of(network, hours_per_day).minutes
    floor = floors(network, flow, now, hours_per_day)
    times = timing(flow, minutes, floor)
    ranks, roles = urgency(network, flow, times.weights), roles_of(network, flow, team)
    plan = list_schedule(flow, times.weights, ranks, team, roles, floor)
    spare = plan.makespan - times.length

    def planned(at: int) -> TimelineEntry:
        latest = moment_after(now, int(times.latest_finish[at]) + spare, hours_per_day)
        start = moment_after(now, plan.start[int(flow.start_of[at])], hours_per_day)
        finish = moment_after(now, plan.finish[int(flow.finish_of[at])], hours_per_day)
        return _planned(network.nodes[at], start, finish, latest, critical=bool(times.slack[at] == 0))

    entries = [planned(at) for at in flow.tasks.tolist()]
    mine = network.of_project(project_id) & ~network.open
    entries += [entry for at in np.flatnonzero(mine).tolist() for entry in _closed(network.nodes[at])]
    return Timeline(
        entries=tuple(sorted(entries, key=_place)),
        finish=moment_after(now, plan.makespan, hours_per_day),
        agents=agents,
        hours_per_day=hours_per_day,
        circular=network.names(flow.circular.tolist()),
    )


def _place(entry: TimelineEntry) -> tuple[int, int, str]:
    return (entry.finish if entry.start is None else entry.start, entry.finish, entry.task_id)


def _planned(node: GraphNode, start: Micros, finish: Micros, latest: Micros, *, critical: bool) -> TimelineEntry:
    """An open task; one in progress began when it was started, if that is known."""
    active = node.category == "active"
    return TimelineEntry(
        task_id=node.task_id,
        project_id=node.project_id,
        state="active" if active else "planned",
        start=node.started_at if active and node.started_at is not None else start,
        finish=finish,
        latest_finish=latest,
        due_at=node.due_at,
        late=node.due_at is not None and finish > node.due_at,
        critical=critical,
    )


def _closed(node: GraphNode) -> tuple[TimelineEntry, ...]:
    """A closed task; nothing for one whose closing time is not known."""
    if node.closed_at is None:
        return ()
    entry = TimelineEntry(
        task_id=node.task_id,
        project_id=node.project_id,
        state="closed",
        start=node.started_at,
        finish=node.closed_at,
        latest_finish=None,
        due_at=node.due_at,
        late=node.due_at is not None and node.closed_at > node.due_at,
        critical=False,
    )
    return (entry,)
