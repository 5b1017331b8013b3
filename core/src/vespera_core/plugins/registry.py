"""What plugins offer, by kind and name, and the choosing among it."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.errors import ConfigError, PluginFault
from vespera_core.plugins.hints import PROVIDERS
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.status import PluginStatus, canonical
from vespera_core.ports.operation import resolve

KINDS = {
    "storage": "vespera_storages",
    "embedder": "vespera_embedders",
    "vectors": "vespera_vector_indexes",
    "graph": "vespera_graphs",
    "projection": "vespera_projections",
    "service": "vespera_services",
    "executor": "vespera_executors",
    "format": "vespera_formats",
    "transport": "vespera_transports",
    "keys": "vespera_key_providers",
}
"""Each kind of thing that is selected by name, and the hook that collects it."""

_TYPES: Final = {
    "service": "vespera_core.ports.service:ServiceProvider",
    "format": "vespera_core.ports.format:Format",
    "transport": "vespera_core.ports.transport:Transport",
}
_PROVIDER: Final = "vespera_core.ports.provider:Provider"
"""What all other kinds are. They are named and not imported: what is offered has brought its own type along."""

Offer = tuple[str, str, str, Any]
"""Plugin name, distribution, version, item."""


class Registry:
    """Selects providers and formats by name. A kind's hook is called when the kind is first asked for."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self._offers: dict[str, list[Offer]] = {}

    def offers(self, kind: str) -> list[Offer]:
        """All that is offered of a kind: plugin name, distribution, version, item. Raises KeyError for no kind."""
        if kind not in self._offers:
            items = self._plugins.collect(KINDS[kind])
            self._offers[kind] = [self._offer(name, item) for name, item in items if self._is_offer(kind, name, item)]
        return list(self._offers[kind])

    def select(self, kind: str, name: str) -> Any:
        """The item of that name; ``distribution:name`` tells those of several distributions apart.

        Raises ConfigError where more than one fits, and PluginFault where none does.
        """
        distribution, _, bare = name.rpartition(":")
        fits = [one for one in self.offers(kind) if one[3].name == bare]
        if distribution:
            fits = [one for one in fits if canonical(one[1]) == canonical(distribution)]
        if len(fits) > 1:
            raise _ambiguous(kind, bare, fits)
        if not fits:
            raise self._unknown(kind, name)
        return fits[0][3]

    def _offer(self, plugin: str, item: Any) -> Offer:
        status = self._plugins.status(plugin)
        return plugin, status.distribution, status.version, item

    def _is_offer(self, kind: str, plugin: str, item: Any) -> bool:
        wanted = resolve(_TYPES.get(kind, _PROVIDER))
        if isinstance(item, wanted) and isinstance(item.name, str):
            return True
        lacks = "has no name" if isinstance(item, wanted) else f"is no {wanted.__name__}"
        self._plugins.fail(plugin, KINDS[kind], TypeError(f"it offers {item!r}, which {lacks}"))
        return False

    def _unknown(self, kind: str, name: str) -> PluginFault:
        offered = [f"{one[3].name} ({one[1]} {one[2]})" for one in self.offers(kind)]
        absent = [one for one in self._plugins.statuses if self._might_offer(kind, one)]
        message = f"{kind} '{name}' is not offered by any plugin; on offer: {', '.join(offered) or 'nothing'}."
        if absent:
            message += " It may be missing because " + " And because ".join(one.reason for one in absent)
        names = [one[3].name for one in self.offers(kind)]
        return PluginFault(message, next=self._next(kind, name, absent), kind=kind, name=name, offered=names)

    def _might_offer(self, kind: str, status: PluginStatus) -> bool:
        # Nothing is known of the hooks of a plugin that was never registered.
        return status.status != "loaded" and (not status.hooks or KINDS[kind] in status.hooks)

    def _next(self, kind: str, name: str, absent: list[PluginStatus]) -> str | None:
        distribution = PROVIDERS.get((kind, name.rpartition(":")[2]), "")
        own = [one for one in absent if one.distribution == distribution] or absent
        installed = any(one.distribution == distribution for one in self._plugins.statuses)
        if distribution and not installed:
            return f"Install it with: pip install {distribution}"
        if own:
            return " ".join(dict.fromkeys(one.next for one in own))
        return f"Install the plugin that brings '{name}', or name one that is on offer." if self.offers(kind) else None


def _ambiguous(kind: str, name: str, fits: list[Offer]) -> ConfigError:
    origins = list(dict.fromkeys(f"{one[1]} {one[2]}" for one in fits))
    choices = list(dict.fromkeys(f"'{one[1]}:{name}'" for one in fits))
    if len(choices) == 1:
        text = f"{kind} '{name}' is offered more than once by {origins[0]}."
        return ConfigError(text, next=f"Name another {kind}, and report it to the authors of {fits[0][1]}.")
    text = f"{kind} '{name}' is offered by {' and '.join(origins)}: write {' or '.join(choices)}."
    return ConfigError(text, next=f"Name the distribution as well: {choices[0]}.", kind=kind, name=name)
