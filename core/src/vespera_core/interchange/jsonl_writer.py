"""Export to our own format: complete, and in one order, so that equal ledgers give equal files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from vespera_core.interchange.jsonl_words import (
    FORMAT,
    PROJECT_ALWAYS,
    PROJECT_DEFAULTS,
    PROJECT_TIMES,
    SCHEMA,
    TASK_ALWAYS,
    TASK_NAMES,
    TASK_TIMES,
)
from vespera_core.model.jsontext import canonical
from vespera_core.model.project import Project
from vespera_core.model.sensitive import without
from vespera_core.model.task import DEFAULTS, Task
from vespera_core.model.times import rfc3339
from vespera_core.ports.format import Comment, ExportedTask


def write(stream: IO[str], projects: Iterable[Project], tasks: Iterable[ExportedTask]) -> int:
    """Write the header, `projects` and `tasks` in the order given, by id. Returns how many tasks were written."""
    stream.write(canonical({"format": FORMAT, "schema": SCHEMA}) + "\n")
    for project in projects:
        stream.write(canonical({"project": project_facts(project)}) + "\n")
    count = 0
    for exported in tasks:
        stream.write(canonical({"task": task_facts(exported)}) + "\n")
        count += 1
    return count


def project_facts(project: Project) -> dict[str, Any]:
    """What a project's line says: every field that is not at its default."""
    facts = {}
    for name, default in PROJECT_DEFAULTS.items():
        value = getattr(project, name)
        if name in PROJECT_ALWAYS or value != default:
            facts[name] = rfc3339(value) if name in PROJECT_TIMES else value
    return facts


def task_facts(exported: ExportedTask) -> dict[str, Any]:
    """What a task's line says: every field that is not at its default, and the remarks made on it."""
    task = exported.task
    facts = {name: _plain(name, task) for name in TASK_NAMES if name in TASK_ALWAYS or _differs(name, task)}
    if exported.comments:
        facts["comments"] = [_comment(comment) for comment in exported.comments]
    return facts


def _differs(name: str, task: Task) -> bool:
    return bool(getattr(task, name) != DEFAULTS[name])


def _plain(name: str, task: Task) -> Any:
    value = getattr(task, name)
    if name in TASK_TIMES:
        return rfc3339(value)
    if name == "metadata":
        return without(value)
    if name == "relations":
        return [list(relation) for relation in value]
    return list(value) if name == "tags" else value


def _comment(comment: Comment) -> dict[str, Any]:
    return {"at": rfc3339(comment.at), "actor": comment.actor, "text": comment.text}
