"""Results for people who lead the work: bottlenecks, health, the timeline, and scope over time."""

from __future__ import annotations

from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class BlockedWeight:
    """An open task and the open work that waits for it in the end.

    `weight` is `blocked_minutes` with each task's minutes weighted by its priority (critical 5 to someday 1).
    """

    task_id: str
    weight: int
    blocked_minutes: int
    blocked_tasks: int
    ready: bool
    active: bool
    critical: bool
    role: str | None
    assignee: str | None


@record(frozen=True, slots=True, kw_only=True)
class Workload:
    """The open work of a role or of a person. `load` is its work against the mean of all; `overloaded` above 1.5.

    `name` is None for work without one, which takes no part in the mean. `critical_share` is the share of its work
    that has no slack (0 to 1).
    """

    name: str | None
    tasks: int
    work_minutes: int
    ready_tasks: int
    ready_minutes: int
    active_tasks: int
    critical_share: float
    load: float
    overloaded: bool


@record(frozen=True, slots=True, kw_only=True)
class Bottlenecks:
    """Where work waits: tasks by blocked weight, then roles and assignees by open work."""

    tasks: tuple[BlockedWeight, ...]
    roles: tuple[Workload, ...]
    assignees: tuple[Workload, ...]
    circular: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class HealthReason:
    """One thing that costs a project health: points lost, how many tasks it is about, and up to five of them."""

    kind: str
    message: str
    penalty: int
    count: int
    task_ids: tuple[str, ...]


@record(frozen=True, slots=True, kw_only=True)
class Health:
    """A project's health: 100 without complaints; ``good`` from 80, ``fair`` from 50, else ``poor``.

    `level` is ``empty`` for a project without tasks and ``done`` for one without open tasks. Reasons come worst first.
    """

    project_id: str | None
    score: int
    level: str
    tasks: int
    open_tasks: int
    ready_tasks: int
    reasons: tuple[HealthReason, ...]


@record(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """A task on the calendar. `state` is ``closed``, ``active`` or ``planned``.

    Closed tasks have the moments when they were started (None where nobody did) and closed. For open ones `start` and
    `finish` are what the plan gives with the agents there are, and `latest_finish` is when they must be over so that
    the end of the plan holds.
    """

    task_id: str
    project_id: str
    state: str
    start: Micros | None
    finish: Micros
    latest_finish: Micros | None
    due_at: Micros | None
    late: bool
    critical: bool


@record(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Tasks in the order of their start."""

    entries: tuple[TimelineEntry, ...]
    finish: Micros
    agents: int | None
    hours_per_day: float
    circular: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class BurnUpPoint:
    """How much there was and how much was closed at the end of a period. Cancelled work leaves the scope."""

    until: Micros
    scope_tasks: int
    done_tasks: int
    scope_minutes: int
    done_minutes: int


@record(frozen=True, slots=True, kw_only=True)
class BurnUp:
    """Scope and done over time, one point a period (``day`` or ``week``, in UTC), the last one ending after now."""

    period: str
    points: tuple[BurnUpPoint, ...]
