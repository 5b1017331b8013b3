"""What happened: events, runs, remarks on roles and approvals, one line each."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.app.answers import HistoryAnswer
from vespera_core.model.event import Event
from vespera_mcp.replies.cells import cell, compact, minute, moment, until
from vespera_mcp.replies.fitting import Text, document, hint, listing
from vespera_mcp.replies.grids import counts, grid
from vespera_mcp.replies.wanted import Asked
from vespera_mcp.replies.writes import line_of

_CHANGES: Final = 4


def told_events(answer: HistoryAnswer, asked: Asked) -> str:
    """Events, newest first; the next page starts before the last one told."""
    rows = [
        "\t".join((str(one.seq), minute(one.at), one.kind, one.entity, cell(one.actor, 40), _changes(one, asked)))
        for one in answer.events
    ]

    def onward(told: int) -> str | None:
        before = answer.events[told - 1].seq if 0 < told < len(rows) else answer.next_before
        return None if before is None else f"next: before_seq={before}"

    head = [f"{len(rows)} events, newest first", *(["seq\tat\tkind\tid\tactor\tchanges"] if rows else [])]
    return listing(head, rows, asked.wanted, onward)


def _changes(event: Event, asked: Asked) -> str:
    changes = event.payload.get("changes")
    if not isinstance(changes, dict):
        return ""
    most = 120 if asked.wanted.full else 24
    told = [
        f"{name}={compact(pair[1], most) if isinstance(pair, list | tuple) else ''}" for name, pair in changes.items()
    ]
    return cell(" ".join(told[:_CHANGES]) + (f" +{len(told) - _CHANGES}" if len(told) > _CHANGES else ""), 400)


# ---------------------------------------------------------------- runs


def told_run(answer: Any, asked: Asked) -> str:
    """One run with its task, and the last output of its command."""
    run = answer.run
    facts = {
        "run": run.run_id, "state": run.state, "attempt": str(run.attempt), "actor": cell(run.actor),
        "role": cell(run.role or ""), "executor": cell(run.executor), "command": cell(" ".join(run.command), 200),
        "progress": "" if run.progress is None else f"{run.progress:.0%}", "note": cell(run.note, 200),
        "exit_code": "" if run.exit_code is None else str(run.exit_code), "reason": cell(run.reason, 300),
        "gave_up": "yes" if run.gave_up else "",
        "started": moment(run.started_at), "ended": "" if run.ended_at is None else moment(run.ended_at),
        "retry": "" if run.retry_at is None else f"{moment(run.retry_at)} ({until(run.retry_at, asked.now)})",
    }  # fmt: skip
    lines = [line_of(answer.task, asked.now), *(f"{name}: {value}" for name, value in facts.items() if value)]

    def whole(budget: int) -> str:
        return hint("run_status", run_id=run.run_id, detail="full", budget=budget)

    return document(lines, [Text(name="output", text=run.log_tail)], asked.wanted, whole)


def told_runs(answer: Any, asked: Asked) -> str:
    rows = [
        (one.run_id, one.task_id, one.state, one.attempt, one.actor, one.role, minute(one.started_at),
         "" if one.ended_at is None else minute(one.ended_at), cell(one.reason, 60))
        for one in answer.runs
    ]  # fmt: skip
    return grid(
        f"{len(rows)} of {answer.total} runs, newest first", "run task state attempt actor role started ended reason",
        rows, asked,
    )  # fmt: skip


def told_run_figures(answer: Any, asked: Asked) -> str:
    rows = [
        (one.name, one.runs, counts(one.by_state), one.repeats, one.median_seconds)
        for one in (answer.total, *answer.by_role)
    ]
    return grid("how runs went", "group runs states repeats median_seconds", rows, asked)


# ---------------------------------------------------------------- evidence, approvals


def told_evidence(answer: Any, asked: Asked) -> str:
    rows = [
        (one.seq, minute(one.at), one.actor, one.evidence.level, one.evidence.command, one.evidence.exit_code,
         cell(one.evidence.note or one.evidence.source, 100), "" if one.counts else "no longer counts")
        for one in answer.items
    ]  # fmt: skip
    head = f"{answer.task_id}: level {answer.level}, completing it needs {answer.needed}"
    return grid(head, "seq at actor level command exit note counts", rows, asked)


def told_approvals(answer: Any, asked: Asked) -> str:
    rows = [
        (one.task_id, one.step, one.state, one.role, one.asked_by, one.decided_by, cell(one.title), cell(one.reason))
        for one in answer.approvals
    ]
    return grid(f"{len(rows)} approvals", "id step state role asked_by decided_by title reason", rows, asked)
