"""`update` and `start`: new values for tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from vespera_core.app.requests import UpdateTasks
from vespera_core.cli import options, values
from vespera_core.cli.session import Run
from vespera_core.model.basics import UNSET


@click.command("update")
@click.argument("ids", nargs=-1, required=True)
@click.option("--title", metavar="TEXT", help="A new title.")
@click.option("-d", "--description", metavar="TEXT", help="A new description.")
@click.option("--body-file", metavar="F", help="Read the description from a file; - for standard input.")
@click.option("-t", "--type", metavar="TYPE", help="Another type.")
@click.option("-s", "--status", metavar="STATUS", help="Another status.")
@click.option("-p", "--priority", metavar="P", help="critical to someday, or 0 to 4.")
@click.option("--parent", metavar="ID", help='Hang it below this task; "" takes it out of the tree.')
@click.option("--role", metavar="ROLE", help='For this role; "" clears it.')
@click.option("-a", "--assignee", metavar="NAME", help='Assigned to NAME; "" clears it.')
@click.option("--acceptance", "--acceptance-criteria", "acceptance", metavar="TEXT", help="When it is done.")
@click.option("--notes", metavar="TEXT", help="What else is worth knowing.")
@click.option(
    "-l",
    "--label",
    "--tag",
    "--tags",
    "--labels",
    "tags",
    multiple=True,
    metavar="TAG",
    help='Exactly these tags; "" for none.',
)
@click.option("--add-label", "--add-tag", "add_tags", multiple=True, metavar="TAG", help="Add a tag; repeatable.")
@click.option(
    "--remove-label", "--remove-tag", "remove_tags", multiple=True, metavar="TAG", help="Remove a tag; repeatable."
)
@click.option("--metadata", metavar="JSON", help="Your own facts, instead of those that are there.")
@click.option("--due", metavar="TIME", help='2026-12-01, or 3d; "none" clears it.')
@click.option("--defer", "--defer-until", "defer", metavar="TIME", help='Not before then; "none" clears it.')
@click.option("--estimate", metavar="SPAN", help='90m, 2h; "none" clears it.')
@click.option("--external-ref", metavar="REF", help='Its name elsewhere; "" clears it.')
@click.option("--expected-version", type=int, metavar="N", help="Refuse unless the task has this version.")
@options.fence
@click.option("--force", is_flag=True, help="Complete it although something stands in the way; that is recorded.")
@options.writing
@click.pass_obj
def update(run: Run, /, ids: tuple[str, ...], status: str | None, **words: Any) -> None:
    """Give tasks new values: all of them, or none."""
    from vespera_core.cli.views import tasks as view

    fields = _fields(words)
    if not fields and status is None:
        raise click.UsageError("Nothing to change was given.", ctx=click.get_current_context())
    request = _request(ids, fields, words)
    show_moved(run, _retried(run, request, status), lambda answer: view.moved("Updated", answer))


def _fields(words: dict[str, Any]) -> dict[str, Any]:
    """The fields that were typed, read."""
    description = values.text_of(words["description"], words["body_file"])
    typed = {
        name: words[name] for name in ("title", "type", "priority", "notes", "add_tags", "remove_tags") if words[name]
    }
    typed |= {name: words[name] for name in ("title", "notes") if words[name] is not None}
    if description is not None:
        typed["description"] = description
    if words["acceptance"] is not None:
        typed["acceptance_criteria"] = words["acceptance"]
    if words["tags"]:
        typed["tags"] = tuple(tag for tag in words["tags"] if tag)
    if words["metadata"] is not None:
        typed["metadata"] = values.json_object(words["metadata"], "metadata")
    return typed | _clearable(words)


def _clearable(words: dict[str, Any]) -> dict[str, Any]:
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "parent": ("parent_id", values.clearable), "role": ("role", values.clearable),
        "assignee": ("assignee", values.clearable),
        "external_ref": ("external_ref", values.clearable), "estimate": ("estimate_minutes", values.minutes),
        "due": ("due_at", lambda text: values.moment(text, "due")),
        "defer": ("defer_until", lambda text: values.moment(text, "defer")),
    }  # fmt: skip
    return {field: read(words[name]) for name, (field, read) in readers.items() if words[name] is not None}


def _request(ids: tuple[str, ...], fields: dict[str, Any], words: dict[str, Any]) -> Callable[[Any], UpdateTasks]:
    return lambda status: UpdateTasks(
        task_ids=ids,
        status=status,
        expected_version=words["expected_version"],
        fence=words["fence"],
        force=words["force"],
        **fields,
    )


def _retried(run: Run, request: Callable[[Any], UpdateTasks], status: str | None) -> Any:
    said = UNSET if status is None else status
    meant = UNSET if status is None else values.STATUS_WORDS.get(status, status)
    return values.retried(lambda word: run.call("task.update", request(word)), said, meant)


@click.command("start")
@click.argument("ids", nargs=-1, required=True)
@options.fence
@options.writing
@click.pass_obj
def start(run: Run, ids: tuple[str, ...], fence: int | None) -> None:
    """Set tasks in progress, without a lease."""
    from vespera_core.cli.views import tasks as view

    answer = run.call("task.update", UpdateTasks(task_ids=ids, status="in_progress", fence=fence))
    show_moved(run, answer, lambda moved: view.moved("Started", moved))


def show_moved(run: Run, answer: Any, view: Callable[[Any], str]) -> None:
    """Print changed tasks; a single one is the `task` of the answer as well."""
    data: dict[str, Any] = {"tasks": answer.tasks, "unblocked": answer.unblocked}
    if len(answer.tasks) == 1:
        data = {"task": answer.tasks[0], **data}
    run.show(answer, view, data)
