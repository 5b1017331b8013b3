"""The dashboard and the insights as text: one page each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.listed import bounded, lines, noted, section, span
from vespera_core.cli.views.text import clean, count, table, when

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vespera_core.analysis.results import Health
    from vespera_core.app.graph.answers import DashboardAnswer, Deadline, Insight, InsightsAnswer, Load

_AREAS = {"risk": "At risk", "action": "To do about it", "changed": "Changed since"}
_NAMED = 5
_BAR = 20


@noted
def dashboard(answer: DashboardAnswer) -> str:
    """How a project stands, what waits, who has what, what is due, and what happened lately."""
    name = f"Project {clean(answer.project_id)}" if answer.project_id else "All projects"
    if not answer.total:
        return f"{name}: no tasks yet. Run 'vespera create \"What is to be done\"' to make the first."
    return lines(
        f"{name}: {count(answer.total, 'task')}, {answer.completed:,} completed  {_bar(answer)}",
        table([_now(answer)]),
        _plan(answer),
        _health(answer.health),
        section("Open, by priority", table(_counts(answer.by_priority))),
        section("Waiting, the most urgent first", _waiting(answer)),
        section("Due", _due(answer)),
        section("By role", _loads(answer.roles)),
        section("By assignee", _loads(answer.assignees)),
        section("Lately", _recent(answer)),
    )  # fmt: skip


def _now(answer: DashboardAnswer) -> list[str]:
    figures = [("ready", answer.ready), ("in progress", answer.in_progress), ("waiting", answer.blocked)]
    figures += [(word, number) for word, number in (("held", answer.held), ("overdue", answer.overdue)) if number]
    return [f"{number:,} {word}" for word, number in figures]


def _plan(answer: DashboardAnswer) -> list[str]:
    """What is left, and when it is over with those who work now; what the week brought."""
    if not answer.open:
        return []
    work = f"  {answer.open:,} open: {span(answer.work_minutes)} of work, {span(answer.critical_minutes)} at the least"
    end = f"over by {when(answer.finish)} with {count(answer.agents, 'agent')}"
    return [f"{work}; {end}", f"  in the last 7 days {answer.made:,} made, {answer.closed:,} closed"]


def _bar(answer: DashboardAnswer) -> str:
    full = round(_BAR * answer.completed / answer.total)
    return f"[{'#' * full}{'.' * (_BAR - full)}] {100 * answer.completed // answer.total}%"


def _health(health: Health) -> list[str]:
    if health.level in ("empty", "done"):
        return ["Health: everything is done."] if health.level == "done" else []
    rows = [(f"-{one.penalty}", one.message) for one in health.reasons]
    return [f"Health: {health.level}, {health.score} of 100", *([table(rows)] if rows else [])]


def _counts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(word, f"{number:,}") for word, number in counts.items()]


def _waiting(answer: DashboardAnswer) -> str:
    rows = []
    for one in answer.waiting:
        rest = f" and {len(one.blockers) - 3} more" if len(one.blockers) > 3 else ""
        rows.append((one.task_id, f"for {', '.join(one.blockers[:3])}{rest}", answer.titles.get(one.task_id, "")))
    return bounded(rows, 10)


def _due(answer: DashboardAnswer) -> str:
    rows = [(one.task_id, when(one.due_at), _risk(one), answer.titles.get(one.task_id, "")) for one in answer.deadlines]
    return bounded(rows, 10)


def _risk(one: Deadline) -> str:
    return "overdue" if one.overdue else f"at risk: planned for {when(one.finish)}" if one.at_risk else ""


def _loads(loads: tuple[Load, ...]) -> str:
    """Who has how much; nothing where all work is for nobody in particular."""
    if all(one.name is None for one in loads):
        return ""
    rows = [
        ("nobody yet" if one.name is None else one.name, f"{one.open_tasks:,} open", f"{one.ready:,} ready",
         f"{one.in_progress:,} in progress", span(one.minutes), "overloaded" if one.overloaded else "")
        for one in loads
    ]  # fmt: skip
    return bounded(rows, 10)


def _recent(answer: DashboardAnswer) -> str:
    rows = [
        (when(one.at), one.kind.removeprefix("task."), one.task_id, one.actor, answer.titles.get(one.task_id, ""))
        for one in answer.recent
    ]
    return bounded(rows, _NAMED, more="'vespera history' lists all")


@noted
def insights(answer: InsightsAnswer) -> str:
    """Sentences by what they are about, with the tasks that they name."""
    if not answer.insights:
        return f"Nothing to tell: nothing has changed since {when(answer.since)}, and nothing is at risk."
    return lines(*(_area(area, heading, answer) for area, heading in _AREAS.items()))


def _area(area: str, heading: str, answer: InsightsAnswer) -> list[str]:
    found = [one for one in answer.insights if one.area == area]
    if not found:
        return []
    title = f"{heading} {when(answer.since)}" if area == "changed" else heading
    return [f"{title}:", *(line for one in found for line in _insight(one, answer.titles))]


def _insight(one: Insight, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"  {clean(one.text)}"
    if one.task_ids and one.area != "changed":
        rows = [(task_id, titles.get(task_id, "")) for task_id in one.task_ids[:_NAMED]]
        yield table(rows, "      ")
