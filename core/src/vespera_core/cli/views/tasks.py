"""Tasks as text: rows, one in full, and what a change did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vespera_core.cli.views.text import block, clean, count, table, when

if TYPE_CHECKING:
    from vespera_core.app.answers import (
        CompleteAnswer,
        CreateAnswer,
        Explanation,
        MovedAnswer,
        TaskDetail,
        TaskPage,
        WaitingPage,
    )
    from vespera_core.model.task import Task

MARKS = {"critical": "P0", "high": "P1", "normal": "P2", "low": "P3", "someday": "P4"}


def ready_rows(answer: TaskPage) -> str:
    """The ready queue: every row can be worked on, so the status says nothing."""
    if not answer.total:
        return "Nothing is ready. Run 'vespera blocked' to see what waits, and for what."
    rows = [(task.task_id, MARKS[task.priority], task.type, _titled(task)) for task in answer.tasks]
    return _paged(f"Ready: {count(answer.total, 'task')}", table(rows), answer)


def rows(answer: TaskPage) -> str:
    """A listing."""
    if not answer.tasks:
        return "No tasks."
    cells = [(task.task_id, MARKS[task.priority], task.status, task.type, _titled(task)) for task in answer.tasks]
    return _paged(count(answer.total, "task"), table(cells), answer)


def waiting(answer: WaitingPage) -> str:
    """Tasks that wait, each with its first reasons."""
    if not answer.tasks:
        return "Nothing waits."
    lines = [f"Waiting: {count(answer.total, 'task')}"]
    for one in answer.tasks:
        lines.append(table([(one.task.task_id, MARKS[one.task.priority], _titled(one.task))]))
        lines.extend(f"      {clean(reason.message)}" for reason in one.waits_for[:3])
        if len(one.waits_for) > 3:
            lines.append(f"      and {len(one.waits_for) - 3} more: 'vespera ready --explain {one.task.task_id}'")
    return _paged(lines[0], "\n".join(lines[1:]), answer)


def _paged(heading: str, body: str, answer: TaskPage | WaitingPage) -> str:
    shown = len(answer.tasks)
    if shown < answer.total and answer.next_cursor:
        return (
            f"{heading} (first {shown} from here)\n{body}\n  more: --limit 0 for all, or --cursor {answer.next_cursor}"
        )
    return f"{heading}\n{body}"


def _titled(task: Task) -> str:
    marks = "".join(f" #{tag}" for tag in task.tags[:5])
    return f"{task.title}{marks}"


def line(task: Task) -> str:
    """One task on one line."""
    return clean(f"{task.task_id}  {task.title}")


def detail(answer: TaskDetail) -> str:
    """One task in full."""
    task = answer.task
    lines = [clean(f"{task.task_id}  {task.title}"), table(_facts(answer))]
    for heading, text in (
        ("Description", task.description),
        ("Acceptance criteria", task.acceptance_criteria),
        ("Notes", task.notes),
    ):
        if text:
            lines.append(f"{heading}:\n{block(text)}")
    if task.checkpoint:
        lines.append("Checkpoint:\n" + table([(key, _short(value)) for key, value in task.checkpoint.items()]))
    if answer.waits_for:
        lines.append("Waits for:\n" + "\n".join(f"  {clean(one.message)}" for one in answer.waits_for))
    if answer.comments:
        lines.append("Comments:")
        lines.extend(f"  {clean(one.actor)}, {when(one.at)}\n{block(one.text, '    ')}" for one in answer.comments)
    return "\n".join(lines)


def _facts(answer: TaskDetail) -> list[tuple[str, str]]:
    task = answer.task
    facts: list[tuple[str, Any]] = [
        ("status", _status(answer)), ("priority", f"{task.priority} ({MARKS[task.priority]})"),
        ("type", task.type), ("project", task.project_id), ("parent", task.parent_id),
        ("children", _listed(answer.children)),
        ("depends on", _listed(task.depends_on)), ("needed by", _listed(answer.dependents)),
        *((kind.replace("_", " "), target) for kind, target in task.relations if kind != "depends_on"),
        ("role", task.role), ("assignee", task.assignee), ("held", _hold(task)), ("tags", _listed(task.tags)),
        ("estimate", None if task.estimate_minutes is None else f"{task.estimate_minutes} min"),
        ("due", when(task.due_at)),
        ("deferred until", when(task.defer_until)), ("external ref", task.external_ref),
        ("metadata", _short(task.metadata) if task.metadata else None),
        ("created", f"{when(task.created_at)} by {task.created_by}"),
        ("updated", f"{when(task.updated_at)}, version {task.version}"),
        ("closed", f"{when(task.closed_at)} by {task.closed_by}" if task.closed_at is not None else None),
        ("reason", task.close_reason or task.block_reason),
    ]  # fmt: skip
    return [(name, str(value)) for name, value in facts if value]


def _status(answer: TaskDetail) -> str:
    return f"{answer.task.status}, ready" if answer.ready else answer.task.status


def _hold(task: Task) -> str | None:
    if task.hold_kind is None:
        return None
    end = "without an end" if task.lease_until is None else f"until {when(task.lease_until)}"
    return f"by {task.lease_owner} {end}, fence {task.fence}"


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(ids)


def _short(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def explained(answer: Explanation) -> str:
    """Whether a task is ready, and all that it waits for."""
    if answer.ready and not answer.waits_for:
        return f"{answer.task_id} is ready: 'vespera claim {answer.task_id}' takes it."
    heading = "is ready, but not for a worker:" if answer.ready else f"is not ready ({answer.status}):"
    return "\n".join([f"{answer.task_id} {heading}", *(f"  {clean(one.message)}" for one in answer.waits_for)])


def changed(verb: str, tasks: Iterable[Task]) -> str:
    """One line for each task that an operation changed."""
    return "\n".join(f"{verb} {line(task)}" for task in tasks)


def created(answer: CreateAnswer) -> str:
    """The task that was made, or that was there already; and those like it, where that was asked for."""
    lines = [changed("Created" if answer.created else "There already:", (answer.task,))]
    others = [one for one in answer.similar if one.task_id != answer.task.task_id]
    if others:
        rows = [(one.task_id, f"{one.likeness:.2f}", one.status, one.title) for one in others]
        lines.append(f"  like it:\n{table(rows)}")
    return "\n".join(lines)


def moved(verb: str, answer: MovedAnswer | CompleteAnswer) -> str:
    """The same, with what became ready by it."""
    lines = [changed(verb, answer.tasks)]
    if answer.unblocked:
        lines.append(f"Unblocked: {', '.join(answer.unblocked)}")
    return "\n".join(lines)


def deferred(answer: MovedAnswer) -> str:
    """What was put off until when, or brought back."""

    def verb(task: Task) -> str:
        return "Brought back" if task.defer_until is None else f"Deferred until {when(task.defer_until)}:"

    return "\n".join(f"{verb(task)} {line(task)}" for task in answer.tasks)
