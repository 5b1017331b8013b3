"""Plugins on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from vespera_core.cli.views.text import clean, table
from vespera_core.errors import NotFound

if TYPE_CHECKING:
    from vespera_core.plugins.manager import Plugins
    from vespera_core.plugins.status import PluginStatus


SOUND = ("loaded", "blocked", "found")


class Checked(NamedTuple):
    """What a check found: plugins, remarks, and what the configuration asks for in vain."""

    statuses: list[PluginStatus]
    notes: Sequence[str] = ()
    lacking: Sequence[str] = ()

    @property
    def healthy(self) -> bool:
        """Whether nothing has to be done."""
        return not self.lacking and all(one.status in SOUND for one in self.statuses)


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


def verdict(found: Checked) -> str:
    """What a check found, and what to do about it."""
    steps = [f"next: {one.next}" for one in found.statuses if one.next and one.status not in SOUND]
    said = [clean(line) for line in (*steps, *found.notes, *found.lacking)]
    return "\n".join([listed(found.statuses), *said, "All is well." if found.healthy else "Not all is well."])
