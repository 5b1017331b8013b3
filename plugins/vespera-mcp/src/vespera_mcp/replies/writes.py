"""Writes: what came of a change, in the few words that the next step needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vespera_core.app.answers import (
    ClaimAnswer,
    CommentAnswer,
    CompleteAnswer,
    CreateAnswer,
    DeleteAnswer,
    MovedAnswer,
    RestoreAnswer,
    TaskAnswer,
    TasksAnswer,
)
from vespera_core.app.roles.answers import AssignAnswer
from vespera_core.app.runs.answers import RunAnswer, StartedRun
from vespera_core.app.runs.record import Run
from vespera_core.model.task import Task
from vespera_mcp.replies.fencing import cell, fenced
from vespera_mcp.replies.single import hold
from vespera_mcp.replies.tasks import counted, row_of
from vespera_mcp.replies.times import until
from vespera_mcp.replies.wanted import Wanted

_LISTED: Final = 50
"""Ids of what was made ready, or deleted, that are listed."""


def one(task: Task, wanted: Wanted) -> str:
    """A task as it is now, with the version that the next change may expect."""
    return f"{row_of(wanted)(task)}\tversion {task.version}"


def changed(answer: TaskAnswer | AssignAnswer, wanted: Wanted, now: int) -> str:
    """One task that was changed."""
    return "\n".join(filter(None, (one(answer.task, wanted), hold(answer.task, now))))


def created(answer: CreateAnswer, wanted: Wanted) -> str:
    """The task that was made, or the likest one in its place."""
    head = f"{'created' if answer.created else 'exists already'}: {one(answer.task, wanted)}"
    rows = [f"like it: {near.task_id} ({near.likeness:.2f}) {cell(near.title)}" for near in answer.similar]
    return counted(head, rows, wanted)


def planned(answer: TasksAnswer, wanted: Wanted) -> str:
    """Tasks that were made together."""
    rows = [row_of(wanted)(task) for task in answer.tasks]
    return counted(f"created {len(rows):,} tasks: id, status, priority, title", rows, wanted)


def moved(answer: MovedAnswer, wanted: Wanted) -> str:
    """Tasks in their new state, and what that made ready."""
    return counted("", [*(one(task, wanted) for task in answer.tasks), *_unblocked(answer.unblocked)], wanted)


def completed(answer: CompleteAnswer, wanted: Wanted, now: int) -> str:
    """What is done, what that made ready, and what was claimed next."""
    rows = [one(task, wanted) for task in answer.tasks] + list(_unblocked(answer.unblocked))
    if answer.claimed is not None:
        rows.append(claimed(answer.claimed, wanted, now))
    return counted("", rows, wanted)


def _unblocked(ids: Iterable[str]) -> Iterable[str]:
    known = list(ids)
    return [f"now ready: {listed(known)}"] if known else []


def listed(ids: list[str]) -> str:
    """Ids, the first of them where there are many."""
    more = f" and {len(ids) - _LISTED:,} more" if len(ids) > _LISTED else ""
    return ", ".join(ids[:_LISTED]) + more


def claimed(answer: ClaimAnswer, wanted: Wanted, now: int) -> str:
    """What is held, with the fence that proves it and the end of its lease."""
    if answer.task is None:
        return "nothing is ready"
    end = "" if answer.lease_until is None else f", lease until {until(answer.lease_until, now)}"
    taken = f", taken over from {cell(answer.reclaimed_from, 50)}" if answer.reclaimed_from else ""
    return f"held: {one(answer.task, wanted)}\nfence {answer.fence}{end}{taken}"


def deleted(answer: DeleteAnswer) -> str:
    """What went, or would go and the number that confirms it."""
    ids, count = listed(list(answer.deleted)), len(answer.deleted)
    if answer.dry_run:
        return f"would delete {count}: {ids}\nNothing was deleted. To do it, repeat with confirm {count}."
    return f"deleted {count}, restorably: {ids}"


def restored(answer: RestoreAnswer) -> str:
    """What came back."""
    return f"restored {len(answer.restored)}: {listed(list(answer.restored))}"


def commented(answer: CommentAnswer) -> str:
    """That a remark was recorded."""
    return f"remarked on {answer.task_id} as {cell(answer.comment.actor, 50)}"


# ---------------------------------------------------------------- runs


def started(answer: StartedRun, wanted: Wanted, now: int) -> str:
    """The run that began, the fence of its claim, and the briefing."""
    if answer.run is None or answer.task is None:
        return "nothing is ready"
    end = "" if answer.lease_until is None else f", lease until {until(answer.lease_until, now)}"
    head = f"run {answer.run.run_id}: {one(answer.task, wanted)}\nfence {answer.fence}{end}"
    return head if not answer.briefing else briefed(head, answer.briefing, wanted)


def briefed(head: str, text: str, wanted: Wanted) -> str:
    """A briefing behind a head, cut where it has no room."""
    from vespera_mcp.replies.fitting import fitted_texts

    return fitted_texts(head, [("briefing (text of the ledger):", text)], wanted.budget, lambda n: f"budget {n}")


def run(answer: RunAnswer, wanted: Wanted, now: int) -> str:
    """How a run is, and its task."""
    return "\n".join(filter(None, (run_line(answer.run, now), one(answer.task, wanted), hold(answer.task, now))))


def run_line(found: Run, now: int) -> str:
    """A run in a line."""
    facts = [found.run_id, found.state, f"attempt {found.attempt}", f"by {cell(found.actor, 50)}"]
    if found.progress is not None:
        facts.append(f"{found.progress:.0%}")
    for name, text in (("note", found.note), ("reason", found.reason)):
        if text:
            facts.append(f"{name}: {cell(text)}")
    if found.retry_at is not None:
        facts.append(f"again {until(found.retry_at, now)}")
    return ", ".join(facts)


def log_of(found: Run) -> str:
    """What the command of a run wrote last."""
    return f"output (text of a command):\n{fenced(found.log_tail)}" if found.log_tail else ""
