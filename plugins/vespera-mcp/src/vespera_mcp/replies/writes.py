"""Writes: what an agent needs to go on after one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    UndoAnswer,
)
from vespera_core.model.task import Task
from vespera_mcp.replies.cells import NUMBERS, cell, moment, until
from vespera_mcp.replies.fitting import briefing, document, hint, table
from vespera_mcp.replies.single import held, ids
from vespera_mcp.replies.tasks import alike
from vespera_mcp.replies.wanted import Asked

_MANY = 30


def line_of(task: Task, now: int) -> str:
    """A task as a write left it."""
    hold = held(task, now)
    line = f"{task.task_id}\t{task.status}\tv{task.version}\t{NUMBERS[task.priority]}\t{cell(task.title)}"
    return f"{line}\t{hold}" if hold else line


def told_task(answer: TaskAnswer, asked: Asked) -> str:
    return table([], [line_of(answer.task, asked.now)], asked.wanted)


def told_assigned(answer: Any, asked: Asked) -> str:
    forced = [f"passed over {one.rule}: {cell(one.message, 200)}" for one in answer.forced]
    return table(
        [], [f"{line_of(answer.task, asked.now)}\trole {cell(answer.task.role or 'none')}", *forced], asked.wanted
    )


def told_created(answer: CreateAnswer, asked: Asked) -> str:
    first = "created" if answer.created else "not created, the likest is there already"
    rows = [alike(one) for one in answer.similar]
    lines = ["like it:", *rows] if rows else []
    return table([], [f"{first}: {line_of(answer.task, asked.now)}", *lines], asked.wanted)


def told_tasks(answer: TasksAnswer, asked: Asked) -> str:
    return table(
        [f"created {many(len(answer.tasks))}"], [line_of(task, asked.now) for task in answer.tasks], asked.wanted
    )


def told_moved(answer: MovedAnswer, asked: Asked) -> str:
    return table(_unblocked(answer.unblocked), [line_of(task, asked.now) for task in answer.tasks], asked.wanted)


def told_claim(answer: ClaimAnswer, asked: Asked) -> str:
    return table([], _claimed(answer, asked.now), asked.wanted)


def _claimed(answer: ClaimAnswer, now: int) -> list[str]:
    task = answer.task
    if task is None:
        return ["nothing is ready to claim"]
    lease = "without an end"
    if answer.lease_until is not None:
        lease = f"until {moment(answer.lease_until)} ({until(answer.lease_until, now)})"
    fence = task.fence if answer.fence is None else answer.fence
    taken = f", taken over from {cell(answer.reclaimed_from)}" if answer.reclaimed_from else ""
    line = f"{task.task_id}\t{task.status}\tv{task.version}\t{NUMBERS[task.priority]}\t{cell(task.title)}"
    return [f"holding {line}", f"fence {fence}, lease {lease}{taken}"]


def told_completed(answer: CompleteAnswer, asked: Asked) -> str:
    """What is done, what that freed, and what is held next."""
    rows = [line_of(task, asked.now) for task in answer.tasks]
    if answer.claimed is not None:
        rows = [*_claimed(answer.claimed, asked.now), *rows]
    return table(_unblocked(answer.unblocked), rows, asked.wanted)


def _unblocked(found: Sequence[str]) -> list[str]:
    return [f"ready now: {ids(found, 5)}"] if found else []


def many(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def told_deleted(answer: DeleteAnswer, asked: Asked) -> str:
    """What went; or what would go, and the count that a call must confirm."""
    count = len(answer.deleted)
    named = [ids(answer.deleted, _MANY)] if count <= _MANY else list(answer.deleted)
    if not answer.dry_run:
        return table([f"deleted {many(count)}, restorable"], named, asked.wanted)
    return table(
        [f'dry run, nothing deleted: {many(count)} would go; to delete give "confirm":{count}'], named, asked.wanted
    )


def told_restored(answer: RestoreAnswer, asked: Asked) -> str:
    return table([f"restored {many(len(answer.restored))}"], list(answer.restored), asked.wanted)


def told_undone(answer: UndoAnswer, asked: Asked) -> str:
    return table(
        [f"undone: event {answer.undone}, {answer.kind}"],
        [line_of(one, asked.now) for one in answer.tasks],
        asked.wanted,
    )


def told_comment(answer: CommentAnswer, asked: Asked) -> str:
    return table([], [f"commented on {answer.task_id} at {moment(answer.comment.at)}"], asked.wanted)


# ---------------------------------------------------------------- runs


def told_started(answer: Any, asked: Asked) -> str:
    """The run, its claim, and the briefing where the caller is to do the work."""
    if answer.run is None or answer.task is None:
        return "nothing is ready to start"
    claim = ClaimAnswer(answer.task, answer.fence, answer.lease_until)
    lines = [f"run {answer.run.run_id}, attempt {answer.run.attempt}", *_claimed(claim, asked.now)]
    texts = [briefing(answer.briefing)] if answer.briefing else []
    return document(
        lines, texts, asked.wanted,
        lambda budget: hint("get_task", task_id=answer.task.task_id, view="context", budget=budget),
    )  # fmt: skip
