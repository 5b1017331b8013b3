"""`blocked`: tasks that wait, and what for."""

from __future__ import annotations

from typing import Any

import click

from vespera_core.app.requests import ListTasks
from vespera_core.cli import options, values
from vespera_core.cli.commands.listing import filters, meant, narrowed
from vespera_core.cli.session import Run


@click.command("blocked")
@filters
@options.common
@click.pass_obj
def blocked(run: Run, /, status: tuple[str, ...], **words: Any) -> None:
    """Tasks that wait, and what for."""
    from vespera_core.cli.views import tasks as view

    request = narrowed(ListTasks, words)
    answer = values.retried(lambda said: run.call("task.blocked", request(said)), status, meant(status))
    run.show(answer, view.waiting)
