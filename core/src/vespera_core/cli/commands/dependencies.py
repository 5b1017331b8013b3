"""`dep`: what depends on what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.app.requests import Nothing, Relate
from vespera_core.cli import options
from vespera_core.cli.commands.trees import depth, show_tree
from vespera_core.cli.commands.updating import show_moved
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import CyclesAnswer


@click.group("dep", cls=Family, aliases={"remove": "rm", "delete": "rm", "new": "add"})
@options.common
def dep() -> None:
    """Dependencies: add, rm, tree, cycles."""


@dep.command("add")
@click.argument("a")
@click.argument("b")
@options.fence
@options.writing
@click.pass_obj
def add(run: Run, a: str, b: str, fence: int | None) -> None:
    """Make A depend on B: B must be closed before A is ready."""
    answer = run.call("relation.add", Relate(source=a, target=b, fence=fence))
    run.show(answer, lambda made: f"{made.task.task_id} now depends on {', '.join(made.task.depends_on)}")


@dep.command("rm")
@click.argument("a")
@click.argument("b")
@options.fence
@options.writing
@click.pass_obj
def remove(run: Run, a: str, b: str, fence: int | None) -> None:
    """Let A no longer depend on B."""
    from vespera_core.cli.views import tasks as view

    answer = run.call("relation.remove", Relate(source=a, target=b, fence=fence))
    show_moved(run, answer, lambda moved: view.moved("Dependency removed from", moved))


@dep.command("tree")
@click.argument("id")
@depth
@options.common
@click.pass_obj
def tree(run: Run, id: str, depth: int) -> None:
    """All that a task depends on."""
    show_tree(run, "dependency.tree", id, depth)


@dep.command("cycles")
@options.common
@click.pass_obj
def cycles(run: Run) -> None:
    """Circles of dependencies: there should be none."""
    run.show(run.call("dependency.cycles", Nothing()), _cycles)


def _cycles(answer: CyclesAnswer) -> str:
    return "\n".join(" -> ".join(cycle) for cycle in answer.cycles) or "No cycles."
