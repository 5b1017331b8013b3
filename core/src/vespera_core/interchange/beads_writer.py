"""Export to beads: what beads has a place for, and what an earlier import kept in ``metadata.beads``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.interchange.beads_words import (
    HOME,
    PARENT,
    STATUS_OUT,
    TEXTS,
    TIMES,
    UNLINKED,
    kind_in,
    kind_out,
    status_in,
    type_in,
)
from vespera_core.model.project import Project
from vespera_core.model.sensitive import without
from vespera_core.model.task import PRIORITIES, Task
from vespera_core.model.times import rfc3339
from vespera_core.ports.format import Comment, ExportedTask

_TRANSLATED: Final = ("status", "issue_type", "dependencies")
"""Keys under `HOME` that hold original words for what our fields say, and not facts of their own."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def write(stream: IO[str], projects: Iterable[Project], tasks: Iterable[ExportedTask]) -> int:  # noqa: ARG001
    """Write `tasks` as issues in the order given; beads knows no projects. Returns how many were written."""
    count = 0
    for exported in tasks:
        stream.write(_encode(issue(exported)) + "\n")
        count += 1
    return count


def issue(exported: ExportedTask) -> dict[str, Any]:
    """One task as an issue of beads."""
    task = exported.task
    home = task.metadata.get(HOME)
    kept: dict[str, Any] = home if isinstance(home, dict) else {}
    row = {"id": task.task_id} | {name: value for name in TEXTS if (value := getattr(task, name))}
    row |= _words(task, kept)
    row |= {name: rfc3339(value) for name in TIMES if (value := getattr(task, name)) is not None}
    row |= _rest(exported)
    links = _dependencies(task, kept)
    metadata = {key: value for key, value in without(task.metadata).items() if key != HOME or value is not kept}
    if metadata:
        row["metadata"] = metadata
    return {key: value for key, value in kept.items() if key not in _TRANSLATED} | row | links


def _words(task: Task, kept: dict[str, Any]) -> dict[str, Any]:
    """Status, type and priority; the original words where they still say what the task says."""
    return {
        "status": _status(task, kept.get("status")),
        "priority": PRIORITIES.index(task.priority),
        "issue_type": _type(task, kept.get("issue_type")),
    }


def _status(task: Task, original: object) -> str:
    closed = task.closed_at is not None
    if isinstance(original, str) and status_in(original, closed=closed) == task.status:
        return original
    return STATUS_OUT.get(task.status) or ("closed" if closed else "open")


def _type(task: Task, original: object) -> str:
    try:
        return str(original) if type_in(original) == task.type else task.type
    except InvalidInput:
        return task.type


def _rest(exported: ExportedTask) -> dict[str, Any]:
    task, row = exported.task, dict[str, Any]()
    if task.tags:
        row["labels"] = list(task.tags)
    if task.estimate_minutes is not None:
        row["estimated_minutes"] = task.estimate_minutes
    if exported.comments:
        row["comments"] = [_comment(task, number, one) for number, one in enumerate(exported.comments, 1)]
    return row


def _comment(task: Task, number: int, comment: Comment) -> dict[str, Any]:
    created = rfc3339(comment.at)
    return {
        "id": number,
        "issue_id": task.task_id,
        "author": comment.actor,
        "text": comment.text,
        "created_at": created,
    }


def _dependencies(task: Task, kept: dict[str, Any]) -> dict[str, Any]:
    """The relations that the task has now. Recorded ones that it has not are carried apart, linking nothing."""
    wanted: dict[tuple[str, str], str] = {(PARENT, task.parent_id): PARENT} if task.parent_id else {}
    wanted |= {(kind, target): kind_out(kind) for kind, target in task.relations}
    links, unlinked = [], []
    for record in _records(kept):
        key = _place(record, wanted)
        if key is None:
            unlinked.append(record)
        else:
            del wanted[key]
            links.append({"issue_id": task.task_id, **record})
    links += [{"issue_id": task.task_id, "depends_on_id": at, "type": word} for (_, at), word in wanted.items()]
    links.sort(key=lambda link: link["depends_on_id"] != task.parent_id)  # a reader takes the first parent it sees
    return {key: value for key, value in (("dependencies", links), (UNLINKED, unlinked)) if value}


def _records(kept: dict[str, Any]) -> list[dict[str, Any]]:
    records = kept.get("dependencies")
    return [entry for entry in records if isinstance(entry, dict)] if isinstance(records, list) else []


def _place(record: dict[str, Any], wanted: dict[tuple[str, str], str]) -> tuple[str, str] | None:
    """The wanted relation that a record describes: a further parent became ``relates_to`` when it was imported."""
    target, word = record.get("depends_on_id"), record.get("type")
    try:
        kinds = (PARENT, "relates_to") if word == PARENT else (kind_in(word),)
    except InvalidInput:
        return None
    return (
        next(((kind, target) for kind in kinds if (kind, target) in wanted), None) if isinstance(target, str) else None
    )
