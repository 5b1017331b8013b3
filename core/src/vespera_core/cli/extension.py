"""Commands of plugins: asked for only when a word is not one of ours, or when help lists everything."""

from __future__ import annotations

import sys
from collections.abc import Container
from typing import TYPE_CHECKING

import click

from vespera_core.cli import output
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.config import Settings
    from vespera_core.plugins.manager import Plugins

HOOK = "vespera_register_commands"
TRANSPORTS = "vespera_transports"


def add_commands(group: click.Group, run: Run, ours: Container[str]) -> None:
    """Let every plugin add its commands to the root group. One that fails is named in a warning, and adds none."""
    plugins = plugins_of(run)
    _add_transports(group, plugins, run, ours)
    kept = dict(group.commands)
    for plugin, outcome in plugins.call_each(HOOK, cli=group):
        added = {name: command for name, command in group.commands.items() if kept.get(name) is not command}
        group.commands.clear()
        group.commands.update(kept)
        if isinstance(outcome, Exception):
            warn(run, plugins.fail(plugin, HOOK, outcome).reason)
            continue
        for name, command in added.items():
            _offer(group, run, ours, plugin, name, command)
        kept = dict(group.commands)


def _add_transports(group: click.Group, plugins: Plugins, run: Run, ours: Container[str]) -> None:
    """The command of every transport on offer."""
    from vespera_core.ports.operation import resolve

    for plugin, transport in plugins.collect(TRANSPORTS):
        try:
            command: click.Command = resolve(transport.command)
            _offer(group, run, ours, plugin, str(command.name), command)
        except Exception as error:
            warn(run, plugins.fail(plugin, TRANSPORTS, error).reason)


def _offer(group: click.Group, run: Run, ours: Container[str], plugin: str, name: str, command: click.Command) -> None:
    """Add a plugin's command, unless there is one of that name."""
    if name in ours or name in group.commands:
        warn(run, f"plugin '{plugin}' offers a command '{name}', which exists already: left out.")
    else:
        group.commands[name] = command


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
