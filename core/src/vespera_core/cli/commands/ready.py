"""`ready` and `next`: what can be worked on now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.app.requests import ReadyTasks, TaskRef
from vespera_core.cli import options, values
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import TaskPage


@click.command("ready")
@options.role
@options.project
@options.types
@options.tags
@options.assignee
@options.limit
@options.cursor
@options.as_of
@click.option("--explain", metavar="ID", help="Say what this task waits for instead.")
@options.common
@click.pass_obj
def ready(
    run: Run, role: str | None, project: str | None, type: tuple[str, ...], tags: tuple[str, ...], assignee: str | None,
    limit: int, cursor: str | None, as_of: str | None, explain: str | None,
) -> None:  # fmt: skip
    """What can be worked on now, the most urgent first.

    With --explain ID, everything that this task waits for.
    """
    from vespera_core.cli.views import tasks as view

    if explain is not None:
        run.show(run.call("task.explain", TaskRef(task_id=explain)), view.explained)
        return
    request = ReadyTasks(
        role=role, project_id=project, type=type, tags=tags, assignee=assignee, limit=limit, cursor=cursor,
        as_of=values.past(as_of),
    )  # fmt: skip
    run.show(run.call("task.ready", request), view.ready_rows)


@click.command("next")
@options.role
@options.project
@options.types
@options.tags
@options.common
@click.pass_obj
def next_(run: Run, role: str | None, project: str | None, type: tuple[str, ...], tags: tuple[str, ...]) -> None:
    """The first ready task, without claiming it."""
    page: TaskPage = run.call("task.ready", ReadyTasks(role=role, project_id=project, type=type, tags=tags, limit=1))
    first = page.tasks[0] if page.tasks else None
    run.show(page, _next_text, {"task": first})


def _next_text(page: TaskPage) -> str:
    from vespera_core.cli.views import tasks as view

    if not page.tasks:
        return view.ready_rows(page)
    task = page.tasks[0]
    return f"{view.line(task)}\n  take it: vespera claim {task.task_id}"
