"""`import` and `export`: files of other tools, and our own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from vespera_core.app.requests import ExportFile, ImportFile
from vespera_core.cli import options
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import ExportAnswer, ImportAnswer

_SHOWN = 10


@click.command("import")
@click.argument("format")
@click.argument("path")
@options.project
@click.option("--skip-invalid", is_flag=True, help="Import the valid rows, and report the others.")
@click.option("--dry-run", is_flag=True, help="Only say what would be imported.")
@options.writing
@click.pass_obj
def import_(run: Run, format: str, path: str, project: str | None, skip_invalid: bool, dry_run: bool) -> None:
    """Take in a file or folder of another tool: all of it, or nothing.

    FORMAT is jsonl, beads, taskmaster, backlog, or one that a plugin brings. Importing again changes only what the file
    changed.
    """
    ledger = run.ledger
    progress = sys.stderr.isatty() and not run.json
    if progress:
        ledger.kernel.progress = _progress
    request = ImportFile(format=format, path=path, project_id=project, skip_invalid=skip_invalid, dry_run=dry_run)
    try:
        answer = run.call("exchange.import", request)
    finally:
        if progress:
            sys.stderr.write("\r\x1b[K")
    run.show(answer, _imported)


def _progress(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done:,} of {total:,}")
    sys.stderr.flush()


def _imported(answer: ImportAnswer) -> str:
    from vespera_core.cli.views.text import clean, count

    did = "A dry run; it would import" if answer.dry_run else "Imported"
    taken = f"{did} {count(answer.imported, 'task')}, with {count(answer.relations, 'relation')}"
    rest = f"updated {answer.updated:,}, unchanged {answer.unchanged:,}, skipped {answer.skipped:,}"
    lines = [f"{taken}; {rest}"]
    lines += [f"  skipped {number:,}: {clean(why)}" for why, number in answer.skipped_by.items()]
    if answer.problems:
        lines.append(f"{count(len(answer.problems), 'problem')}:")
        lines += [clean(f"  {one.where}: {one.message}") for one in answer.problems[:_SHOWN]]
    if len(answer.problems) > _SHOWN:
        lines.append(f"  and {len(answer.problems) - _SHOWN:,} more: --json lists all")
    return "\n".join(lines)


@click.command("export")
@click.option(
    "-f", "--format", default="jsonl", show_default=True, metavar="F", help="jsonl, beads, or one that a plugin brings."
)
@click.option("-o", "--output", "path", metavar="FILE", help="Write here instead of to standard output.")
@options.project
@options.common
@click.pass_obj
def export(run: Run, format: str, path: str | None, project: str | None) -> None:
    """Write everything out, to a file or to standard output."""
    request = ExportFile(format=format, path=path, project_id=project)
    if path is not None:
        run.show(run.call("exchange.export", request), _exported)
    elif run.json:
        _embed(run, request)
    else:
        run.call("exchange.export", request)


def _embed(run: Run, request: ExportFile) -> None:
    """One line of JSON is promised even where the export itself goes to standard output: it becomes a text in it."""
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as text:
        answer: ExportAnswer = run.call("exchange.export", request)
    data = {
        "format": answer.format,
        "path": None,
        "tasks": answer.tasks,
        "digest": answer.digest,
        "text": text.getvalue(),
    }
    run.show(answer, _exported, data)


def _exported(answer: ExportAnswer) -> str:
    return f"Exported {answer.tasks:,} tasks to {answer.path} (digest {answer.digest[:16]})"
