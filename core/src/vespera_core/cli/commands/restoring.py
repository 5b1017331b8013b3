"""`restore-backup`: a verified backup takes the place of a store that is missing, damaged or empty."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput, NoWorkspace, StoreCorrupt, Unsupported

if TYPE_CHECKING:
    from vespera_core.app.config import Settings
    from vespera_core.ports.storage import Storage


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
    run.show(_restore(run, _folder(run), source), _restored)


def _folder(run: Run) -> Path:
    """The workspace; where all of it is gone, a new one in the folder that was named, or here."""
    from vespera_core.app.workspace import find_workspace, make_folder

    try:
        return find_workspace(run.folder)
    except NoWorkspace:
        return make_folder(Path(run.folder or os.environ.get("VESPERA_WORKSPACE") or ".").absolute())


def _restore(run: Run, folder: Path, source: Path) -> dict[str, Any]:
    from vespera_core.app.application import load_plugins, provider_settings, select_storage, system_clock
    from vespera_core.app.config import load_settings
    from vespera_core.ports.provider import OpenContext

    settings = load_settings(folder).with_options(storage=run.storage)
    plugins = load_plugins(settings)
    provider = select_storage(plugins, settings)
    if provider.restore is None:
        raise Unsupported(
            f"The store {provider.name!r} restores no backups.",
            storage=provider.name,
            next="Use the tools of that store.",
        )
    seen: dict[str, Any] = {}

    def check(storage: Storage) -> None:
        seen.update(_checked(plugins, storage, source))

    context = OpenContext(folder, system_clock)
    target, aside = provider.restore(provider_settings(provider, settings), context, source, check)
    _remember(folder, settings, seen["projects"])
    return {
        "restored": str(target),
        "backup": str(source),
        "tasks": seen["tasks"],
        "moved_aside": None if aside is None else str(aside),
    }


def _checked(plugins: Any, storage: Storage, source: Path) -> dict[str, Any]:
    """Let the doctor look at the copy before it counts. Raises StoreCorrupt."""
    from vespera_core.app.application import login_name, system_clock
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.requests import Nothing
    from vespera_core.ports.access import Caller

    kernel = Kernel(plugins, storage, system_clock)
    report = kernel.run("system.doctor", Nothing(), Caller(actor=login_name(), origin="cli"))
    damage = [f"{one.check}: {one.message}" for one in report.findings if one.severity == "damage"]
    if damage:
        raise StoreCorrupt(
            f"The backup {source} is damaged, and was not used: {damage[0]}", next="Try an older backup.", damage=damage
        )
    with storage.read() as reader:
        return {
            "tasks": sum(line.tasks for line in reader.tally()),
            "projects": [one.project_id for one in reader.projects()],
        }


def _remember(folder: Path, settings: Settings, projects: list[str]) -> None:
    """Where the configuration was lost as well, write one that names the first project."""
    from vespera_core.app.config import FILE, write_config

    if not (folder / FILE).exists():
        project = f'project = "{projects[0]}"\n' if projects else ""
        write_config(folder, f'[vespera]\nstorage = "{settings.storage}"\n{project}')


def _restored(data: dict[str, Any]) -> str:
    lines = [f"Restored {data['tasks']:,} tasks into {data['restored']} (verified)"]
    if data["moved_aside"]:
        lines.append(f"  what was there is kept as {data['moved_aside']}")
    return "\n".join(lines)
