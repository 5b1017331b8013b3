"""`delete` and `restore`: out of sight, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.app.requests import DeleteTask, TaskRef
from vespera_core.cli import options
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import DeleteAnswer, RestoreAnswer


@click.command("delete")
@click.argument("id")
@click.option("--recursive", is_flag=True, help="With all that hangs below it.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--confirm", type=int, metavar="N", help="Refuse unless N tasks would go, as a dry run told.")
@click.option("--expected-version", type=int, metavar="N", help="Refuse unless the task has this version.")
@options.fence
@options.writing
@click.pass_obj
def delete(
    run: Run, id: str, recursive: bool, dry_run: bool, confirm: int | None, expected_version: int | None,
    fence: int | None,
) -> None:  # fmt: skip
    """Delete a task; 'restore' brings it back."""
    request = DeleteTask(
        task_id=id, recursive=recursive, dry_run=dry_run, confirm=confirm, expected_version=expected_version,
        fence=fence,
    )  # fmt: skip
    run.show(run.call("task.delete", request), _deleted)


def _deleted(answer: DeleteAnswer) -> str:
    ids = ", ".join(answer.deleted)
    if answer.dry_run:
        return f"Would delete {len(answer.deleted)}: {ids}"
    return f"Deleted {len(answer.deleted)}: {ids}\n  to bring back: vespera restore {answer.deleted[0]}"


@click.command("restore")
@click.argument("id")
@options.writing
@click.pass_obj
def restore(run: Run, id: str) -> None:
    """Bring a deleted task back, with what went with it."""
    run.show(run.call("task.restore", TaskRef(task_id=id)), _restored)


def _restored(answer: RestoreAnswer) -> str:
    return f"Restored {len(answer.restored)}: {', '.join(answer.restored)}"
