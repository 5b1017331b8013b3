"""`restore-backup`: a verified backup takes the place of a store that is missing, damaged or empty."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput, NoWorkspace


@click.command("restore-backup")
@click.argument("file")
@options.writing
@click.pass_obj
def restore_backup(run: Run, file: str) -> None:
    """Put a verified backup in the place of a missing store.

    A store that holds tasks is never replaced; a damaged file is moved aside and kept.
    """
    source = Path(file).absolute()
    if not source.is_file():
        raise InvalidInput(
            f"There is no backup {source}.", field="file", next="Name a file that 'vespera backup' made."
        )
    from vespera_core.app.care import restoring

    run.show(restoring.restore_backup(_folder(run), source, run.storage), _restored)


def _folder(run: Run) -> Path:
    """The workspace; where all of it is gone, a new one in the folder that was named, or here."""
    from vespera_core.app.workspace import find_workspace, make_folder

    try:
        return find_workspace(run.folder)
    except NoWorkspace:
        return make_folder(Path(run.folder or os.environ.get("VESPERA_WORKSPACE") or ".").absolute())


def _restored(data: dict[str, Any]) -> str:
    lines = [f"Restored {data['tasks']:,} tasks into {data['restored']} (verified)"]
    if data["moved_aside"]:
        lines.append(f"  what was there is kept as {data['moved_aside']}")
    return "\n".join(lines)
