"""`context`: a briefing on one task."""

from __future__ import annotations

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run


@click.command("context")
@click.argument("task")
@click.option("--budget", type=int, default=2000, show_default=True, help="How many tokens it may take, about.")
@click.option("--role", metavar="ROLE", help="The role that you work in; else the task's own.")
@click.option("--since", type=int, metavar="SEQ", help="The position of an earlier briefing: tells what came after it.")
@options.common
@click.pass_obj
def context(run: Run, task: str, budget: int, role: str | None, since: int | None) -> None:
    """All that a worker needs to know of a task, in so many tokens: goal, acceptance, results, remarks, checkpoint.

    The most needed comes first; what does not fit is named with the command that shows it.
    """
    from vespera_core.app.context.answers import ContextAnswer
    from vespera_core.app.context.requests import TaskContext
    from vespera_core.cli.views.text import block

    def text(answer: ContextAnswer) -> str:
        return block(answer.text.rstrip(), "")

    run.show(run.call("task.context", TaskContext(task_id=task, budget=budget, role=role, since=since)), text)
