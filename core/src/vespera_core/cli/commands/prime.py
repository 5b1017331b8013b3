"""`prime`: what a session of an agent begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from vespera_core.app.requests import ListTasks, ReadyTasks
from vespera_core.cli import options
from vespera_core.cli.session import Run
from vespera_core.errors import NoWorkspace

if TYPE_CHECKING:
    from vespera_core.app.answers import TaskPage
    from vespera_core.model.task import Task

_ALL: Final = 0
"""Whoever holds a task need not be the one that it is given to, so each task in progress is looked at."""
_READY: Final = 5


@click.command("prime")
@options.common
@click.pass_obj
def prime(run: Run) -> None:
    """What an agent needs to know as it starts, in few tokens: who it is, what it holds, what is ready.

    Outside of a workspace it says nothing, so that a client may call it at the start of every session.
    """
    from vespera_core.cli.views import prime as view

    try:
        ledger = run.ledger
    except NoWorkspace:
        return
    caller = ledger.caller
    held = _held(run.call("task.list", ListTasks(status=("in_progress",), limit=_ALL)), caller.actor)
    ready: TaskPage = run.call("task.ready", ReadyTasks(role=caller.role, limit=_READY))
    data = {"actor": caller.actor, "role": caller.role, "held": held, "ready": ready.tasks, "ready_total": ready.total}
    now = ledger.kernel.clock()
    run.show(data, lambda _: view.primed(caller.actor, caller.role, held, ready, now))


def _held(page: TaskPage, actor: str) -> tuple[Task, ...]:
    """The tasks that somebody holds."""
    return tuple(task for task in page.tasks if task.lease_owner == actor and task.hold_kind is not None)
