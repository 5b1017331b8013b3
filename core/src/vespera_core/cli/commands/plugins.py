"""`plugins`: what is installed, what it offers, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vespera_core.cli import options
from vespera_core.cli.extension import HOOK, plugins_of, settings_of
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.errors import NotFound, PluginFault

if TYPE_CHECKING:
    from vespera_core.plugins.manager import Plugins
    from vespera_core.plugins.status import PluginStatus


@click.group("plugins", cls=Family, aliases={"ls": "list", "view": "show", "doctor": "check"})
@options.common
def plugins() -> None:
    """Plugins: list, show, check."""


@plugins.command("list")
@options.common
@click.pass_obj
def list_(run: Run) -> None:
    """All plugins that are installed, and what became of each."""
    statuses = plugins_of(run, rescan=True).statuses
    run.show({"plugins": statuses}, lambda _: _rows(statuses))


@plugins.command("show")
@click.argument("name")
@options.common
@click.pass_obj
def show(run: Run, name: str) -> None:
    """One plugin: where it comes from, its hooks, what it offers."""
    loaded = plugins_of(run, rescan=True)
    found = [one for one in loaded.statuses if name in (one.name, one.distribution)]
    if not found:
        names = ", ".join(one.name for one in loaded.statuses)
        raise NotFound(f"There is no plugin {name!r}; there are: {names}.", next="Run 'vespera plugins list'.")
    offers = _offers(loaded)
    data = [{"plugin": one, "offers": offers.get(one.name, [])} for one in found]
    run.show({"plugins": data}, lambda _: "\n".join(_detail(one, offers.get(one.name, [])) for one in found))


@plugins.command("check")
@options.common
@click.pass_context
def check(context: click.Context) -> None:
    """Call every hook that offers something; the exit code is 1 where a plugin is not as it should be."""
    run: Run = context.obj
    loaded = plugins_of(run, rescan=True)
    _offers(loaded)
    _commands(loaded)
    missing = _missing(run, loaded)
    wrong = [one for one in loaded.statuses if one.status not in ("loaded", "blocked")]
    healthy = not wrong and not missing
    data = {"healthy": healthy, "plugins": loaded.statuses, "required": missing}
    run.show(data, lambda _: _verdict(loaded.statuses, missing, healthy))
    if not healthy:
        context.exit(1)


def _offers(loaded: Plugins) -> dict[str, list[str]]:
    """What each plugin offers by name: ``storage sqlite``, ``operation task.list``."""
    from vespera_core.plugins.registry import KINDS, Registry

    registry = Registry(loaded)
    offers: dict[str, list[str]] = {}
    for kind in KINDS:
        for plugin, _, _, item in registry.offers(kind):
            offers.setdefault(plugin, []).append(f"{kind} {item.name}")
    for plugin, operation in loaded.collect("vespera_operations"):
        offers.setdefault(plugin, []).append(f"operation {operation.name}")
    return offers


def _commands(loaded: Plugins) -> None:
    for plugin, outcome in loaded.call_each(HOOK, cli=click.Group("vespera")):
        if isinstance(outcome, Exception):
            loaded.fail(plugin, HOOK, outcome)


def _missing(run: Run, loaded: Plugins) -> str | None:
    try:
        loaded.require(settings_of(run).required)
    except PluginFault as error:
        return error.message
    return None


def _rows(statuses: list[PluginStatus]) -> str:
    from vespera_core.cli.views.text import table

    return table([(one.name, one.distribution, one.version, one.status, one.reason) for one in statuses], "")


def _verdict(statuses: list[PluginStatus], missing: str | None, healthy: bool) -> str:
    steps = [f"next: {one.next}" for one in statuses if one.next and one.status not in ("loaded", "blocked")]
    lines = [
        _rows(statuses),
        *steps,
        *([missing] if missing else []),
        "All is well." if healthy else "Not all is well.",
    ]
    return "\n".join(lines)


def _detail(status: PluginStatus, offers: list[str]) -> str:
    from vespera_core.cli.views.text import table

    facts: list[tuple[str, Any]] = [
        ("status", status.status), ("from", status.origin), ("module", status.module), ("reason", status.reason),
        ("next", status.next), ("hooks", ", ".join(status.hooks)), ("offers", ", ".join(offers)),
    ]  # fmt: skip
    return f"{status.name}\n{table([fact for fact in facts if fact[1]])}"
