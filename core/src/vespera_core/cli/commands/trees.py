"""`tree`: a task and all below it."""

from __future__ import annotations

import click

from vespera_core.app.requests import TaskRef
from vespera_core.cli import options
from vespera_core.cli.session import Run

depth = click.option(
    "--depth", type=click.IntRange(0, 200), default=100, show_default=True, help="How many levels to show."
)


@click.command("tree")
@click.argument("id")
@depth
@options.common
@click.pass_obj
def tree(run: Run, id: str, depth: int) -> None:
    """A task and all below it."""
    show_tree(run, "task.tree", id, depth)


def show_tree(run: Run, operation: str, task_id: str, depth: int) -> None:
    """Print the tree that an operation answers."""
    from vespera_core.cli.views import trees as view

    root = run.call(operation, TaskRef(task_id=task_id)).tree
    run.show(root, lambda node: view.as_text(node, depth), {"tree": view.as_json(root, depth)} if run.json else None)
