"""What is at risk: dates, circles, what stands still, and who has too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vespera_core.app.graph.facts import DAY, Facts
from vespera_core.app.graph.telling import MINUTE, SHOWN, Telling, behind, due, held_up, ids_of, told, weights
from vespera_core.app.graph.wording import counted, span
from vespera_core.model.basics import Micros
from vespera_core.model.times import rfc3339

_NEAR: Final = 7 * DAY
_TELLING: Final = frozenset({"circles", "stale", "bottleneck"})
"""Complaints whose tasks are worth naming; the others are about most tasks."""


def _overdue(facts: Facts) -> Telling:
    found = [(at, entry) for at, entry in due(facts) if at < facts.now]
    if found:
        at, oldest = found[0]
        ago = span((facts.now - at) // MINUTE)
        text = f"{oldest.task_id} is {ago} past its due date."
        if len(found) > 1:
            text = f"{counted(len(found), 'open task')} are past their due dates, {oldest.task_id} by {ago}."
        yield told(95, "overdue", text, ids_of(entry for _, entry in found), tasks=len(found))


def _late(facts: Facts) -> Telling:
    """Dates to come that the plan does not keep."""
    found = [(at, entry) for at, entry in due(facts) if entry.late and at >= facts.now]
    agents = counted(facts.agents, "agent")
    for at, entry in found[:SHOWN]:
        gap = (entry.finish - at) // MINUTE
        text = f"{entry.task_id} is due {rfc3339(Micros(at))[:10]}; {agents} would finish it {span(gap)} too late."
        weight = 85 if at - facts.now < _NEAR else 65
        yield told(weight, "late", text, [entry.task_id], minutes_late=gap, agents=facts.agents)
    if (more := len(found) - SHOWN) > 0:
        text = f"{counted(more, 'more due date')} would not be kept with {agents}."
        yield told(60, "late", text, ids_of(entry for _, entry in found[SHOWN:]), tasks=more, agents=facts.agents)


def _complaints(facts: Facts) -> Telling:
    """What costs the project health, dates apart."""
    for reason in facts.health.reasons:
        if reason.kind != "overdue":
            weight = min(20 + 3 * reason.penalty, 90)
            ids = reason.task_ids if reason.kind in _TELLING else ()
            yield told(weight, reason.kind, reason.message, ids, tasks=reason.count, penalty=reason.penalty)


def _overloaded(facts: Facts) -> Telling:
    for load in (*facts.waits.assignees, *facts.waits.roles):
        if load.overloaded and load.name is not None:
            text = f"{load.name} has {span(load.work_minutes)} of open work, {load.load:.1f} times the mean."
            yield told(min(45 + round(5 * load.load), 70), "overloaded", text, minutes=load.work_minutes,
                       load=load.load, tasks=load.tasks)  # fmt: skip


def _held(facts: Facts) -> Telling:
    for one in held_up(facts):
        yield told(70, "held", f"{one.task_id} is held, and {behind(one)} for it.", [one.task_id], **weights(one))


RULES: Final[tuple[Callable[[Facts], Telling], ...]] = (_overdue, _late, _complaints, _overloaded, _held)
