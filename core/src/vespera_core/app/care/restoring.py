"""Restoring: a backup takes the place of a store that is missing, damaged or empty, once the doctor has passed it.

No operation of the table: those need an open store, and here there may be none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vespera_core.app.application import load_plugins, login_name, select_storage, system_clock
from vespera_core.app.config import FILE, Settings, load_settings, provider_settings, write_config
from vespera_core.app.kernel import Kernel
from vespera_core.app.requests import Nothing
from vespera_core.errors import StoreCorrupt, Unsupported
from vespera_core.plugins.manager import Plugins
from vespera_core.ports.access import Caller
from vespera_core.ports.capabilities import RESTORE
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Storage


def restore_backup(folder: Path, source: Path, storage: str | None = None) -> dict[str, Any]:
    """Put a verified copy of `source` in the place of the workspace's store.

    Answers where it went, how many tasks it holds and where what was there is kept. Raises Refused for a store that
    holds tasks, StoreCorrupt or StoreNewer for a backup that is not fit, Unsupported where the store restores none.
    """
    settings = load_settings(folder).with_options(storage=storage)
    plugins = load_plugins(settings)
    provider = select_storage(plugins, settings)
    if provider.restore is None:
        raise Unsupported(
            f"The store {provider.name!r} restores no backups.",
            storage=provider.name,
            capability=RESTORE,
            next="Use the tools of that store.",
        )
    seen: dict[str, Any] = {}

    def check(copy: Storage) -> None:
        seen.update(_checked(plugins, copy, source))

    context = OpenContext(folder, system_clock)
    target, aside = provider.restore(provider_settings(provider, settings), context, source, check)
    _remember(folder, settings, seen["projects"])
    return {
        "restored": str(target),
        "backup": str(source),
        "tasks": seen["tasks"],
        "moved_aside": None if aside is None else str(aside),
    }


def _checked(plugins: Plugins, storage: Storage, source: Path) -> dict[str, Any]:
    """Let the doctor look at the copy before it counts. Raises StoreCorrupt."""
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
    if not (folder / FILE).exists():
        project = f'project = "{projects[0]}"\n' if projects else ""
        write_config(folder, f'[vespera]\nstorage = "{settings.storage}"\n{project}')
