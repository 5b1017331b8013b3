"""`reopen`, `cancel`, `block` and `defer`: other ways for a task to go."""

from __future__ import annotations

from typing import Any

import click

from vespera_core.app.requests import MoveTasks
from vespera_core.cli import options, values
from vespera_core.cli.commands.updating import show_moved
from vespera_core.cli.session import Run


def _command(name: str, help: str, verb: str) -> click.Command:
    @click.command(name, help=help)
    @click.argument("ids", nargs=-1, required=True)
    @options.reason
    @options.fence
    @options.writing
    @click.pass_obj
    def command(run: Run, ids: tuple[str, ...], reason: str | None, fence: int | None) -> None:
        from vespera_core.cli.views import tasks as view

        answer = run.call(f"task.{name}", MoveTasks(task_ids=ids, reason=reason, fence=fence))
        show_moved(run, answer, lambda moved: view.moved(verb, moved))

    return command


reopen = _command("reopen", "Bring closed or held tasks back to pending.", "Reopened")
cancel = _command("cancel", "Give tasks up: they block nothing any more.", "Cancelled")
block = _command("block", "Hold tasks by hand, with a reason.", "Blocked")


@click.command("defer")
@click.argument("ids", nargs=-1, required=True)
@click.option("--until", required=True, metavar="TIME", help='2026-12-01, or 3d; "none" brings it back.')
@options.reason
@options.fence
@options.writing
@click.pass_obj
def defer(run: Run, /, ids: tuple[str, ...], until: str, **words: Any) -> None:
    """Put tasks off until a moment; --until none brings them back."""
    from vespera_core.cli.views import tasks as view

    request = MoveTasks(task_ids=ids, until=values.moment(until, "until"), reason=words["reason"], fence=words["fence"])
    show_moved(run, run.call("task.defer", request), view.deferred)
