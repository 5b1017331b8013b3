"""`comment`: a remark on a task."""

from __future__ import annotations

import click

from vespera_core.app.requests import AddComment
from vespera_core.cli import options, values
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput


@click.command("comment")
@click.argument("id")
@click.argument("text", required=False)
@click.option("--body-file", metavar="F", help="Read the remark from a file; - for standard input.")
@options.writing
@click.pass_obj
def comment(run: Run, id: str, text: str | None, body_file: str | None) -> None:
    """Remark on a task."""
    remark = values.text_of(text, body_file, "text")
    if remark is None:
        raise InvalidInput("There is no text.", field="text", next="Write it after the id, or give --body-file F.")
    answer = run.call("task.comment", AddComment(task_id=id, text=remark))
    run.show(answer, lambda made: f"Commented on {made.task_id}")
