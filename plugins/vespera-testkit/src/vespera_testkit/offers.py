"""What is offered under a name, found as Vespera finds it: through the entry points of what is installed."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from vespera_core.app.application import load_plugins
from vespera_core.app.config import Settings
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.registry import Registry


class Offer(NamedTuple):
    """An item of a plugin, and the distribution that brings it."""

    plugin: str
    distribution: str
    version: str
    item: Any

    @property
    def origin(self) -> str:
        """The distribution and its version, as messages name them."""
        return f"{self.distribution} {self.version}"


@cache
def installed() -> Registry:
    """Everything that is installed beside this process, whatever the person who runs the tests has configured."""
    return Registry(loaded())


@cache
def loaded() -> Plugins:
    """The plugins, found anew: an author installs and tests within the same minute."""
    return load_plugins(Settings(), rescan=True)


@cache
def offer_of(kind: str, name: str) -> Offer:
    """The one offer of that kind and name. Raises PluginFault where there is none, ConfigError where there are two."""
    item = installed().select(kind, name)
    return next(Offer(*one) for one in installed().offers(kind) if one[3] is item)
