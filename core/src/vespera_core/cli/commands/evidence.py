"""`evidence`: what speaks for a task being done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.cli import options
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.evidence.answers import EvidenceAnswer, Item

_OPERATIONS = {"ran": "evidence.ran", "seen": "evidence.seen", "proved": "evidence.proved"}


@click.group("evidence", cls=Family, aliases={"show": "list", "ls": "list", "new": "add"})
@options.common
def evidence() -> None:
    """What speaks for a task being done: said, ran, seen, proved.

    Which level a completion needs is a setting of the project's workflow, by task type.
    """


@evidence.command("add")
@click.argument("task")
@click.option("--command", default="", metavar="CMD", help="What was run.")
@click.option("--exit-code", type=int, metavar="N", help="How it ended: 0 speaks for the work.")
@click.option("--source", default="", metavar="URL", help="Where it can be looked at again; what CI proved needs one.")
@click.option("--note", default="", help="A remark.")
@click.option(
    "--level", type=click.Choice(list(_OPERATIONS)), default="ran", show_default=True, help="How it is known."
)
@options.fence
@options.writing
@click.pass_obj
def add(
    run: Run, task: str, command: str, exit_code: int | None, source: str, note: str, level: str, fence: int | None
) -> None:
    """Record that a command ran, and how it ended."""
    from vespera_core.app.evidence.requests import AddEvidence
    from vespera_core.cli.views import tasks as view

    request = AddEvidence(
        task_id=task, command=command, exit_code=exit_code, source=source, note=note, fence=fence
    )  # fmt: skip
    run.show(run.call(_OPERATIONS[level], request), lambda answer: view.changed("Evidence kept for", (answer.task,)))


@evidence.command("list")
@click.argument("task")
@options.common
@click.pass_obj
def list_(run: Run, task: str) -> None:
    """The evidence of a task, newest first, and whether it is enough."""
    from vespera_core.app.requests import TaskRef

    run.show(run.call("evidence.list", TaskRef(task_id=task)), _text)


def _text(answer: EvidenceAnswer) -> str:
    from vespera_core.cli.views.text import table

    head = f"{answer.task_id}  evidence: {answer.level}, needed: {answer.needed}"
    rows = table([_row(one) for one in answer.items])
    return f"{head}\n{rows}" if rows else head


def _row(one: Item) -> tuple[str, ...]:
    from vespera_core.cli.views.text import when

    found = one.evidence
    ended = "" if found.exit_code is None else f"ended with {found.exit_code}"
    old = "" if one.counts else "of earlier work"
    return when(one.at), one.actor, found.level, ended, old, found.command or found.source
