"""Results about plans: what a change would do, how many workers help, and when the work will be over."""

from __future__ import annotations

from vespera_core.analysis.results.flow import CriticalPath
from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class MovedTask:
    """An open task that a change pushes back.

    Its earliest finish moves by `shift_minutes`, of which its slack before the change takes what it can;
    `late_minutes` is what goes beyond: the minutes after its latest finish.
    """

    task_id: str
    shift_minutes: int
    slack_minutes: int
    late_minutes: int
    earliest_finish_minutes: int


@record(frozen=True, slots=True, kw_only=True)
class BrokenDate:
    """A task whose due date held before a change and does not after it."""

    task_id: str
    due_at: Micros
    finish_before: Micros
    finish_after: Micros


@record(frozen=True, slots=True, kw_only=True)
class ProjectFinish:
    """The minutes after which a project's last open task finishes, before and after a change."""

    project_id: str
    before_minutes: int
    after_minutes: int


@record(frozen=True, slots=True, kw_only=True)
class DelayImpact:
    """What a delay of one task does.

    `moved` runs past its slack, `absorbed` starts later within its slack (both by id, the task itself included).
    `projects` lists the projects whose end moves.
    """

    task_id: str
    delay_minutes: int
    moved: tuple[MovedTask, ...]
    absorbed: tuple[MovedTask, ...]
    broken_dates: tuple[BrokenDate, ...]
    projects: tuple[ProjectFinish, ...]
    length_before_minutes: int
    length_after_minutes: int


@record(frozen=True, slots=True, kw_only=True)
class CompletionImpact:
    """What the completion of one task now does: what becomes ready, and how much shorter the way to the end is."""

    task_id: str
    becomes_ready: tuple[str, ...]
    was_critical: bool
    length_before_minutes: int
    length_after_minutes: int
    shortened_minutes: int
    projects: tuple[ProjectFinish, ...]
    critical_path: CriticalPath


@record(frozen=True, slots=True, kw_only=True)
class LostPrerequisite:
    """A task that loses prerequisites by a deletion, and whether that makes it ready."""

    task_id: str
    lost: tuple[str, ...]
    becomes_ready: bool


@record(frozen=True, slots=True, kw_only=True)
class DeletionImpact:
    """What the deletion of one task does: `deleted` is it and everything below it."""

    task_id: str
    deleted: tuple[str, ...]
    open_deleted: int
    lost: tuple[LostPrerequisite, ...]
    becomes_ready: tuple[str, ...]
    length_before_minutes: int
    length_after_minutes: int
    critical_path: CriticalPath


@record(frozen=True, slots=True, kw_only=True)
class Wave:
    """Tasks that can run at the same time, once all earlier waves are done."""

    number: int
    tasks: tuple[str, ...]
    work_minutes: int
    longest_minutes: int


@record(frozen=True, slots=True, kw_only=True)
class AgentCount:
    """How long the open work takes with so many agents, and how much of their time is work (0 to 1)."""

    agents: int
    makespan_minutes: int
    lower_bound_minutes: int
    speedup: float
    utilisation: float


@record(frozen=True, slots=True, kw_only=True)
class Waves:
    """How parallel the open work is.

    `width` is the largest wave. `parallelism` is all work divided by the critical length: no number of agents is that
    many times faster than one. `best_agents` is the smallest number that no larger one up to the greatest tried beats
    by more than one part in a hundred.
    """

    waves: tuple[Wave, ...]
    width: int
    work_minutes: int
    critical_minutes: int
    parallelism: float
    by_agents: tuple[AgentCount, ...]
    best_agents: int
    circular: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class RefusedChange:
    """A change that could not be made: its place in the list (from 0), its kind, and why.

    `cycle` names the circle that it would close, each id waiting for the next and the last for the first.
    """

    index: int
    kind: str
    reason: str
    cycle: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class FinishChange:
    """The earliest finish of a task before and after the changes; None where it is not open then."""

    task_id: str
    before: Micros | None
    after: Micros | None


@record(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What a list of changes would do, had they been made. Ids are sorted; nothing has been written.

    `freed` are tasks that wait for no open task any more, ready or not. `finishes` lists tasks whose earliest finish
    differs. Lengths are of the critical path.
    """

    applied: int
    refused: tuple[RefusedChange, ...]
    added: tuple[str, ...]
    ready_gained: tuple[str, ...]
    ready_lost: tuple[str, ...]
    freed: tuple[str, ...]
    before: CriticalPath
    after: CriticalPath
    length_change_minutes: int
    finish_before: Micros
    finish_after: Micros
    finishes: tuple[FinishChange, ...]


@record(frozen=True, slots=True, kw_only=True)
class Quantile:
    """With this probability (percent) the work is over after so many minutes of work, which is at this moment."""

    percent: int
    minutes: int
    at: Micros


@record(frozen=True, slots=True, kw_only=True)
class Criticality:
    """In which share of the samples (0 to 1) a task was on the chain that determined the end."""

    task_id: str
    share: float


@record(frozen=True, slots=True, kw_only=True)
class AgentForecast:
    """The forecast for another number of agents."""

    agents: int
    p50_minutes: int
    p80_minutes: int
    p95_minutes: int
    p80_at: Micros


@record(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When the open work will be over: P50, P80 and P95 of many drawn runs.

    `spread_sigma` is the spread of the logarithm of actual over estimated time, from `spread_samples` closed tasks
    (`spread_source` is ``history``, or ``default`` where there are too few). `bias` is the factor by which work took
    longer than estimated (1 where unknown). `criticality` is ranked; `by_agents` is the curve over agents. `agents`
    is None for as many as can be used.
    """

    open_tasks: int
    work_minutes: int
    agents: int | None
    samples: int
    seed: int
    hours_per_day: float
    mean_minutes: int
    quantiles: tuple[Quantile, ...]
    spread_sigma: float
    bias: float
    spread_source: str
    spread_samples: int
    criticality: tuple[Criticality, ...]
    by_agents: tuple[AgentForecast, ...]
    circular: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class BackTestCut:
    """One forecast made in the past: from what was known `at` a moment, for the tasks open then that are closed now.

    Minutes count from the cut; `agents` is the number that was at work around it.
    """

    at: Micros
    tasks: int
    agents: int
    p50_minutes: int
    p80_minutes: int
    p95_minutes: int
    actual_minutes: int


@record(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often reality was at or below a stated percentile (`observed`, 0 to 1), and the mean pinball loss."""

    percent: int
    observed: float
    pinball_minutes: float


@record(frozen=True, slots=True, kw_only=True)
class BackTest:
    """How good forecasts would have been.

    `calibration_error` is the mean distance between stated and observed coverage (0 is perfect), `bias_ratio` the
    median of actual over P50. Both are None, and `reason` says why, where there is too little history.
    """

    cuts: tuple[BackTestCut, ...]
    coverage: tuple[Coverage, ...]
    calibration_error: float | None
    bias_ratio: float | None
    closed_tasks: int
    reason: str | None = None
