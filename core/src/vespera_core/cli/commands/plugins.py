"""`plugins`: what is installed, what it offers, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vespera_core.cli import options
from vespera_core.cli.commands.plugin_checks import check
from vespera_core.cli.commands.plugin_projects import new
from vespera_core.cli.commands.plugin_traces import trace
from vespera_core.cli.extension import plugins_of
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.cli.views.plugins import listed, named
from vespera_core.errors import NotFound

if TYPE_CHECKING:
    from vespera_core.plugins.contributions import Contribution
    from vespera_core.plugins.manager import Plugins
    from vespera_core.plugins.status import PluginStatus


@click.group("plugins", cls=Family, aliases={"ls": "list", "view": "show", "doctor": "check"})
@options.common
def plugins() -> None:
    """Plugins: list, show, check, trace, new."""


plugins.add_command(check)
plugins.add_command(trace)
plugins.add_command(new)


@plugins.command("list")
@click.option("--hook", metavar="HOOK", help="Only those that implement HOOK.")
@click.option("--requirements", is_flag=True, help="Print what to install to have the same, for pip.")
@options.common
@click.pass_obj
def list_(run: Run, hook: str | None, requirements: bool) -> None:
    """All plugins that are installed, and what became of each."""
    loaded = plugins_of(run, rescan=True)
    statuses = [one for one in loaded.statuses if hook is None or one.name in _implementers(loaded, hook)]
    if requirements:
        pins = _pins(statuses)
        run.show({"requirements": pins}, lambda _: "\n".join(pins))
        return
    run.show({"plugins": statuses}, lambda _: listed(statuses))


@plugins.command("show")
@click.argument("name")
@options.common
@click.pass_obj
def show(run: Run, name: str) -> None:
    """One plugin: where it comes from, its hooks, and all that it contributes."""
    from vespera_core.plugins.contributions import contributions

    loaded = plugins_of(run, rescan=True)
    offered = contributions(loaded)  # first, since a plugin that fails in it is told so by its status
    found = named(loaded, name)
    data = [{"plugin": one, "offers": [each.title for each in offered if each.plugin == one.name]} for one in found]
    run.show({"plugins": data}, lambda _: "\n".join(_detail(one, offered) for one in found))


def _implementers(loaded: Plugins, hook: str) -> tuple[str, ...]:
    try:
        return loaded.implementers(hook)
    except AttributeError:
        raise NotFound(f"There is no hook {hook!r}.", next="They are listed in docs/reference/hooks.md.") from None


def _pins(statuses: list[PluginStatus]) -> list[str]:
    """Each distribution once; what has no version cannot be pinned."""
    versions = {one.distribution: one.version for one in statuses if one.version != "unknown"}
    return [f"{distribution}=={version}" for distribution, version in sorted(versions.items())]


def _detail(status: PluginStatus, offered: list[Contribution]) -> str:
    from vespera_core.cli.views.text import table

    facts: list[tuple[str, Any]] = [
        ("status", status.status), ("from", status.origin), ("module", status.module), ("reason", status.reason),
        ("next", status.next), ("hooks", ", ".join(status.hooks)), ("offers", _offers(status, offered)),
    ]  # fmt: skip
    return f"{status.name}\n{table([fact for fact in facts if fact[1]])}"


def _offers(status: PluginStatus, offered: list[Contribution]) -> str:
    return ", ".join(one.title for one in offered if one.plugin == status.name)
