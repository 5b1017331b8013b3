"""One task, with what belongs to it; and the briefing on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from vespera_core.app.answers import TaskDetail
from vespera_core.model.public import task_json
from vespera_core.model.task import Task
from vespera_core.ports.format import Comment
from vespera_mcp.replies.cells import NUMBERS, cell, compact, moment, until
from vespera_mcp.replies.fitting import Text, briefing, document, hint
from vespera_mcp.replies.tasks import sentences
from vespera_mcp.replies.wanted import MOST, Asked, Wanted

_TEXTS: Final = ("description", "acceptance_criteria", "notes")
_REST: Final = (
    "parent_id", "role", "assignee", "tags", "estimate_minutes", "block_reason", "close_reason", "closed_by",
    "external_ref",
)  # fmt: skip
_MOMENTS: Final = ("due_at", "defer_until", "started_at", "closed_at", "updated_at")
_IDS: Final = 12
_REMARKS: Final = 3


def told_detail(answer: TaskDetail, asked: Asked) -> str:
    """Facts by line, then the texts."""
    task = answer.task
    facts = _facts(answer, asked.wanted, asked.now)
    texts = [Text(name=name, text=getattr(task, name)) for name in _TEXTS]
    if answer.comments:
        texts.append(_remarks(answer.comments, asked.wanted))
    if asked.wanted.fields:
        facts = {"id": task.task_id} | _asked(answer, facts, asked.wanted)
        texts = [replace(one, characters=len(one.text)) for one in texts if one.name.split()[0] in asked.wanted.fields]
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return document(lines, texts, asked.wanted, lambda budget: _whole(task, asked.wanted, budget))


def _whole(task: Task, wanted: Wanted, budget: int) -> str:
    fields = {"fields": list(wanted.fields)} if wanted.fields else {}
    return hint("get_task", task_id=task.task_id, detail="full", **fields, budget=min(budget, MOST))


def _asked(answer: TaskDetail, facts: dict[str, str], wanted: Wanted) -> dict[str, str]:
    public = task_json(answer.task)
    names = [name for name in wanted.fields if name not in (*_TEXTS, "comments", "task_id")]
    return {name: facts.get(name) or compact(public.get(name), 2_000) for name in names}


def _facts(answer: TaskDetail, wanted: Wanted, now: int) -> dict[str, str]:
    task = answer.task
    most = 10_000 if wanted.full else _IDS
    return {
        "id": task.task_id,
        "title": cell(task.title, 500),
        **({"project": task.project_id} if wanted.full else {}),
        "status": task.status,
        "priority": NUMBERS[task.priority],
        "type": task.type,
        "ready": "" if answer.ready is None else "yes" if answer.ready else "no",
        "waits_for": sentences(answer.waits_for),
        "held": held(task, now),
        **{name: compact(value, 300) for name in _REST if (value := _value(task, name)) is not None},
        **{name: f"{moment(at)} ({until(at, now)})" for name in _MOMENTS if (at := getattr(task, name)) is not None},
        "depends_on": ids(task.depends_on, most),
        "relations": ids([f"{one.kind}:{one.target}" for one in task.relations if one.kind != "depends_on"], most),
        "children": ids(answer.children, most),
        "dependents": ids(answer.dependents, most),
        "checkpoint": compact(task.checkpoint, 2_000 if wanted.full else 300),
        **({"metadata": compact(task_json(task)["metadata"], 2_000)} if wanted.full else {}),
        "version": str(task.version),
    }


def _value(task: Task, name: str) -> Any:
    value = getattr(task, name)
    return list(value) if isinstance(value, tuple) else value


def held(task: Task, now: int) -> str:
    """Who holds a task, until when, and by which fence."""
    if task.lease_owner is None:
        return ""
    till = "" if task.lease_until is None else f" until {moment(task.lease_until)} ({until(task.lease_until, now)})"
    return f"by {cell(task.lease_owner, 60)}{till}, fence {task.fence}"


def ids(found: Sequence[str], most: int = _IDS) -> str:
    """Some ids, and how many more there are."""
    more = len(found) - most
    return ", ".join(found[:most]) + (f", {more} more" if more > 0 else "")


def _remarks(comments: Sequence[Comment], wanted: Wanted) -> Text:
    """The last remarks, newest first, or all of them."""
    told = comments[::-1] if wanted.full else comments[: -_REMARKS - 1 : -1]
    text = "\n".join(f"{moment(one.at)} {cell(one.actor, 40)}: {one.text}" for one in told)
    name = f"comments ({len(told)} of {len(comments)}, newest first)"
    return Text(name=name, text=text, characters=600)


# ---------------------------------------------------------------- the briefing


def told_context(answer: Any, asked: Asked) -> str:
    """The briefing, and from where on the next one can go on."""

    def whole(budget: int) -> str:
        return hint("get_task", task_id=answer.task_id, view="context", budget=budget)

    left = [f"{one.name} {one.told}/{one.found}" for one in answer.sections if one.cut or one.told < one.found]
    part = f"; told in part: {', '.join(left)}" if left else ""
    return document([f"position: {answer.position}{part}"], [briefing(answer.text.rstrip())], asked.wanted, whole)
