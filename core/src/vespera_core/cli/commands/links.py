"""`link` and `unlink`: relations of any kind."""

from __future__ import annotations

import click

from vespera_core.app.requests import Relate
from vespera_core.cli import options
from vespera_core.cli.commands.updating import show_moved
from vespera_core.cli.session import Run
from vespera_core.model.task import RELATION_KINDS

_kind = click.option(
    "--kind", "-k", default="relates_to", show_default=True, metavar="K",
    help=f"{', '.join(RELATION_KINDS)}, or a word of yours.",
)  # fmt: skip


@click.command("link")
@click.argument("a")
@click.argument("b")
@_kind
@options.fence
@options.writing
@click.pass_obj
def link(run: Run, a: str, b: str, kind: str, fence: int | None) -> None:
    """Relate a task to another, without blocking."""
    answer = run.call("relation.add", Relate(source=a, target=b, kind=_plain(kind), fence=fence))
    run.show(answer, lambda made: f"Linked {made.task.task_id}: {_plain(kind)} {b}")


@click.command("unlink")
@click.argument("a")
@click.argument("b")
@_kind
@options.fence
@options.writing
@click.pass_obj
def unlink(run: Run, a: str, b: str, kind: str, fence: int | None) -> None:
    """Remove a relation."""
    from vespera_core.cli.views import tasks as view

    answer = run.call("relation.remove", Relate(source=a, target=b, kind=_plain(kind), fence=fence))
    show_moved(run, answer, lambda moved: view.moved("Unlinked", moved))


def _plain(kind: str) -> str:
    """Kinds are written with underscores; hyphens are what other tools use."""
    return kind.replace("-", "_")
