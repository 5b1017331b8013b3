"""The operations of all plugins: one table, in which every name is one operation, and each can be judged."""

from __future__ import annotations

from typing import Final

from vespera_core.errors import ConfigError
from vespera_core.plugins.manager import Plugins
from vespera_core.ports.operation import Operation

HOOK: Final = "vespera_operations"


def operations_of(plugins: Plugins) -> dict[str, Operation]:
    """Every operation by its name; a plugin that offers something else has failed.

    Raises ConfigError where two have one name, or one has no action to be judged: nobody could tell what is performed.
    """
    table: dict[str, Operation] = {}
    owners: dict[str, str] = {}
    for plugin, operation in plugins.collect(HOOK):
        if not isinstance(operation, Operation):
            plugins.fail(plugin, HOOK, TypeError(f"it offers {operation!r}, which is no Operation"))
            continue
        title = plugins.status(plugin).title
        if not operation.action:
            raise _unfit(plugin, f"The operation {operation.name!r} of {title} declares no action to be judged.")
        if operation.name in table:
            first = plugins.status(owners[operation.name]).title
            raise _unfit(plugin, f"The operation {operation.name!r} of {title} is there already, from {first}.")
        table[operation.name], owners[operation.name] = operation, plugin
    return table


def _unfit(plugin: str, message: str) -> ConfigError:
    return ConfigError(message, next=f"Block the plugin with VESPERA_BLOCK={plugin} until it is mended.", plugin=plugin)
