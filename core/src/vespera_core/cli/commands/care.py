"""`stats`, `doctor` and `backup`: how the ledger is, and a copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.app.requests import BackupFile, Nothing
from vespera_core.cli import options
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import BackupAnswer, DoctorAnswer, StatsAnswer
    from vespera_core.app.services.answers import RepairAnswer


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
@click.option("--repair", is_flag=True, help="Derive anew what is derived: readiness, vectors, indexes.")
@options.common
@click.pass_context
def doctor(context: click.Context, *, repair: bool) -> None:
    """Check the store, the log and what is derived from them; the exit code is 1 where there is damage.

    A repair changes no task and no event: what can be computed from them is computed anew.
    """
    repaired = _repaired(context.obj) if repair else None
    answer: DoctorAnswer = context.obj.call("system.doctor", Nothing())
    if repaired is None:
        context.obj.show(answer, _doctor)
    else:
        data = {"healthy": answer.healthy, "findings": answer.findings, "repaired": repaired.repaired}
        context.obj.show(answer, lambda one: f"{_repairs(repaired)}\n{_doctor(one)}", data)
    if not answer.healthy:
        context.exit(1)


def _repaired(run: Run) -> RepairAnswer:
    from vespera_core.app.services.requests import Repair

    repaired: RepairAnswer = run.call("system.repair", Repair())
    return repaired


def _repairs(answer: RepairAnswer) -> str:
    from vespera_core.cli.views.text import clean

    return "\n".join(f"Repaired: {clean(one)}" for one in answer.repaired) or "Nothing had to be repaired."


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
