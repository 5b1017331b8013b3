"""Commands of plugins: asked for only when a word is not one of ours, or when help lists everything."""

from __future__ import annotations

import sys
from collections.abc import Container
from typing import TYPE_CHECKING

import click

from vespera_core.cli import output
from vespera_core.cli.session import Run
from vespera_core.errors import VesperaError

if TYPE_CHECKING:
    from vespera_core.app.config import Settings
    from vespera_core.plugins.manager import Plugins

HOOK = "vespera_register_commands"


def add_commands(group: click.Group, run: Run, ours: Container[str]) -> None:
    """Let every plugin add its commands to the root group. One that fails is named in a warning, and adds none."""
    plugins = plugins_of(run)
    names = [name for name in plugins.order if name] if hasattr(plugins, "order") else None
    del names
    before = dict(group.commands)
    for plugin, outcome in plugins.call_each(HOOK, cli=group):
        added = [name for name in group.commands if name not in before]
        if isinstance(outcome, Exception):
            warn(run, plugins.fail(plugin, HOOK, outcome).reason)
            added_by_failed = added
        else:
            added_by_failed = [name for name in added if name in ours]
            for name in added_by_failed:
                warn(run, f"plugin '{plugin}' offers a command '{name}', which ships with Vespera: left out.")
        for name in added_by_failed:
            del group.commands[name]
        before = dict(group.commands)


def plugins_of(run: Run, *, rescan: bool = False) -> Plugins:
    """The plugins of the workspace, or outside of one those that the environment lets in. Requires none of them."""
    from vespera_core.app.builtins import BUILTINS
    from vespera_core.plugins.manager import Plugins

    settings = settings_of(run)
    return Plugins.load(builtins=BUILTINS, allow=settings.allow, block=settings.block, rescan=rescan)


def settings_of(run: Run) -> Settings:
    """The settings of the workspace, or outside of one those of the environment. Raises ConfigError."""
    from vespera_core.app.config import load_settings
    from vespera_core.app.workspace import find_workspace
    from vespera_core.errors import NoWorkspace

    try:
        folder = find_workspace(run.folder)
    except NoWorkspace:
        folder = None
    return load_settings(folder)


def warn(run: Run, message: str) -> None:
    """Say something on the error stream that stops nothing; programs, which read errors there, are spared it."""
    if not run.json:
        from vespera_core.cli.views.text import clean

        output.write(f"warning: {clean(message)}", sys.stderr)


def plugin_fault(error: VesperaError) -> str:
    """One sentence about an error, for lists."""
    return error.message
