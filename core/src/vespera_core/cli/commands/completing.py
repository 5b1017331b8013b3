"""`complete`: tasks that are done."""

from __future__ import annotations

import click

from vespera_core.app.requests import CompleteTasks
from vespera_core.cli import options, values
from vespera_core.cli.session import Run


@click.command("complete")
@click.argument("ids", nargs=-1, required=True)
@options.fence
@options.reason
@click.option("--claim-next", is_flag=True, help="Claim the next ready task in the same transaction.")
@options.role
@options.lease
@click.option("--command", metavar="CMD", help="Evidence: what you ran to see that it is done.")
@click.option("--exit-code", type=int, metavar="N", help="How that command ended.")
@click.option("--force", is_flag=True, help="Although something stands in the way; that is recorded.")
@options.writing
@click.pass_obj
def complete(
    run: Run,
    ids: tuple[str, ...],
    fence: int | None,
    reason: str | None,
    claim_next: bool,
    role: str | None,
    lease: str,
    command: str | None,
    exit_code: int | None,
    force: bool,
) -> None:
    """Complete tasks, all of them or none; says what that unblocked."""
    from vespera_core.cli.views import holds as view

    request = CompleteTasks(
        task_ids=ids,
        fence=fence,
        reason=reason,
        command=command,
        exit_code=exit_code,
        force=force,
        claim_next=claim_next,
        role=role,
        lease_seconds=values.seconds(lease),
    )
    run.show(run.call("task.complete", request), view.completed)
