"""`stats`, `doctor` and `backup`: how the ledger is, and a copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.app.requests import BackupFile, Nothing
from vespera_core.cli import options
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import BackupAnswer, DoctorAnswer, StatsAnswer


@click.command("stats")
@options.common
@click.pass_obj
def stats(run: Run) -> None:
    """Counts of everything."""
    run.show(run.call("system.stats", Nothing()), _stats)


def _stats(answer: StatsAnswer) -> str:
    from vespera_core.cli.views.text import count, table

    lines = [
        f"{count(answer.total, 'task')}: {answer.open:,} open, {answer.ready:,} ready; {count(answer.events, 'event')}"
    ]
    for heading, counts in (("status", answer.by_status), ("type", answer.by_type), ("project", answer.by_project)):
        if counts:
            lines += [f"by {heading}:", table(counts.items())]
    return "\n".join(lines)


@click.command("doctor")
@options.common
@click.pass_context
def doctor(context: click.Context) -> None:
    """Check the store and the log; the exit code is 1 where there is damage."""
    answer: DoctorAnswer = context.obj.call("system.doctor", Nothing())
    context.obj.show(answer, _doctor)
    if not answer.healthy:
        context.exit(1)


def _doctor(answer: DoctorAnswer) -> str:
    from vespera_core.cli.views.text import table

    rows = [(one.severity, one.check, one.message) for one in answer.findings]
    verdict = (
        "Healthy."
        if answer.healthy
        else "There is damage. Make a copy with 'vespera backup FILE' before anything else."
    )
    return f"{table(rows, '')}\n{verdict}"


@click.command("backup")
@click.argument("file")
@options.writing
@click.pass_obj
def backup(run: Run, file: str) -> None:
    """Copy the store to a new file, verified; an existing file is never overwritten."""
    run.show(run.call("system.backup", BackupFile(path=file)), _backup)


def _backup(answer: BackupAnswer) -> str:
    return f"Backed up to {answer.path} ({answer.bytes:,} bytes, verified)"
