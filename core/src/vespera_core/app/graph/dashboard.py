"""The dashboard: a project, or everything, on one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from vespera_core.app.graph.answers import Activity, DashboardAnswer, Deadline, Load, WaitingFor
from vespera_core.app.graph.facts import DAY, Facts
from vespera_core.app.graph.network import seen
from vespera_core.app.graph.requests import InProject
from vespera_core.model.basics import Micros
from vespera_core.model.event import TASK
from vespera_core.model.query import EventQuery
from vespera_core.model.task import PRIORITIES
from vespera_core.model.workflow import CANCELLED
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.analysis.results import Workload
    from vespera_core.app.kernel import Kernel

_ROWS: Final = 10
_EVENTS: Final = 1_000
_SOON: Final = 14 * DAY


def dashboard(kernel: Kernel, request: InProject, caller: Caller) -> DashboardAnswer:
    """Counts, what waits, who has how much, what happened, what is due."""
    facts = Facts(kernel, caller, request)
    nodes = [facts.network.nodes[at] for at in facts.open]
    waits = [at for at in facts.open if _waits(facts, at)]
    waiting, deadlines, recent = _waiting(facts, waits), _deadlines(facts), _recent(facts)
    return DashboardAnswer(
        project_id=facts.project_id, at=facts.now, total=len(facts.numbers),
        completed=sum(not node.open and node.status != CANCELLED for node in facts.nodes), open=len(facts.open),
        ready=sum(bool(facts.stands.ready[at]) for at in facts.open),
        in_progress=sum(node.category == "active" for node in nodes), blocked=len(waits),
        held=sum(facts.is_held(at) for at in facts.open),
        overdue=sum(node.due_at is not None and node.due_at < facts.now for node in nodes),
        made=len(facts.made(facts.since, facts.now)), closed=len(facts.closed(facts.since, facts.now)),
        agents=facts.agents, work_minutes=facts.work_minutes, critical_minutes=facts.path.length_minutes,
        finish=facts.plan.finish, by_status=_counts(node.status for node in facts.nodes),
        by_priority=_priorities(node.priority for node in nodes), by_type=_counts(node.type for node in nodes),
        health=facts.health, waiting=waiting, deadlines=deadlines, roles=_loads(facts.waits.roles),
        assignees=_loads(facts.waits.assignees), recent=recent,
        **seen(facts.source, waiting, deadlines, recent, facts.health),
    )  # fmt: skip


def _waits(facts: Facts, at: int) -> bool:
    """Whether a task could be worked on but for others."""
    return not facts.stands.ready[at] and not facts.is_held(at) and facts.network.nodes[at].category == "todo"


def _waiting(facts: Facts, waits: list[int]) -> tuple[WaitingFor, ...]:
    """The most urgent of the tasks that wait for open ones directly, and for which."""
    network = facts.network
    found: list[WaitingFor] = []
    for at in sorted(waits, key=lambda one: (network.nodes[one].priority, one)):
        below = dict.fromkeys((*network.needs.lists[at], *network.children.lists[at]))
        blockers = network.names(one for one in below if network.open[one])
        if blockers:
            found.append(WaitingFor(task_id=network.ids[at], blockers=blockers))
        if len(found) == _ROWS:
            break
    return tuple(found)


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


def _priorities(ranks: Iterable[int]) -> dict[str, int]:
    return {PRIORITIES[rank]: count for rank, count in sorted(Counter(ranks).items())}


def _loads(found: Iterable[Workload]) -> tuple[Load, ...]:
    return tuple(
        Load(
            name=one.name, open_tasks=one.tasks, ready=one.ready_tasks, in_progress=one.active_tasks,
            minutes=one.work_minutes, overloaded=one.overloaded,
        )
        for one in found
    )  # fmt: skip


def _deadlines(facts: Facts) -> tuple[Deadline, ...]:
    """What is overdue, will be late, or is due in the next two weeks, by date."""
    found = [
        Deadline(
            task_id=one.task_id, due_at=one.due_at, finish=one.finish, overdue=one.due_at < facts.now, at_risk=one.late
        )
        for one in facts.plan.entries
        if one.due_at is not None and one.state != "closed" and (one.late or one.due_at < facts.now + _SOON)
    ]
    return tuple(sorted(found, key=lambda one: (one.due_at, one.task_id))[:_ROWS])


def _recent(facts: Facts) -> tuple[Activity, ...]:
    """The last thing that happened to each of the tasks that moved last."""
    found: dict[str, Activity] = {}
    with facts.kernel.storage.read() as reader:
        query = EventQuery(project_id=facts.project_id, newest_first=True, limit=_EVENTS)
        for row in reader.event_rows(query):
            if row.entity_type == TASK and row.entity not in found and row.entity in facts.network.number_of:
                found[row.entity] = Activity(at=Micros(row.at), kind=row.kind, task_id=row.entity, actor=row.actor)
            if len(found) == _ROWS:
                break
    return tuple(found.values())
