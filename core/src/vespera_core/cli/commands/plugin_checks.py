"""`plugins check`: whether plugins are as they should be: all, one of them, or one that is not installed yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vespera_core.cli import options
from vespera_core.cli.commands.plugin_candidates import candidate
from vespera_core.cli.extension import plugins_of, settings_of
from vespera_core.cli.session import Run
from vespera_core.cli.views.plugins import Checked, named, verdict
from vespera_core.errors import ConfigError, NotFound, PluginFault, VesperaError

if TYPE_CHECKING:
    from vespera_core.plugins.manager import Plugins


@click.command("check")
@click.argument("what", required=False, metavar="[NAME|PATH]")
@click.option("--import", "importing", is_flag=True, help="Also import what is at PATH, in a process of its own.")
@options.common
@click.pass_context
def check(context: click.Context, what: str | None, importing: bool) -> None:
    """Call every hook that offers something; the exit code is 1 where a plugin is not as it should be.

    NAME: only that plugin. PATH: a project's folder or a wheel that is not installed; it is judged by its metadata and
    not imported, unless you say so.
    """
    run: Run = context.obj
    if what is None:
        found = _all(run)
    elif _is_path(what):
        found = candidate(run, Path(what), importing)
    else:
        found = _one(run, what)
    data = {"healthy": found.healthy, "plugins": found.statuses, "lacking": found.lacking, "notes": found.notes}
    run.show(found, verdict, data)
    if not found.healthy:
        context.exit(1)


def _is_path(what: str) -> bool:
    return what.endswith(".whl") or "/" in what or what in (".", "..")


def _all(run: Run) -> Checked:
    from vespera_core.plugins.contributions import contributions

    loaded = plugins_of(run, rescan=True)
    contributions(loaded)
    lacking = [*_unfit(loaded), *_required(run, loaded), *_unavailable(run, loaded)]
    return Checked(loaded.statuses, _strangers(run, loaded), lacking)


def _one(run: Run, name: str) -> Checked:
    from vespera_core.plugins.contributions import contributions

    loaded = plugins_of(run, rescan=True)
    try:
        named(loaded, name)
    except NotFound:
        if not Path(name).exists():
            raise
        step = f"Write './{name}' to check it."
        raise NotFound(f"There is no plugin {name!r}, but a file of that name.", next=step) from None
    contributions(loaded)
    unfit = _unfit(loaded)
    own = named(loaded, name)
    return Checked(own, lacking=[line for line in unfit if any(one.title in line for one in own)])


def _unfit(loaded: Plugins) -> list[str]:
    """What keeps every workspace from being opened: operations that cannot stand in one table."""
    from vespera_core.plugins.operations import operations_of

    try:
        operations_of(loaded)
    except ConfigError as error:
        return [f"{error.message} {error.next}"]
    return []


def _strangers(run: Run, loaded: Plugins) -> list[str]:
    """Words of the lists of allowed and blocked plugins that do not do what they were written for."""
    from vespera_core.plugins.status import CORE, canonical

    settings = settings_of(run)
    known = {canonical(word): one for one in loaded.statuses for word in (one.name, one.distribution)}
    block = "VESPERA_BLOCK or [plugins] block"
    lists = {"VESPERA_PLUGINS or [plugins] allow": settings.allow or (), block: settings.block}
    notes = []
    for where, word in [(where, word) for where, words in lists.items() for word in words]:
        one = known.get(canonical(word.strip()))
        if one is None:
            notes.append(f"{where} names '{word}', which is neither a plugin nor a distribution that is installed.")
        elif one.distribution == CORE and where == block:
            notes.append(f"{where} names '{word}', which is built into {one.origin} and stays.")
    return notes


def _required(run: Run, loaded: Plugins) -> list[str]:
    """The plugins that have to be there, and are not."""
    try:
        loaded.require(settings_of(run).required)
    except PluginFault as error:
        return [f"{error.message} {error.next or ''}".strip()]
    return []


def _unavailable(run: Run, loaded: Plugins) -> list[str]:
    """What the configuration names and nobody offers."""
    from vespera_core.app.config import AUTO
    from vespera_core.plugins.registry import Registry

    settings, registry = settings_of(run), Registry(loaded)
    lacking = []
    for kind in ("storage", "vectors", "graph", "embedder"):
        try:
            if (name := getattr(settings, kind)) != AUTO:
                registry.select(kind, name)
        except VesperaError as error:
            lacking.append(f"{error.message} {error.next or ''}".strip())
    return lacking
