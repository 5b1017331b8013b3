"""Reports: how a project stands, what is said of it, and how it got there."""

from __future__ import annotations

from typing import Any

from vespera_mcp.replies.cells import cell, minute, minutes, until
from vespera_mcp.replies.grids import Rows, counts, grid, grids, named, some
from vespera_mcp.replies.wanted import Asked

_DUE, _RECENT = 5, 8


def told_dashboard(answer: Any, asked: Asked) -> str:
    """Counts first, then what is wrong, what waits, what is due, who has how much, and what happened last."""
    where = answer.project_id or "all projects"
    head = [
        f"{where}: {answer.total} tasks, {answer.completed} completed, {answer.open} open",
        f"ready {answer.ready}, in progress {answer.in_progress}, blocked {answer.blocked}, held {answer.held}",
        f"overdue {answer.overdue}; in the last 7 days {answer.made} made, {answer.closed} closed",
        f"health {answer.health.score} {answer.health.level}",
    ]
    if answer.open:
        work = f"{minutes(answer.work_minutes)} of work, {minutes(answer.critical_minutes)} critical"
        head.append(f"{work}; {answer.agents} agents, over {minute(answer.finish)} ({until(answer.finish, asked.now)})")
    waiting = [(*named(one.task_id, answer.titles), some(one.blockers, 4)) for one in answer.waiting]
    due = [(*named(one.task_id, answer.titles), minute(one.due_at), _risk(one)) for one in answer.deadlines[:_DUE]]
    parts: list[tuple[str, str, Rows]] = [
        ("wrong", "", [(one.message,) for one in answer.health.reasons]),
        ("blocked", "id title by", waiting), ("due", "id title at risk", due),
        *_loads(answer),
        ("recent", "at kind id actor",
         [(minute(one.at), one.kind, one.task_id, one.actor) for one in answer.recent[:_RECENT]]),
    ]  # fmt: skip
    return grids(head, parts, asked)


def _risk(one: Any) -> str:
    return "overdue" if one.overdue else "at risk" if one.at_risk else "in time"


def _loads(answer: Any) -> list[tuple[str, str, Rows]]:
    return [
        (name, "name open ready active work", [
            (one.name or "nobody", one.open_tasks, one.ready, one.in_progress, minutes(one.minutes)) for one in found
        ])
        for name, found in (("roles", answer.roles), ("people", answer.assignees))
    ]  # fmt: skip


def told_insights(answer: Any, asked: Asked) -> str:
    rows = [(one.area, one.weight, cell(one.text, 240), some(one.task_ids, 5)) for one in answer.insights]
    return grid(f"{len(rows)} insights since {minute(answer.since)}", "area weight text tasks", rows, asked)


def told_health(answer: Any, asked: Asked) -> str:
    head = (
        f"{answer.project_id or 'all projects'}: health {answer.score} {answer.level}; {answer.tasks} tasks, "
        f"{answer.open_tasks} open, {answer.ready_tasks} ready"
    )
    rows = [(-one.penalty, cell(one.message, 200), some(one.task_ids, 5)) for one in answer.reasons]
    return grid(head, "points why tasks", rows, asked)


def told_burn_up(answer: Any, asked: Asked) -> str:
    """The latest period first; where not all is asked for, those in which nothing changed are left out."""
    figures = [(minute(one.until)[:10], one.scope_tasks, one.done_tasks) for one in answer.points]
    before = [("", -1, -1), *figures]
    rows = [one for last, one in zip(before, figures, strict=False) if asked.wanted.full or one[1:] != last[1:]]
    head = f"{len(figures)} {answer.period}s, latest first; scope and done where they changed"
    return grid(head, "until scope done", rows[::-1], asked)


def told_stats(answer: Any, asked: Asked) -> str:
    head = [f"{answer.total} tasks, {answer.open} open, {answer.ready} ready; {answer.events} events"]
    parts = [(name, f"{counts(getattr(answer, f'by_{name}'))}") for name in ("status", "type", "project")]
    return grid([*head, *(f"{name}: {text}" for name, text in parts if text)], "", [], asked)


def told_metrics(answer: Any, asked: Asked) -> str:
    kinds = counts({one.kind: one.edges for one in answer.edges_by_kind})
    groups = f"{answer.components} components, the largest {answer.largest_component}, {answer.isolated} tasks alone"
    head = [
        f"{answer.tasks} tasks, {answer.open_tasks} open, {answer.edges} edges ({kinds})",
        f"{groups}; longest chain {answer.depth}, density {answer.density:.4f}",
    ]
    rows = [(*named(one.task_id, answer.titles), one.betweenness) for one in answer.central]
    return grids(head, [("most passes through", "id title share", rows)], asked)
