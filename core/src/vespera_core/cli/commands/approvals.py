"""`approval`: what waits for a person's word, and giving it."""

from __future__ import annotations

import click

from vespera_core.app.approvals.requests import Decide, ListApprovals
from vespera_core.cli import options
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.cli.views import approvals as views

_step = click.option("--step", metavar="STEP", help="execution or completion; by default the one that waits.")


@click.group("approval", cls=Family, aliases={"ls": "list", "accept": "approve", "deny": "reject", "refuse": "reject"})
@options.common
def approval() -> None:
    """What waits for a person's approval: list, approve, reject."""


@approval.command("list")
@click.option("--all", "decided", is_flag=True, help="What was decided, too.")
@options.common
@click.pass_obj
def list_(run: Run, *, decided: bool) -> None:
    """Tasks whose execution or completion waits for a person."""
    run.show(run.call("approval.list", ListApprovals(project_id=run.project, decided=decided)), views.approvals)


@approval.command("approve")
@click.argument("task")
@_step
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@options.writing
@click.pass_obj
def approve(run: Run, task: str, step: str | None, reason: str) -> None:
    """Let a task be worked on, or complete one that is in review."""
    run.show(run.call("approval.approve", Decide(task_id=task, step=step, reason=reason)), views.decided)


@approval.command("reject")
@click.argument("task")
@_step
@click.option("--reason", required=True, metavar="TEXT", help="Why; the next worker reads it.")
@options.writing
@click.pass_obj
def reject(run: Run, task: str, step: str | None, reason: str) -> None:
    """Send work that is in review back, or hold a task that is not to be worked on."""
    run.show(run.call("approval.reject", Decide(task_id=task, step=step, reason=reason)), views.decided)
