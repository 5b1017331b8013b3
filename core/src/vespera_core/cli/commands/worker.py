"""`worker`: take ready tasks one after the other, and run a command on each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vespera_core.cli import options, signals
from vespera_core.cli.session import Run
from vespera_core.cli.values import span
from vespera_core.errors import InvalidInput


def folder_of(run: Run, cwd: str | None) -> Path:
    """Where commands work: the folder named, or that of the workspace."""
    if cwd is not None:
        return Path(cwd).absolute()
    folder = run.ledger.folder
    return Path.cwd() if folder is None else folder.parent


@click.command("worker")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD...")
@options.role
@options.project
@options.types
@options.tags
@click.option("-j", "--concurrency", type=int, default=1, show_default=True, metavar="N", help="Tasks at once.")
@click.option("--lease", default="60s", show_default=True, metavar="SPAN", help="Renewed at a third of its length.")
@click.option("--poll", default="2s", show_default=True, metavar="SPAN", help="Between two looks at an empty queue.")
@click.option("--grace", default="30s", show_default=True, metavar="SPAN", help="What commands get after SIGTERM.")
@click.option("--time-limit", metavar="SPAN", help="End a command after so long.")
@click.option("--attempts", type=int, default=3, show_default=True, metavar="N", help="Then a person looks at it.")
@click.option(
    "--backoff", default="10s", show_default=True, metavar="SPAN", help="After the first failure; it doubles."
)
@click.option(
    "--losses", type=int, default=5, show_default=True, metavar="N", help="Leases in a row that ran out; then the same."
)
@click.option("--cwd", metavar="DIR", help="Where commands work; else the folder of the workspace.")
@click.option("--executor", default="command", show_default=True, metavar="NAME", help="What runs the command.")
@click.option("--once", is_flag=True, help="End after one task.")
@click.option("--until-empty", is_flag=True, help="End when nothing is ready, or rests between tries.")
@options.common
@click.pass_obj
def worker(run: Run, /, command: tuple[str, ...], **said: Any) -> None:
    """Claim ready tasks and run CMD on each: exit code 0 completes the task, anything else tries it again later.

    CMD is not read by a shell. Arguments {task_id}, {title} and {workspace} stand for what they name; the variables
    VESPERA_TASK_ID, VESPERA_RUN_ID, VESPERA_FENCE, VESPERA_ACTOR, VESPERA_ROLE and VESPERA_WORKSPACE tell the same.
    SIGTERM or Ctrl-C lets running commands end; a second one ends them at once.
    """
    from vespera_core.app.runs.worker import Worker

    ledger = run.ledger
    ledger.kernel.vault.check()
    ledger.kernel.observe()
    caller = replace(ledger.caller, origin="worker")
    hired = Worker(ledger.kernel, caller, _settings(run, command, said), lambda happening: _tell(run, happening))
    with signals.ending(hired.end):
        hired.run()


def _settings(run: Run, command: tuple[str, ...], said: dict[str, Any]) -> Any:
    from vespera_core.app.runs.requests import Retry
    from vespera_core.app.runs.settings import WorkerSettings

    lease = span(said["lease"], "lease")
    if not lease:
        raise InvalidInput("A lease lasts a second or longer.", field="lease")
    return WorkerSettings(
        command=command, folder=folder_of(run, said["cwd"]), executor=said["executor"], role=said["role"],
        project_id=said["project"], type=said["type"], tags=said["tags"], concurrency=said["concurrency"],
        lease_seconds=int(lease), poll=span(said["poll"], "poll") or 0.0, grace=span(said["grace"], "grace") or 0.0,
        time_limit=span(said["time_limit"], "time-limit"), once=said["once"], until_empty=said["until_empty"],
        retry=Retry(
            attempts=said["attempts"], first=span(said["backoff"], "backoff") or 0.0, losses=said["losses"],
        ),
    )  # fmt: skip


def _tell(run: Run, happening: Any) -> None:
    """A line at once: whoever watches a worker sees what it does while it does it."""
    import sys

    from vespera_core.cli.views import runs as view

    run.show(happening, view.happening)
    sys.stdout.flush()
