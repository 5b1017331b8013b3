"""Results about the flow of work: the schedule, what waits for what, paths, circles, the shape of the graph."""

from __future__ import annotations

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class CriticalTask:
    """A task on the critical path. `duration_source` is ``estimate``, ``history`` or ``default``."""

    task_id: str
    project_id: str
    duration_minutes: int
    duration_source: str
    slack_minutes: int
    earliest_start_minutes: int
    earliest_finish_minutes: int


@record(frozen=True, slots=True, kw_only=True)
class CriticalPath:
    """The longest chain of open work, in the order of work; its length is the sum of its durations.

    `open_tasks` counts the open tasks looked at. `circular` are ids that wait for themselves, and were left out.
    """

    tasks: tuple[CriticalTask, ...]
    length_minutes: int
    open_tasks: int
    circular: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class ScheduledTask:
    """When an open task can and must start and finish, if there are workers enough. Minutes count from now.

    `duration_source` is ``container`` for a task that only waits for its children: it has no work of its own.
    """

    task_id: str
    project_id: str
    duration_minutes: int
    duration_source: str
    earliest_start_minutes: int
    earliest_finish_minutes: int
    latest_start_minutes: int
    latest_finish_minutes: int
    slack_minutes: int
    critical: bool


@record(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The schedule of all open tasks looked at, sorted by id."""

    tasks: tuple[ScheduledTask, ...]
    length_minutes: int
    work_minutes: int
    circular: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A task up or down the dependencies, and how many steps away it is on the shortest way."""

    task_id: str
    distance: int
    open: bool


@record(frozen=True, slots=True, kw_only=True)
class Blocker:
    """An open task in the way. `because` says how: ``depends_on``, ``child``, or ``parent`` for one of its ancestors.

    `ready` tells whether it can be worked on now, `active` whether somebody does.
    """

    task_id: str
    because: str
    ready: bool
    active: bool


@record(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What one task depends on and what depends on it, by `depends_on` alone, nearest first.

    `depth_above` and `depth_below` are the steps of the longest chain of prerequisites and of dependents (None where a
    circle makes them endless). `open_blockers` are the direct prerequisites, open children and blocked ancestors in
    its way; `root_blockers` are what could be worked on now, or is, to free it in the end; `stuck_blockers` are what
    stands in its way that no work frees (held by hand, put off, or in a circle), maybe the task itself. `unblocks`
    becomes ready if the task is completed now.
    """

    task_id: str
    open: bool
    ready: bool
    prerequisites: tuple[Neighbour, ...]
    dependents: tuple[Neighbour, ...]
    depth_above: int | None
    depth_below: int | None
    open_prerequisites: int
    open_dependents: int
    open_blockers: tuple[Blocker, ...]
    root_blockers: tuple[str, ...]
    stuck_blockers: tuple[str, ...]
    unblocks: tuple[str, ...]


@record(frozen=True, slots=True, kw_only=True)
class Paths:
    """Chains of `depends_on` between two tasks, shortest first, each from the task that waits to what it waits for.

    `waits` is the end that waits and `waits_for` the other; both are None where neither waits for the other.
    `distance` counts the steps of a shortest chain. `complete` says that `paths` holds every chain there is.
    """

    waits: str | None
    waits_for: str | None
    distance: int | None
    paths: tuple[tuple[str, ...], ...]
    complete: bool


@record(frozen=True, slots=True, kw_only=True)
class Circle:
    """Tasks that wait for each other: all of them, and one shortest circle, starting at its smallest id.

    `shortest` does not repeat its first id at the end: the last waits for the first.
    """

    task_ids: tuple[str, ...]
    shortest: tuple[str, ...]


@record(frozen=True, slots=True, kw_only=True)
class CycleAudit:
    """Every knot of tasks that wait for themselves, sorted by smallest id."""

    circles: tuple[Circle, ...]
    tasks_in_circles: int


@record(frozen=True, slots=True, kw_only=True)
class KindCount:
    """How many edges there are of a kind."""

    kind: str
    edges: int


@record(frozen=True, slots=True, kw_only=True)
class DegreeSummary:
    """How many dependencies tasks have: mean, median, 90th percentile and maximum, and the share that has none."""

    mean: float
    median: float
    p90: float
    maximum: int
    zero_share: float


@record(frozen=True, slots=True, kw_only=True)
class Centrality:
    """How much of the graph's traffic passes a task: betweenness, as a share of all pairs (0 to 1)."""

    task_id: str
    betweenness: float


@record(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The shape of the graph.

    `depth` counts the steps of the longest chain of `depends_on` (None where there are circles). `components`,
    `largest_component` and `isolated` look at dependencies and parents together, whatever their direction. `density`
    is the share of all ordered pairs that a `depends_on` joins. `central` is ranked, `betweenness_exact` tells whether
    from all sources or from a sample of `betweenness_sources`.
    """

    tasks: int
    open_tasks: int
    edges: int
    edges_by_kind: tuple[KindCount, ...]
    prerequisites: DegreeSummary
    dependents: DegreeSummary
    depth: int | None
    components: int
    largest_component: int
    isolated: int
    density: float
    central: tuple[Centrality, ...]
    betweenness_exact: bool
    betweenness_sources: int
