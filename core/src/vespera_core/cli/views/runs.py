"""Runs for people: one, many, in figures, and line by line as a worker goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.text import block, clean, table, when

if TYPE_CHECKING:
    from vespera_core.app.runs.answers import RunAnswer, RunFigures, RunsAnswer, RunStatistics, StartedRun
    from vespera_core.app.runs.record import Run
    from vespera_core.app.runs.worker import Happening


def started(answer: StartedRun) -> str:
    """What was claimed, how it is finished, and the briefing."""
    run = answer.run
    if run is None:
        return "Nothing is ready."
    lines = [
        f"Run {run.run_id} (attempt {run.attempt}): {clean(answer.task.title) if answer.task else ''}",
        f"Fence {answer.fence}, lease until {when(answer.lease_until)}.",
        f"When it is done: vespera run finish {run.run_id} --fence {answer.fence} --command CMD --exit-code N",
    ]
    return "\n".join(lines) + (f"\n\n{block(answer.briefing, '')}" if answer.briefing else "")


def status(answer: RunAnswer) -> str:
    """One run with all that is known of it."""
    run = answer.run
    rows = [
        ("task", f"{run.task_id}  {answer.task.title} ({answer.task.status})"), ("by", _who(run)),
        ("attempt", run.attempt), ("command", " ".join(run.command)), ("started", when(run.started_at)),
        ("ended", when(run.ended_at)), ("progress", _progress(run)), ("exit", _exit(run)), ("reason", run.reason),
        ("next try", when(run.retry_at)),
    ]  # fmt: skip
    parts = [f"Run {run.run_id}: {run.state}", table([row for row in rows if row[1] not in ("", None)])]
    if run.log_tail:
        parts += ["  output:", block(run.log_tail.rstrip("\n"), "    ")]
    return "\n".join(parts)


def _who(run: Run) -> str:
    return run.actor + (f" as {run.role}" if run.role else "") + f", {run.executor}"


def _progress(run: Run) -> str:
    share = "" if run.progress is None else f"{run.progress:.0%}"
    return " ".join(part for part in (share, run.note) if part)


def _exit(run: Run) -> str:
    if run.exit_code is not None:
        return str(run.exit_code)
    return "" if run.signal is None else f"signal {run.signal}"


def listed(answer: RunsAnswer) -> str:
    """Runs as a table."""
    if not answer.runs:
        return "No runs."
    rows = [("RUN", "STATE", "ATTEMPT", "STARTED", "BY", "WHAT HAPPENED")]
    rows += [
        (run.run_id, run.state, str(run.attempt), when(run.started_at), _who(run), run.reason or _progress(run))
        for run in answer.runs
    ]  # fmt: skip
    more = answer.total - len(answer.runs)
    return table(rows, "") + (f"\n{more:,} more; --limit 0 shows all." if more else "")


def figures(answer: RunStatistics) -> str:
    """Figures by role, and of all."""
    rows: list[tuple[str, ...]] = [("ROLE", "RUNS", "SUCCEEDED", "FAILED", "LOST", "CANCELLED", "REPEATS", "MEDIAN")]
    rows += [_row(one) for one in (*answer.by_role, answer.total)]
    return table(rows, "")


def _row(one: RunFigures) -> tuple[str, ...]:
    states = (str(one.by_state.get(name, 0)) for name in ("succeeded", "failed", "lost", "cancelled"))
    time = "" if one.median_seconds is None else f"{one.median_seconds:.1f} s"
    return (one.name or "(none)", str(one.runs), *states, str(one.repeats), time)


def happening(told: Happening) -> str:
    """One line of a worker."""
    subject = " ".join(part for part in (told.event, told.run_id) if part)
    attempt = f" (attempt {told.run.attempt})" if told.run is not None and told.run.attempt > 1 else ""
    text = f": {clean(told.text)}" if told.text else ""
    return f"{when(told.at)}  {subject}{attempt}{text}"
