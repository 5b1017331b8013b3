"""`history` and `undo`: what happened, and taking a step back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.app.requests import History, UndoEvent
from vespera_core.cli import options
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import HistoryAnswer, UndoAnswer


@click.command("history")
@click.argument("id", required=False)
@options.project
@options.limit
@click.option("--before", type=int, metavar="N", help="Only events before this number: go on where a page ended.")
@options.common
@click.pass_obj
def history(run: Run, id: str | None, project: str | None, limit: int, before: int | None) -> None:
    """What happened, newest first."""
    from vespera_core.cli.views import events as view

    request = History(task_id=id, project_id=project, limit=limit, before_seq=before)
    answer: HistoryAnswer = run.call("event.list", request)
    run.show(answer, view.history)


@click.command("undo")
@click.argument("event")
@options.writing
@click.pass_obj
def undo(run: Run, event: str) -> None:
    """Take one event of the history back, by its number or id."""
    run.show(run.call("event.undo", UndoEvent(event=event)), _undone)


def _undone(answer: UndoAnswer) -> str:
    from vespera_core.cli.views.tasks import line

    return "\n".join([f"Undone: event {answer.undone} ({answer.kind})", *(f"  {line(task)}" for task in answer.tasks)])
