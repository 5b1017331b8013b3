"""Plugins on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.text import table
from vespera_core.errors import NotFound

if TYPE_CHECKING:
    from vespera_core.plugins.manager import Plugins
    from vespera_core.plugins.status import PluginStatus


def named(loaded: Plugins, name: str) -> list[PluginStatus]:
    """The plugins of that name or distribution. Raises NotFound with all that there are."""
    from vespera_core.plugins.status import canonical

    found = [one for one in loaded.statuses if canonical(name) in map(canonical, (one.name, one.distribution))]
    if not found:
        names = ", ".join(one.name for one in loaded.statuses)
        raise NotFound(f"There is no plugin {name!r}; there are: {names}.", next="Run 'vespera plugins list'.")
    return found


def listed(statuses: list[PluginStatus]) -> str:
    """A line for each plugin."""
    return table([(one.name, one.distribution, one.version, one.status, one.reason) for one in statuses], "")
