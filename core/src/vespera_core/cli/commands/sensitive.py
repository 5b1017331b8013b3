"""`sensitive`: facts of a task that are encrypted at rest. They come from a file or a pipe, not from the command line,
which other users of the machine and the shell's history can see.
"""

from __future__ import annotations

from typing import Any

import click

from vespera_core.app.requests import TaskRef, UpdateTasks
from vespera_core.app.vault.requests import RevealTask
from vespera_core.cli import options, values
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.cli.views import keys as views
from vespera_core.model.sensitive import SENSITIVE, without


@click.group("sensitive", cls=Family, aliases={"get": "show", "reveal": "show", "rm": "clear"})
@options.common
def sensitive() -> None:
    """Facts of a task that are encrypted at rest: show, set, clear."""


@sensitive.command("show")
@click.argument("task_id", metavar="ID")
@options.common
@click.pass_obj
def show(run: Run, task_id: str) -> None:
    """Show them in clear."""
    run.show(run.call("task.reveal", RevealTask(task_id=task_id)), views.revealed)


@sensitive.command("set")
@click.argument("task_id", metavar="ID")
@click.option("--file", "path", default="-", metavar="F", help="Read from a file; without it from standard input.")
@options.writing
@click.pass_obj
def set_(run: Run, task_id: str, path: str) -> None:
    """Take one JSON object in place of what is there, and seal it."""
    given = values.json_object(values.read_text(path, SENSITIVE), SENSITIVE)
    _update(run, task_id, {SENSITIVE: given}, "Sealed")


@sensitive.command("clear")
@click.argument("task_id", metavar="ID")
@options.writing
@click.pass_obj
def clear(run: Run, task_id: str) -> None:
    """Forget them. The sealed text leaves the store with this; nothing brings it back."""
    _update(run, task_id, {}, "Forgot")


def _update(run: Run, task_id: str, value: dict[str, Any], verb: str) -> None:
    task = run.call("task.get", TaskRef(task_id=task_id)).task
    request = UpdateTasks(
        task_ids=(task.task_id,), metadata={**without(task.metadata), **value}, expected_version=task.version
    )
    run.show(run.call("task.update", request), lambda _: f"{verb} the sensitive metadata of {task.task_id}")
