"""`show`: one task in full."""

from __future__ import annotations

import click

from vespera_core.app.requests import TaskRef
from vespera_core.cli import options, values
from vespera_core.cli.session import Run


@click.command("show")
@click.argument("id")
@options.as_of
@options.common
@click.pass_obj
def show(run: Run, id: str, as_of: str | None) -> None:
    """One task with all that belongs to it."""
    from vespera_core.cli.views import tasks as view

    run.show(run.call("task.get", TaskRef(task_id=id, as_of=values.past(as_of))), view.detail)
