"""`create`: one task from options, or many from standard input."""

from __future__ import annotations

from typing import Any

import click

from vespera_core.app.requests import CreateTask
from vespera_core.cli import options, values
from vespera_core.cli.session import Run


@click.command("create")
@click.argument("title", required=False)
@click.option("-d", "--description", metavar="TEXT", help="What is to be done.")
@click.option("--body-file", metavar="F", help="Read the description from a file; - for standard input.")
@click.option("-t", "--type", metavar="TYPE", help="task, bug, feature, epic, chore, decision, or a word of yours.")
@click.option("-p", "--priority", metavar="P", help="critical, high, normal, low, someday, or 0 to 4.")
@click.option("-s", "--status", metavar="STATUS", help="Another status than pending.")
@click.option("--parent", metavar="ID", help="The task that it is a part of.")
@click.option(
    "--depends-on", "--deps", multiple=True, metavar="ID", help="A task that must be closed before; repeatable."
)
@options.tags
@options.project
@options.role
@options.assignee
@click.option("--estimate", metavar="SPAN", help="How long it will take: 90m, 2h.")
@click.option("--acceptance", metavar="TEXT", help="When it is done.")
@click.option("--notes", metavar="TEXT", help="What else is worth knowing.")
@click.option("--due", metavar="TIME", help="When it must be done: 2026-12-01, or 3d.")
@click.option("--defer", metavar="TIME", help="Not before: 2026-12-01, or 3d.")
@click.option("--external-ref", metavar="REF", help="Its name elsewhere, such as gh-123.")
@click.option("--metadata", metavar="JSON", help="An object of your own facts.")
@click.option("--id", metavar="ID", help="Its id, instead of a new one.")
@click.option("--if-similar", metavar="HOW", help="Look for tasks like it first: warn, return_existing or refuse.")
@click.option("--stdin", is_flag=True, help="Read one JSON object a line, and make all of them or none.")
@options.writing
@click.pass_obj
def create(run: Run, /, title: str | None, stdin: bool, **words: Any) -> None:
    """Make a task, or with --stdin many in one transaction.

    Lines of --stdin have the keys id, title, description, type, priority, parent, depends_on, tags, project, role,
    estimate and so on; depends_on and parent may name other lines.
    """
    from vespera_core.cli.views import tasks as view

    if stdin:
        from vespera_core.cli.commands.bulk import create_from_stdin

        create_from_stdin(run, title, words)
        return
    if title is None:
        raise click.UsageError("A task needs a title.", ctx=click.get_current_context())
    status = words["status"] or "pending"
    answer = values.retried(
        lambda said: run.call("task.create", _request(title, words, said)),
        status,
        values.STATUS_WORDS.get(status, status),
    )
    run.show(answer, view.created)


def _request(title: str, words: dict[str, Any], status: str) -> CreateTask:
    return CreateTask(
        title=title,
        description=values.text_of(words["description"], words["body_file"]) or "",
        type=words["type"] or "task",
        priority=words["priority"] or "normal",
        status=status,
        project_id=words["project"],
        parent_id=words["parent"],
        depends_on=words["depends_on"],
        role=words["role"],
        assignee=words["assignee"],
        acceptance_criteria=words["acceptance"] or "",
        notes=words["notes"] or "",
        tags=words["tags"],
        metadata=values.json_object(words["metadata"], "metadata") if words["metadata"] is not None else {},
        due_at=values.moment(words["due"], "due"),
        defer_until=values.moment(words["defer"], "defer"),
        estimate_minutes=values.minutes(words["estimate"]),
        external_ref=words["external_ref"],
        task_id=words["id"],
        if_similar=words["if_similar"].replace("-", "_") if words["if_similar"] else None,
    )
