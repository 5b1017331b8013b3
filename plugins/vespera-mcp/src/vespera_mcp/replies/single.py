"""One task: its facts line by line, then its texts between fences."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from vespera_core.app.answers import TaskDetail
from vespera_core.model.public import public
from vespera_core.model.task import Task
from vespera_core.model.times import rfc3339
from vespera_mcp.replies.fencing import cell
from vespera_mcp.replies.fitting import fitted_texts
from vespera_mcp.replies.tasks import rank, reasons, row_of
from vespera_mcp.replies.times import until
from vespera_mcp.replies.wanted import Wanted

_TEXTS: Final = ("description", "acceptance_criteria", "notes", "block_reason", "close_reason")
_SHORT: Final = 400
"""Characters of a text where not all of it is wanted."""
_FACTS: Final = (
    "type", "project_id", "parent_id", "role", "assignee", "tags", "depends_on", "relations", "due_at", "defer_until",
    "estimate_minutes", "external_ref", "metadata",
)  # fmt: skip
_LATE: Final = ("created_at", "created_by", "updated_at", "started_at", "closed_at", "closed_by")
_COMMENTS: Final = 5
"""Comments that are told, the last ones, where not all are wanted."""
_LISTED: Final = 30
"""Ids that are listed of children and dependents."""


def detail(answer: TaskDetail, wanted: Wanted, now: int) -> str:
    """A task with what belongs to it."""
    if wanted.fields:
        return _chosen(answer.task, wanted)
    texts = [(f"{name} (text of the ledger):", text) for name, text in _texts(answer, wanted)]
    return fitted_texts("\n".join(_lines(answer, wanted, now)), texts, wanted.budget, whole_of(answer.task.task_id))


def whole_of(task_id: str) -> Callable[[int], str]:
    """How to get all of a task, in so many tokens."""

    def call(budget: int) -> str:
        return "get_task " + json.dumps({"task_id": task_id, "detail": "full", "budget": budget}, separators=(",", ":"))

    return call


def _chosen(task: Task, wanted: Wanted) -> str:
    from vespera_mcp.replies.tasks import counted

    known = public(task)
    rows = [f"{name}: {_plain(known[name], None)}" for name in wanted.fields]
    return counted(task.task_id, rows, wanted)


def _lines(answer: TaskDetail, wanted: Wanted, now: int) -> Iterator[str]:
    task = answer.task
    yield f"{task.task_id}  {cell(task.title, None)}"
    ready = "" if answer.ready is None or task.closed_at is not None else ", ready" if answer.ready else ", not ready"
    yield f"{task.status}{ready}, {rank(task)}, version {task.version}"
    if held := hold(task, now):
        yield held
    if answer.waits_for:
        yield f"waits for: {reasons(answer.waits_for)}"
    known: dict[str, Any] = public(task)
    for name in (*_FACTS, *_LATE) if wanted.is_full else _FACTS:
        if known[name] not in (None, "", [], {}):
            yield f"{name}: {_plain(known[name], None if wanted.is_full else 200)}"
    for name, ids in (("children", answer.children), ("dependents", answer.dependents)):
        if ids:
            yield f"{name}: {_listed(ids, wanted)}"


def _listed(ids: tuple[str, ...], wanted: Wanted) -> str:
    shown = ids if wanted.is_full else ids[:_LISTED]
    return ", ".join(shown) + (f" and {len(ids) - len(shown)} more" if len(shown) < len(ids) else "")


def _plain(value: Any, most: int | None) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return cell(", ".join(value), most)
    return cell(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), most)


def _texts(answer: TaskDetail, wanted: Wanted) -> Iterator[tuple[str, str]]:
    task = answer.task
    for name in _TEXTS:
        if text := getattr(task, name):
            yield name, text if wanted.is_full else _short(text)
    if task.checkpoint:
        yield "checkpoint", json.dumps(task.checkpoint, ensure_ascii=False, indent=None)
    comments = answer.comments if wanted.is_full else answer.comments[-_COMMENTS:]
    for comment in comments:
        name = f"comment by {cell(comment.actor, 50)}, {rfc3339(comment.at)[:16]}"
        yield name, comment.text if wanted.is_full else _short(comment.text)


def _short(text: str) -> str:
    return (
        text if len(text) <= _SHORT else f"{text[:_SHORT]}… ({len(text) - _SHORT:,} more characters with detail full)"
    )


def hold(task: Task, now: int) -> str:
    """Who holds a task, by what right, and until when."""
    if task.hold_kind is None:
        return ""
    end = "" if task.lease_until is None else f", lease until {until(task.lease_until, now)}"
    return f"held by {cell(task.lease_owner or '', 50)} ({task.hold_kind}), fence {task.fence}{end}"


def brief(task: Task, wanted: Wanted) -> str:
    """A task in a line, or whole where that is wanted."""
    return row_of(wanted)(task)
