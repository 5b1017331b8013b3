"""What to do: what to start, settle, finish, estimate or hand over, and whether more agents would help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vespera_core.analysis.durations import DEFAULT, HISTORY
from vespera_core.analysis.waves import MOST_AGENTS, waves
from vespera_core.app.graph.facts import DAY, Facts
from vespera_core.app.graph.telling import MINUTE, Telling, behind, due, held_up, ids_of, told, weights
from vespera_core.app.graph.wording import counted, span

_SOON: Final = 3 * DAY
_STALE: Final = 7 * DAY
_WORTH: Final = 0.1
"""The share of the time that more agents must save before they are advised."""


def _is_ready(facts: Facts, task_id: str) -> bool:
    return bool(facts.stands.ready[facts.network.number_of[task_id]])


def _start(facts: Facts) -> Telling:
    """Ready work on the critical path, then ready work that much waits for."""
    waits = {one.task_id: one for one in facts.waits.tasks}
    first = next((one.task_id for one in facts.path.tasks if _is_ready(facts, one.task_id)), None)
    if first is not None:
        length = facts.path.length_minutes
        more = f", and {behind(waits[first])} for it" if first in waits else ""
        text = f"Start {first}: it is on the critical path of {span(length)}{more}."
        yield told(90, "start", text, [first], critical_minutes=length)
    others = [one for one in facts.waits.tasks if one.ready and one.task_id != first]
    for rank, one in enumerate(others[:3]):
        yield told(75 - rank, "start", f"Start {one.task_id}: {behind(one)} for it.", [one.task_id], **weights(one))


def _settle(facts: Facts) -> Telling:
    for one in held_up(facts):
        text = f"Settle what holds {one.task_id}: {behind(one)} for it."
        yield told(80, "settle", text, [one.task_id], **weights(one))


def _soon(facts: Facts) -> Telling:
    found = [
        entry
        for at, entry in due(facts)
        if at < facts.now + _SOON and entry.state == "planned" and _is_ready(facts, entry.task_id)
    ]
    if found:
        text = f"Take up what is ready and due within three days: {counted(len(found), 'task')}."
        yield told(85, "due_soon", text, ids_of(found), tasks=len(found))


def _finish(facts: Facts) -> Telling:
    begun = [
        (node.started_at, node.task_id)
        for node in (facts.network.nodes[at] for at in facts.open)
        if node.category == "active" and node.started_at is not None
    ]
    stale = sorted((at, one) for at, one in begun if facts.now - at > _STALE)
    if stale:
        at, oldest = stale[0]
        text = f"Finish {oldest} or give it back: it has been in progress for {span((facts.now - at) // MINUTE)}."
        if len(stale) > 1:
            text = f"Finish {counted(len(stale), 'task')} begun over a week ago, or give them back; {oldest} is first."
        yield told(55, "finish", text, [one for _, one in stale], tasks=len(stale))


def _estimate(facts: Facts) -> Telling:
    guessed = [one.task_id for one in facts.path.tasks if one.duration_source in (HISTORY, DEFAULT)]
    if guessed:
        rests = "its duration is a guess" if len(guessed) == 1 else "their durations are guesses"
        text = f"Estimate {counted(len(guessed), 'task')} on the critical path: {rests}."
        yield told(40, "estimate", text, guessed, tasks=len(guessed))


def _hand_over(facts: Facts) -> Telling:
    for load in facts.waits.assignees:
        if load.overloaded and load.name is not None and load.ready_tasks > 1:
            text = f"Hand some of {load.name}'s {load.ready_tasks:,} ready tasks to others."
            yield told(50, "hand_over", text, ready=load.ready_tasks, load=load.load)


def _more_agents(facts: Facts) -> Telling:
    most = min(max(2 * facts.agents, facts.agents + 2), MOST_AGENTS)
    if not facts.open or facts.agents >= most:
        return
    lines = waves(facts.network, facts.project_id, max_agents=most).by_agents
    now, shortest = lines[facts.agents - 1].makespan_minutes, lines[-1].makespan_minutes
    better = next(line for line in lines if line.makespan_minutes * 0.99 <= shortest)
    saved = now - better.makespan_minutes
    if saved > _WORTH * now:
        text = (
            f"With {better.agents} agents instead of {facts.agents}, the open work would be over {span(saved)} sooner,"
            f" in {span(better.makespan_minutes)}."
        )
        yield told(45, "more_agents", text, agents=better.agents, saved_minutes=saved)


RULES: Final[tuple[Callable[[Facts], Telling], ...]] = (
    _start, _settle, _soon, _finish, _estimate, _hand_over, _more_agents,
)  # fmt: skip
