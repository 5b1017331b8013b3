"""`plugins check`: whether plugins are as they should be: all, one of them, or one that is not installed yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vespera_core.cli import options
from vespera_core.cli.extension import plugins_of, settings_of
from vespera_core.cli.session import Run
from vespera_core.cli.views.plugins import listed, named
from vespera_core.errors import InvalidInput, NotFound, PluginFault

if TYPE_CHECKING:
    from vespera_core.plugins.manager import Plugins
    from vespera_core.plugins.status import Found, PluginStatus
    from vespera_core.plugins.unpacked import Unpacked

SOUND = ("loaded", "blocked", "found")


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
        statuses, notes = _all(run)
    elif _is_path(what):
        statuses, notes = _unpacked(Path(what), importing)
    else:
        statuses, notes = _one(run, what)
    missing = _missing(run) if what is None else None
    healthy = missing is None and all(one.status in SOUND for one in statuses)
    data = {"healthy": healthy, "plugins": statuses, "required": missing, "notes": notes}
    run.show(data, lambda _: _verdict(statuses, [*notes, *([missing] if missing else [])], healthy))
    if not healthy:
        context.exit(1)


def _is_path(what: str) -> bool:
    return what.endswith(".whl") or "/" in what or what in (".", "..")


def _all(run: Run) -> tuple[list[PluginStatus], list[str]]:
    from vespera_core.plugins.contributions import contributions

    loaded = plugins_of(run, rescan=True)
    contributions(loaded)
    return loaded.statuses, _strangers(run, loaded)


def _one(run: Run, name: str) -> tuple[list[PluginStatus], list[str]]:
    from vespera_core.plugins.contributions import contributions

    loaded = plugins_of(run, rescan=True)
    if Path(name).exists() and name not in {word for one in loaded.statuses for word in (one.name, one.distribution)}:
        raise NotFound(f"There is no plugin {name!r}, but a file of that name.", next=f"Write './{name}' to check it.")
    named(loaded, name)
    contributions(loaded)
    return named(loaded, name), []


def _unpacked(path: Path, importing: bool) -> tuple[list[PluginStatus], list[str]]:
    from vespera_core.plugins.unpacked import describe

    known = describe(path)
    if not known.plugins:
        raise InvalidInput(
            f"{known.distribution} states no plugin.",
            next="Add an entry point in the group 'vespera.plugins' that names its module.",
        )
    if not importing:
        notes = ["It was not imported: '--import' does that, in a process of its own."]
        return [_judged(known, one) for one in known.plugins], [*_advice(known), *notes]
    statuses, offers = [], []
    for one in known.plugins:
        status = _judged(known, one)
        if status.status == "found":
            from vespera_core.plugins.probe import probe

            status, offered = probe(known.root, one)
            offers += [f"offers {', '.join(offered)}"] if offered else []
        statuses.append(status)
    return statuses, [*_advice(known), *offers]


def _judged(known: Unpacked, found: Found) -> PluginStatus:
    """What would become of it beside what is installed, as far as that can be said without importing it."""
    from vespera_core.app.builtins import BUILTINS
    from vespera_core.plugins import texts
    from vespera_core.plugins.choose import choose
    from vespera_core.plugins.loader import discover
    from vespera_core.plugins.status import canonical

    others = [one for one in discover(rescan=True) if canonical(one.distribution) != canonical(found.distribution)]
    names = {name for name, _ in BUILTINS}
    _, refused = choose([*others, found], builtin=names, allow=None, block=())
    own = [one for one in refused if (one.name, one.distribution) == (found.name, found.distribution)]
    if own:
        return own[0]
    module = found.module.partition(":")[0].strip().partition(".")[0]
    return texts.without_module(found, known.root) if module in known.missing else texts.found_only(found)


def _advice(known: Unpacked) -> list[str]:
    from vespera_core.plugins import texts

    return [texts.without_range(one) for one in known.plugins[:1] if "<" not in one.requires]


def _strangers(run: Run, loaded: Plugins) -> list[str]:
    """Words of the lists of allowed and blocked plugins that name nothing that is installed."""
    from vespera_core.plugins.status import canonical

    settings = settings_of(run)
    known = {canonical(word) for one in loaded.statuses for word in (one.name, one.distribution)}
    lists = {
        "VESPERA_PLUGINS or [plugins] allow": settings.allow or (),
        "VESPERA_BLOCK or [plugins] block": settings.block,
    }
    return [
        f"{where} names '{word}', which is neither a plugin nor a distribution that is installed."
        for where, words in lists.items()
        for word in words or ()
        if canonical(word.strip()) not in known
    ]


def _missing(run: Run) -> str | None:
    try:
        plugins_of(run).require(settings_of(run).required)
    except PluginFault as error:
        return error.message
    return None


def _verdict(statuses: list[PluginStatus], notes: list[str], healthy: bool) -> str:
    steps = [f"next: {one.next}" for one in statuses if one.next and one.status not in SOUND]
    return "\n".join([listed(statuses), *steps, *notes, "All is well." if healthy else "Not all is well."])
