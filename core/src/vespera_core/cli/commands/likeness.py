"""`similar`, `duplicates`, `cluster` and `recommend`: what likeness between tasks is good for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vespera_core.app.search.requests import Cluster, Duplicates, Recommend, Similar
from vespera_core.cli import options
from vespera_core.cli.session import Run

F = TypeVar("F", bound=Callable[..., Any])

_opened = click.option("--open", "opened", is_flag=True, help="Open tasks only.")


def _limit(default: int) -> Callable[[F], F]:
    return click.option(
        "-n", "--limit", type=int, default=default, show_default=True, help="How many at most; 0 for all."
    )


@click.command("similar")
@click.argument("task")
@options.project
@_opened
@_limit(5)
@options.common
@click.pass_obj
def similar(run: Run, task: str, project: str | None, opened: bool, limit: int) -> None:
    """Tasks like one task, the likest first."""
    from vespera_core.cli.views import search as view

    request = Similar(task_id=task, project_id=project, open=True if opened else None, limit=limit)
    run.show(run.call("task.similar", request), view.alike)


@click.command("duplicates")
@options.project
@click.option("--closed", is_flag=True, help="Pairs of closed tasks too.")
@click.option("--threshold", type=float, metavar="X", help="The least likeness, up to 1; else the workspace's own.")
@_limit(20)
@options.common
@click.pass_obj
def duplicates(run: Run, project: str | None, closed: bool, threshold: float | None, limit: int) -> None:
    """Tasks that may be the same, and what speaks for it."""
    from vespera_core.cli.views import search as view

    request = Duplicates(project_id=project, closed=closed, threshold=threshold, limit=limit)
    run.show(run.call("task.duplicates", request), view.doubled)


@click.command("cluster")
@click.option(
    "-k", "--count", "count", type=int, default=5, show_default=True, help="How many groups; 0 for as many as fit."
)
@options.project
@_opened
@options.common
@click.pass_obj
def cluster(run: Run, count: int, project: str | None, opened: bool) -> None:
    """Tasks grouped by what they are about."""
    from vespera_core.cli.views import search as view

    request = Cluster(count=count, project_id=project, open=True if opened else None)
    run.show(run.call("task.cluster", request), view.clustered)


@click.command("recommend")
@options.role
@options.project
@_limit(5)
@options.common
@click.pass_obj
def recommend(run: Run, role: str | None, project: str | None, limit: int) -> None:
    """What to take up next, with reasons: for whoever acts (--actor)."""
    from vespera_core.cli.views import search as view

    run.show(run.call("task.recommend", Recommend(role=role, project_id=project, limit=limit)), view.recommended)
