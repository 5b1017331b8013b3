"""Time as text: forecasts, how good they were, the timeline, and scope and done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from vespera_core.cli.views.listed import SHOWN, bounded, left_out, lines, noted, percent, section, span
from vespera_core.cli.views.text import count, table, when

if TYPE_CHECKING:
    from vespera_core.analysis.results import BurnUpPoint, TimelineEntry
    from vespera_core.app.graph.answers import BackTestAnswer, BurnUpAnswer, ForecastAnswer, TimelineAnswer

_ODDS: Final = {50: "as likely as not", 80: "likely", 95: "almost surely"}
_WIDTH: Final = 40
_PERIODS: Final = 16


@noted
def forecast(answer: ForecastAnswer) -> str:
    """When the open work will be over, how sure that is, and what more agents would change."""
    if not answer.open_tasks:
        return lines("Nothing is open here: the work is over.", left_out(answer.circular))
    who = "as many agents as help" if answer.agents is None else count(answer.agents, "agent")
    rows = [
        (f"P{one.percent}", when(one.at), f"in {span(one.minutes)}", _ODDS.get(one.percent, ""))
        for one in answer.quantiles
    ]
    return lines(
        f"{count(answer.open_tasks, 'open task')}, {span(answer.work_minutes)} of work, {who}; done by:",
        table(rows),
        section("By agents", table([("AGENTS", "P50", "P80", "P95", "P80 AT"), *_by_agents(answer)])),
        _decisive(answer),
        _grounds(answer),
        left_out(answer.circular),
    )


def _by_agents(answer: ForecastAnswer) -> list[tuple[str, ...]]:
    return [
        (f"{one.agents}", span(one.p50_minutes), span(one.p80_minutes), span(one.p95_minutes), when(one.p80_at))
        for one in answer.by_agents
    ]


def _decisive(answer: ForecastAnswer) -> list[str]:
    """The tasks that decide the end most often; nothing where all of them always do."""
    if all(one.share >= 1 for one in answer.criticality):
        return []
    rows = [(one.task_id, percent(one.share), answer.titles.get(one.task_id, "")) for one in answer.criticality[:10]]
    return section("Decide the end, in how many runs", table(rows))


def _grounds(answer: ForecastAnswer) -> str:
    if answer.spread_source == "history":
        grounds = f"spread from {count(answer.spread_samples, 'closed task')}"
    else:
        grounds = "spread assumed: too few closed tasks have an estimate and a start"
    bias = "" if answer.bias == 1 else f"; work takes {answer.bias:.2g} times its estimate"
    return f"  {answer.samples:,} runs, seed {answer.seed}; {grounds}{bias}"


@noted
def backtest(answer: BackTestAnswer) -> str:
    """How earlier forecasts compare with what happened."""
    if answer.reason is not None:
        return f"No back test yet: {answer.reason}."
    cuts = [
        (when(one.at), count(one.tasks, "task"), span(one.p50_minutes), span(one.p80_minutes), span(one.p95_minutes),
         span(one.actual_minutes), _hit(one.actual_minutes, (one.p50_minutes, one.p80_minutes, one.p95_minutes)))
        for one in answer.cuts
    ]  # fmt: skip
    cover = [(f"P{one.percent}", f"held in {percent(one.observed)}") for one in answer.coverage]
    return lines(
        f"Forecasts of the past, from {count(answer.closed_tasks, 'closed task')}:",
        bounded(cuts, SHOWN, ("AT", "", "P50", "P80", "P95", "TOOK", "")),
        section("How often they held", table(cover)),
        _verdict(answer.calibration_error, answer.bias_ratio),
    )


def _hit(actual: int, quantiles: Sequence[int]) -> str:
    names = ("within P50", "within P80", "within P95")
    return next((name for name, bound in zip(names, quantiles, strict=True) if actual <= bound), "later than P95")


def _verdict(error: float | None, bias: float | None) -> list[str]:
    found = []
    if error is not None:
        found.append(f"  on average {percent(error)} off what was stated (0% is perfect)")
    if bias is not None:
        found.append(f"  work took {bias:.2g} times the P50")
    return found


@noted
def timeline(answer: TimelineAnswer) -> str:
    """What is at work and planned, in the order of its start, with the last things done before it."""
    if not answer.entries:
        return lines("No tasks, and so no timeline.", left_out(answer.circular))
    closed = [one for one in answer.entries if one.state == "closed"]
    opened = [one for one in answer.entries if one.state != "closed"]
    last = sorted(closed, key=lambda one: one.finish)[-3:]
    who = "as many agents as help" if answer.agents is None else count(answer.agents, "agent")
    done = [(when(one.finish), one.task_id, answer.titles.get(one.task_id, "")) for one in last]
    rows = [_entry(one, answer.titles) for one in opened]
    late = sum(one.late for one in opened)
    return lines(
        section(f"Done: {count(len(closed), 'task')}, the last of them", table(done)),
        [f"Planned: {count(len(opened), 'task')} with {who}, over by {when(answer.finish)} (* no slack)"]
        if opened else ["Nothing is open: the work is over."],
        [bounded(rows, 30, ("", "START", "FINISH", "TASK", "", "TITLE"))] if rows else [],
        [f"  {count(late, 'task')} late for the due date"] if late else [],
        left_out(answer.circular),
    )  # fmt: skip


def _entry(one: TimelineEntry, titles: Mapping[str, str]) -> tuple[str, ...]:
    state = "late" if one.late else "in progress" if one.state == "active" else ""
    return (
        "*" if one.critical else "", when(one.start), when(one.finish), one.task_id, state,
        titles.get(one.task_id, ""),
    )  # fmt: skip


@noted
def burnup(answer: BurnUpAnswer) -> str:
    """Scope and done as bars, at moments spread evenly over the whole time."""
    if not answer.points:
        return "No tasks, and so nothing to burn up."
    last = answer.points[-1]
    points = _spread(answer.points)
    most = max(one.scope_tasks for one in answer.points) or 1
    shown = "" if len(points) == len(answer.points) else f" ({len(points)} of {len(answer.points):,} shown)"
    rows = [(when(one.until)[:10], f"{one.done_tasks:,} of {one.scope_tasks:,}", _bar(one, most)) for one in points]
    return lines(
        f"{last.done_tasks:,} of {count(last.scope_tasks, 'task')} done, "
        f"{span(last.done_minutes)} of {span(last.scope_minutes)} of work; by {answer.period}{shown}:",
        table(rows),
        "  # done, . open",
    )


def _bar(one: BurnUpPoint, most: int) -> str:
    done, scope = (round(_WIDTH * value / most) for value in (one.done_tasks, one.scope_tasks))
    return "#" * done + "." * (scope - done)


def _spread(points: Sequence[BurnUpPoint]) -> list[BurnUpPoint]:
    """The first and last points, and others between at even distances."""
    if len(points) <= _PERIODS:
        return list(points)
    step = (len(points) - 1) / (_PERIODS - 1)
    return [points[round(step * place)] for place in range(_PERIODS)]
