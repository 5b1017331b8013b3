"""Questions about plans: the critical path, what a change would do, where work waits, and when it will be over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from vespera_core.app.graph.answers import (
    BackTestAnswer,
    BottlenecksAnswer,
    CriticalPathAnswer,
    ForecastAnswer,
    ImpactAnswer,
    TimelineAnswer,
    WavesAnswer,
    WhatIfAnswer,
)
from vespera_core.app.graph.network import answered, in_project, seen, source_of, task_id_of
from vespera_core.app.graph.requests import (
    AskBackTest,
    AskForecast,
    AskImpact,
    AskTimeline,
    AskWaves,
    AskWhatIf,
    FindBottlenecks,
    InProject,
)
from vespera_core.app.session import Session
from vespera_core.errors import NotFound
from vespera_core.model.basics import Micros
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.analysis.changes import Change
    from vespera_core.app.kernel import Kernel

_ONE_DAY: Final = 1_440


def critical_path(kernel: Kernel, request: InProject, caller: Caller) -> CriticalPathAnswer:
    """The longest chain of open work."""
    from vespera_core.analysis.schedule import critical_path as find

    project_id = in_project(kernel, caller, request)
    source = source_of(kernel)
    return answered(source, CriticalPathAnswer, find(source.network, project_id))


def impact(kernel: Kernel, request: AskImpact, caller: Caller) -> ImpactAnswer:
    """What a delay, the completion and the deletion of one task do."""
    from vespera_core.analysis.impact import completion_impact, delay_impact, deletion_impact

    task_id = task_id_of(kernel, caller, request.task_id)
    project_id = in_project(kernel, caller, request)
    source, now = source_of(kernel), Micros(kernel.clock())
    network = source.network
    every = request.delay_minutes is None and not (request.complete or request.delete)
    is_open = bool(network.open[network.number(task_id)])
    minutes = _ONE_DAY if every and is_open else request.delay_minutes
    delay = completion = deletion = None
    if minutes is not None:
        hours = request.hours_per_day
        delay = delay_impact(network, task_id, minutes, now, project_id=project_id, hours_per_day=hours)
    if request.complete or (every and is_open):
        completion = completion_impact(network, task_id, now, project_id=project_id)
    if request.delete or every:
        deletion = deletion_impact(network, task_id, now, project_id=project_id)
    shown = seen(source, task_id, delay, completion, deletion)
    return ImpactAnswer(task_id=task_id, delay=delay, completion=completion, deletion=deletion, **shown)


def bottlenecks(kernel: Kernel, request: FindBottlenecks, caller: Caller) -> BottlenecksAnswer:
    """Where work waits."""
    from vespera_core.analysis.bottlenecks import bottlenecks as find

    project_id = in_project(kernel, caller, request)
    source = source_of(kernel)
    found = find(source.network, Micros(kernel.clock()), project_id, limit=request.limit)
    return answered(source, BottlenecksAnswer, found)


def waves(kernel: Kernel, request: AskWaves, caller: Caller) -> WavesAnswer:
    """What can run at the same time."""
    from vespera_core.analysis.waves import waves as find

    project_id = in_project(kernel, caller, request)
    source = source_of(kernel)
    return answered(source, WavesAnswer, find(source.network, project_id, max_agents=request.max_agents))


# ---------------------------------------------------------------- what if

_ADD: Final = "add_task"


def whatif(kernel: Kernel, request: AskWhatIf, caller: Caller) -> WhatIfAnswer:
    """What a list of changes would do. A change that cannot be made is refused with the reason; the rest is tried."""
    from vespera_core.analysis.changes import parse_changes
    from vespera_core.analysis.whatif import what_if

    changes = parse_changes(request.changes)
    project_id = in_project(kernel, caller, request)
    with kernel.storage.read() as reader:
        changes = _resolved(Session(reader, caller, kernel.clock()), changes)
    source = source_of(kernel)
    found = what_if(
        source.network, changes, Micros(kernel.clock()), project_id=project_id, hours_per_day=request.hours_per_day
    )
    return answered(source, WhatIfAnswer, found)


def _resolved(session: Session, changes: Sequence[Change]) -> tuple[Change, ...]:
    """The same changes with ids in full. What names no task stays as it is: it may be one that they add."""
    added = {change.task_id for change in changes if change.kind == _ADD}
    asked = {one for change in changes for one in _ids(change)} - added
    exact = session.reader.tasks(sorted(asked))
    full = {one: one if one in exact else _by_prefix(session, one) for one in asked}

    def whole(one: str) -> str:
        return full.get(one, one)

    return tuple(
        replace(
            change, task_id=whole(change.task_id), depends_on=tuple(map(whole, change.depends_on)),
            parent_id=None if change.parent_id is None else whole(change.parent_id),
        )
        for change in changes
    )  # fmt: skip


def _ids(change: Change) -> Iterator[str]:
    yield change.task_id
    yield from change.depends_on
    if change.parent_id is not None:
        yield change.parent_id


def _by_prefix(session: Session, prefix: str) -> str:
    try:
        return session.task(prefix).task_id
    except NotFound:
        return prefix


# ---------------------------------------------------------------- when


def forecast(kernel: Kernel, request: AskForecast, caller: Caller) -> ForecastAnswer:
    """When the open work will be over."""
    from vespera_core.analysis.forecast import forecast as find

    project_id = in_project(kernel, caller, request)
    source = source_of(kernel)
    found = find(
        source.network, Micros(kernel.clock()), project_id, agents=request.agents, capacities=request.capacities,
        samples=request.samples, seed=request.seed, hours_per_day=request.hours_per_day,
        max_agents=request.max_agents,
    )  # fmt: skip
    return answered(source, ForecastAnswer, found)


def backtest(kernel: Kernel, request: AskBackTest, caller: Caller) -> BackTestAnswer:
    """How good forecasts would have been."""
    from vespera_core.analysis.backtest import backtest as find

    project_id = in_project(kernel, caller, request)
    source = source_of(kernel)
    found = find(
        source.network, project_id, cuts=request.cuts, agents=request.agents, samples=request.samples,
        seed=request.seed, hours_per_day=request.hours_per_day,
    )  # fmt: skip
    return answered(source, BackTestAnswer, found)


def timeline(kernel: Kernel, request: AskTimeline, caller: Caller) -> TimelineAnswer:
    """Tasks on the calendar."""
    from vespera_core.analysis.timeline import timeline as find

    project_id = in_project(kernel, caller, request)
    source = source_of(kernel)
    found = find(
        source.network, Micros(kernel.clock()), project_id, agents=request.agents, capacities=request.capacities,
        hours_per_day=request.hours_per_day,
    )  # fmt: skip
    return answered(source, TimelineAnswer, found)
