"""Plans as text: the critical path, what a change would do, where work waits, and what agents make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vespera_core.cli.views.listed import SHOWN, bounded, left_out, lines, named, noted, percent, section, shift, span
from vespera_core.cli.views.text import clean, count, table, when

if TYPE_CHECKING:
    from vespera_core.analysis.results import (
        BlockedWeight,
        CompletionImpact,
        CriticalPath,
        CriticalTask,
        DelayImpact,
        DeletionImpact,
        FinishChange,
        ProjectFinish,
        Wave,
        Workload,
    )
    from vespera_core.app.graph.answers import (
        BottlenecksAnswer,
        CriticalPathAnswer,
        ImpactAnswer,
        WavesAnswer,
        WhatIfAnswer,
    )

Titles = Mapping[str, str]
_SOURCES = {"estimate": "estimated", "history": "from history", "default": "assumed", "container": ""}
_IN_WAVE = 5


@noted
def critical_path(answer: CriticalPathAnswer) -> str:
    """The chain that decides when all is over, in the order of work."""
    if not answer.tasks:
        return lines("Nothing is open here, so there is no critical path.", left_out(answer.circular))
    chain = f"{span(answer.length_minutes)}, {count(len(answer.tasks), 'task')} of {answer.open_tasks:,} open"
    rows = [_critical_row(one, answer.titles) for one in answer.tasks]
    return lines(
        f"Critical path: {chain}",
        bounded(rows, 50, ("STARTS", "TAKES", "", "TASK", "TITLE")),
        _on_guesses(answer.tasks),
        left_out(answer.circular),
    )


def _critical_row(one: CriticalTask, titles: Titles) -> tuple[str, ...]:
    start = "now" if one.earliest_start_minutes == 0 else f"+{span(one.earliest_start_minutes)}"
    source = _SOURCES.get(one.duration_source, one.duration_source)
    return start, span(one.duration_minutes), source, one.task_id, titles.get(one.task_id, "")


def _on_guesses(tasks: Sequence[CriticalTask]) -> list[str]:
    """A hint where the length rests on nothing that anybody said."""
    if any(one.duration_source != "default" for one in tasks):
        return []
    return ["  no task on it has an estimate; give some: vespera update ID --estimate 4h"]


@noted
def impact(answer: ImpactAnswer) -> str:
    """What a delay, the completion and the deletion of a task would do."""
    parts = [clean(f"{answer.task_id}  {answer.titles.get(answer.task_id, '')}".rstrip())]
    if answer.delay is not None:
        parts += _delay(answer.delay, answer.titles)
    if answer.completion is not None:
        parts += _completion(answer.completion, answer.titles)
    if answer.deletion is not None:
        parts += _deletion(answer.deletion, answer.titles)
    if answer.delay is None and answer.completion is None and answer.deletion is None:
        parts.append("  nothing would change: it is closed")
    return "\n".join(parts)


def _delay(one: DelayImpact, titles: Titles) -> list[str]:
    by = span(one.delay_minutes)
    head = f"Delayed by {by}: {_length(one.length_before_minutes, one.length_after_minutes)}"
    moved = [
        (each.task_id, f"{span(each.late_minutes)} late", titles.get(each.task_id, ""))
        for each in sorted(one.moved, key=lambda each: -each.late_minutes)
    ]
    broken = [
        (each.task_id, f"due {when(each.due_at)}", f"done {when(each.finish_after)}", titles.get(each.task_id, ""))
        for each in one.broken_dates
    ]
    return [
        head,
        *section("  runs late", bounded(moved, 10)),
        *([f"  {count(len(one.absorbed), 'task')} moved within their slack"] if one.absorbed else []),
        *section("  due dates broken", bounded(broken, 10)),
        *_projects(one.projects),
    ]


def _completion(one: CompletionImpact, titles: Titles) -> list[str]:
    head = f"Completed now: {_length(one.length_before_minutes, one.length_after_minutes)}"
    critical = "it is not on it"
    if one.was_critical:
        critical = "it is on it" if one.shortened_minutes else "it is on it, but another chain is as long"
    freed = section("  becomes ready", named(one.becomes_ready, titles, 10)) or ["  nothing becomes ready by it alone"]
    return [f"{head}; {critical}", *freed, *_projects(one.projects)]


def _deletion(one: DeletionImpact, titles: Titles) -> list[str]:
    head = f"Deleted: {_length(one.length_before_minutes, one.length_after_minutes)}"
    below = len(one.deleted) - 1
    lost = [
        (each.task_id, f"no longer waits for {', '.join(each.lost[:3])}{' ...' if len(each.lost) > 3 else ''}",
         titles.get(each.task_id, ""))
        for each in one.lost
    ]  # fmt: skip
    return [
        head,
        *([f"  takes {count(below, 'task')} below it along, {one.open_deleted:,} open in all"] if below else []),
        *section("  loses a prerequisite", bounded(lost, 10)),
        *section("  becomes ready", named(one.becomes_ready, titles, 10)),
    ]


def _length(before: int, after: int) -> str:
    if before == after:
        return f"the critical path stays {span(before)}"
    return f"the critical path goes from {span(before)} to {span(after)} ({shift(after - before)})"


def _projects(found: Sequence[ProjectFinish]) -> list[str]:
    rows = [
        (one.project_id, f"ends {shift(one.after_minutes - one.before_minutes)}", f"after {span(one.after_minutes)}")
        for one in found
        if one.after_minutes != one.before_minutes
    ]
    return section("  projects", bounded(rows, 10))


@noted
def bottlenecks(answer: BottlenecksAnswer) -> str:
    """The tasks that most waits for, then whom most work is for."""
    waits = [one for one in answer.tasks if one.blocked_tasks]
    rows = [_bottleneck(one, answer.titles) for one in waits]
    if not rows and not (answer.roles or answer.assignees):
        return lines("Nothing is open here.", left_out(answer.circular))
    found = section("Most waits for (* on the critical path)", table([_WAITS, *rows]) if rows else "")
    return lines(
        found or ["No open task waits for another."],
        section("By role", _loads(answer.roles)),
        section("By assignee", _loads(answer.assignees)),
        left_out(answer.circular),
    )


_WAITS = ("", "TASK", "", "TASKS", "WORK", "TITLE")


def _bottleneck(one: BlockedWeight, titles: Titles) -> tuple[str, ...]:
    pace = "in progress" if one.active else "ready" if one.ready else "waits"
    work = span(one.blocked_minutes)
    return "*" if one.critical else "", one.task_id, pace, f"{one.blocked_tasks:,}", work, titles.get(one.task_id, "")


def _loads(loads: Sequence[Workload]) -> str:
    if all(one.name is None for one in loads):
        return ""
    rows = [
        ("nobody yet" if one.name is None else one.name, count(one.tasks, "task"), span(one.work_minutes),
         f"{one.ready_tasks:,} ready", f"{one.active_tasks:,} in progress",
         f"overloaded: {one.load:.1f} times the mean" if one.overloaded else "")
        for one in loads
    ]  # fmt: skip
    return bounded(rows, 10)


@noted
def waves(answer: WavesAnswer) -> str:
    """What can run at the same time, wave by wave, and what agents make of it."""
    if not answer.waves:
        return lines("Nothing is open here.", left_out(answer.circular))
    best = f"with {count(answer.best_agents, 'agent')} it is about as fast as it gets"
    return lines(
        f"{count(len(answer.waves), 'wave')}, up to {count(answer.width, 'task')} at once; "
        f"{span(answer.work_minutes)} of work, {span(answer.critical_minutes)} at the least",
        [line for one in answer.waves[:SHOWN] for line in _wave(one, answer.titles)],
        [f"and {len(answer.waves) - SHOWN:,} more waves: --json lists all"] if len(answer.waves) > SHOWN else [],
        section(f"By agents ({best})", table([("AGENTS", "TAKES", "SPEEDUP", "BUSY"), *_by_agents(answer)])),
        left_out(answer.circular),
    )


def _wave(one: Wave, titles: Titles) -> list[str]:
    head = f"Wave {one.number}: {count(len(one.tasks), 'task')}, {span(one.work_minutes)} of work"
    longest = f", the longest {span(one.longest_minutes)}" if len(one.tasks) > 1 else ""
    return [f"{head}{longest}", named(one.tasks, titles, _IN_WAVE)]


def _by_agents(answer: WavesAnswer) -> list[tuple[str, ...]]:
    return [
        (f"{one.agents}", span(one.makespan_minutes), f"{one.speedup:.1f}x", percent(one.utilisation))
        for one in answer.by_agents
    ]


@noted
def whatif(answer: WhatIfAnswer) -> str:
    """What changes would do, and that nothing was written."""
    finish = ""
    if answer.finish_before != answer.finish_after:
        finish = f"; the end moves from {when(answer.finish_before)} to {when(answer.finish_after)}"
    titles = answer.titles
    refused = [(f"change {one.index}", one.kind, one.reason) for one in answer.refused]
    moved = sorted(answer.finishes, key=_least_moved_last)
    finishes = [(one.task_id, _finish(one.before, one.after), titles.get(one.task_id, "")) for one in moved]
    return lines(
        f"{count(answer.applied, 'change')} tried; nothing was written.",
        _length(answer.before.length_minutes, answer.after.length_minutes).capitalize() + finish,
        section("Could not be made", bounded(refused)),
        section("Added", named(answer.added, titles, 10)),
        section("Becomes ready", named(answer.ready_gained, titles, 10)),
        section("No longer ready", named(answer.ready_lost, titles, 10)),
        section("Waits for nothing open any more", named(answer.freed, titles, 10)),
        section("Finishes at another time", bounded(finishes, 10)),
        _way("The critical path then", answer.after, titles),
    )


def _least_moved_last(one: FinishChange) -> int:
    return 0 if one.before is None or one.after is None else -abs(one.after - one.before)


def _finish(before: int | None, after: int | None) -> str:
    if before is None:
        return f"at {when(after)}"
    return f"no longer open, was {when(before)}" if after is None else f"{when(before)} -> {when(after)}"


def _way(heading: str, path: CriticalPath, titles: Titles) -> list[str]:
    rows = [(span(one.duration_minutes), one.task_id, titles.get(one.task_id, "")) for one in path.tasks]
    return section(heading, bounded(rows))
