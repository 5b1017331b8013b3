"""`label add` and `label rm`: tags, one at a time."""

from __future__ import annotations

import click

from vespera_core.app.requests import UpdateTasks
from vespera_core.cli import options
from vespera_core.cli.commands.updating import show_moved
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run


@click.group("label", cls=Family, aliases={"remove": "rm"})
@options.common
def label() -> None:
    """Add or remove tags."""


@label.command("add")
@click.argument("id")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@options.writing
@click.pass_obj
def add(run: Run, id: str, tags: tuple[str, ...]) -> None:
    """Add tags to a task."""
    _change(run, UpdateTasks(task_ids=(id,), add_tags=tags))


@label.command("rm")
@click.argument("id")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@options.writing
@click.pass_obj
def remove(run: Run, id: str, tags: tuple[str, ...]) -> None:
    """Remove tags from a task."""
    _change(run, UpdateTasks(task_ids=(id,), remove_tags=tags))


def _change(run: Run, request: UpdateTasks) -> None:
    show_moved(run, run.call("task.update", request), lambda answer: _tags(answer.tasks[0]))


def _tags(task: object) -> str:
    from vespera_core.cli.views.text import clean

    return clean(f"Tags of {getattr(task, 'task_id', '')}: {', '.join(getattr(task, 'tags', ())) or 'none'}")
