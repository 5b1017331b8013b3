"""Plans: the critical path, what is in the way, what can run at once, what changes would do, when it will be over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vespera_mcp.replies.cells import cell, minute, minutes, until
from vespera_mcp.replies.grids import Rows, grid, grids, named, some
from vespera_mcp.replies.wanted import Asked


def told_critical_path(answer: Any, asked: Asked) -> str:
    rows = [(*named(one.task_id, answer.titles), minutes(one.duration_minutes)) for one in answer.tasks]
    head = f"critical path: {len(rows)} of {answer.open_tasks} open tasks, {minutes(answer.length_minutes)} of work"
    return grid([head, *_circular(answer)], "id title work", rows, asked)


def _circular(answer: Any) -> list[str]:
    return [f"left out, waiting for themselves: {some(answer.circular)}"] if answer.circular else []


def told_dependencies(answer: Any, asked: Asked) -> str:
    """What is in the way of a task first, then what hangs on it."""
    state = "ready" if answer.ready else "open, not ready" if answer.open else "closed"
    head = [
        f"{' '.join(named(answer.task_id, answer.titles))}: {state}",
        f"depends on {len(answer.prerequisites)}, {answer.open_prerequisites} open",
        f"{len(answer.dependents)} depend on it, {answer.open_dependents} open",
    ]
    for name, ids in (
        ("work on first", answer.root_blockers), ("stuck", answer.stuck_blockers),
        ("ready once it is completed", answer.unblocks),
    ):  # fmt: skip
        head += [f"{name}: {some(ids)}"] if ids else []
    blockers = [(*named(one.task_id, answer.titles), one.because, _at_work(one)) for one in answer.open_blockers]
    parts: list[tuple[str, str, Rows]] = [("in its way", "id title because state", blockers)]
    for name, found in (("depends on", answer.prerequisites), ("depend on it", answer.dependents)):
        rows = [(*named(one.task_id, answer.titles), one.distance, "open" if one.open else "closed") for one in found]
        parts.append((name, "id title steps state", rows))
    return grids(head, parts, asked)


def _at_work(one: Any) -> str:
    return "active" if one.active else "ready" if one.ready else "waits"


def told_paths(answer: Any, asked: Asked) -> str:
    if answer.waits is None:
        return "neither waits for the other"
    more = "" if answer.complete else ", and there are more"
    head = f"{answer.waits} waits for {answer.waits_for}, {answer.distance} steps apart{more}"
    return grid(head, "chain", [(" > ".join(path),) for path in answer.paths], asked)


def told_bottlenecks(answer: Any, asked: Asked) -> str:
    tasks = [
        (*named(one.task_id, answer.titles), one.blocked_tasks, minutes(one.blocked_minutes), _at_work(one))
        for one in answer.tasks
    ]
    parts: list[tuple[str, str, Rows]] = [("most waits for", "id title tasks work state", tasks)]
    for name, found in (("roles", answer.roles), ("people", answer.assignees)):
        loads = [(one.name or "nobody", one.tasks, minutes(one.work_minutes), one.overloaded) for one in found]
        parts.append((name, "name open work overloaded", loads))
    return grids(_circular(answer), parts, asked) or "nothing waits"


def told_waves(answer: Any, asked: Asked) -> str:
    head = (
        f"{minutes(answer.work_minutes)} of work in {len(answer.waves)} waves, the widest {answer.width} tasks; "
        f"no more than {answer.best_agents} agents are of use"
    )
    waves = [(one.number, len(one.tasks), minutes(one.longest_minutes), some(one.tasks, 6)) for one in answer.waves]
    agents = [(one.agents, minutes(one.makespan_minutes), one.utilisation) for one in answer.by_agents]
    parts: list[tuple[str, str, Rows]] = [
        ("waves", "number tasks longest ids", waves), ("agents", "agents time utilisation", agents),
    ]  # fmt: skip
    return grids([head, *_circular(answer)], parts, asked)


def told_forecast(answer: Any, asked: Asked) -> str:
    agents = "as many agents as can be used" if answer.agents is None else f"{answer.agents} agents"
    head = f"{answer.open_tasks} open tasks, {minutes(answer.work_minutes)} of work, {agents}"
    over = [(f"P{one.percent}", minutes(one.minutes), minute(one.at)) for one in answer.quantiles]
    curve = [(one.agents, minutes(one.p50_minutes), minutes(one.p80_minutes)) for one in answer.by_agents]
    critical = [(*named(one.task_id, answer.titles), one.share) for one in answer.criticality[:10]]
    parts: list[tuple[str, str, Rows]] = [
        ("over after", "likelihood work at", over), ("with agents", "agents P50 P80", curve),
        ("decides the end", "id title share", critical),
    ]  # fmt: skip
    return grids([head, *_circular(answer)], parts, asked)


def told_what_if(answer: Any, asked: Asked) -> str:
    """What changes would do; those that were refused first."""
    change = minutes(abs(answer.length_change_minutes))
    way = "longer" if answer.length_change_minutes > 0 else "shorter"
    head = [
        f"nothing is written; {answer.applied} changes tried, critical path {change} {way}",
        f"finish {minute(answer.finish_before)} -> {minute(answer.finish_after)}",
    ]
    for name in ("ready_gained", "ready_lost", "freed", "added"):
        head += [f"{name}: {some(found)}"] if (found := getattr(answer, name)) else []
    refused = [(one.index, one.kind, one.reason) for one in answer.refused]
    finishes = [
        (*named(one.task_id, answer.titles), *("" if at is None else minute(at) for at in (one.before, one.after)))
        for one in answer.finishes
    ]
    parts: list[tuple[str, str, Rows]] = [
        ("refused", "index kind why", refused), ("finishes", "id title before after", finishes),
    ]  # fmt: skip
    return grids(head, parts, asked)


def told_impact(answer: Any, asked: Asked) -> str:
    return grids(" ".join(named(answer.task_id, answer.titles)), list(_impacts(answer)), asked)


def _impacts(answer: Any) -> Iterator[tuple[str, str, Rows]]:
    if (delay := answer.delay) is not None:
        moved = [(*named(one.task_id, answer.titles), minutes(one.late_minutes)) for one in delay.moved]
        grown = minutes(delay.length_after_minutes - delay.length_before_minutes)
        yield f"delayed by {minutes(delay.delay_minutes)}, the whole takes {grown} longer", "", [()]
        yield "late", "id title by", moved
        yield "due dates broken", "id due", [(one.task_id, minute(one.due_at)) for one in delay.broken_dates]
    if (done := answer.completion) is not None:
        critical = " (critical path)" if done.was_critical else ""
        yield f"completed, the way to the end is {minutes(done.shortened_minutes)} shorter{critical}", "", [()]
        yield "becomes ready", "id title", [named(one, answer.titles) for one in done.becomes_ready]
    if (gone := answer.deletion) is not None:
        yield f"deleted, {len(gone.deleted)} tasks go, {gone.open_deleted} of them open", "", [()]
        yield "lose what they wait for", "id lost", [(one.task_id, some(one.lost)) for one in gone.lost]


def told_timeline(answer: Any, asked: Asked) -> str:
    """Open work in the order of its start; closed work where all is asked for."""
    entries = [one for one in answer.entries if asked.wanted.full or one.state != "closed"]
    rows = [
        (*named(one.task_id, answer.titles), one.state, "" if one.start is None else minute(one.start),
         minute(one.finish), "late" if one.late else "")
        for one in entries
    ]  # fmt: skip
    closed = sum(one.state == "closed" for one in answer.entries)
    over = f"{minute(answer.finish)} ({until(answer.finish, asked.now)})"
    return grid(
        f"{len(answer.entries)} tasks, {closed} closed; over {over}", "id title state start finish late", rows, asked
    )


def told_cycles(answer: Any, asked: Asked) -> str:
    circles = [cell(" > ".join([*one, one[0]]), 400) for one in answer.cycles]
    return grid(f"{len(circles)} circles", "circle", [(one,) for one in circles], asked)
