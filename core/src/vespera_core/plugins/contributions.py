"""What each plugin brings: providers by kind, operations, sets of roles, commands, and opinions in other hooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vespera_core.model.record import record
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.registry import KINDS, Registry
from vespera_core.ports.operation import Operation
from vespera_core.ports.roles import RoleTemplates

COMMANDS = "vespera_register_commands"
_OTHERS = (
    ("operation", "vespera_operations", Operation),
    ("roles", "vespera_role_templates", RoleTemplates),
)  # fmt: skip


@record(frozen=True, slots=True)
class Contribution:
    """One thing that a plugin brings: what it is, under which name, and what it is for."""

    plugin: str
    kind: str
    name: str
    summary: str = ""

    @property
    def title(self) -> str:
        """Kind and name, as people read them: ``storage sqlite``."""
        return f"{self.kind} {self.name}"


def contributions(plugins: Plugins) -> list[Contribution]:
    """Everything, by kind; every hook that offers something is called, and a plugin that fails in one is marked so."""
    return [*_named(plugins), *_commands(plugins)]


def _named(plugins: Plugins) -> Iterator[Contribution]:
    registry = Registry(plugins)
    for kind in KINDS:
        for plugin, _, _, item in registry.offers(kind):
            yield Contribution(plugin, kind, item.name, getattr(item, "summary", ""))
    for kind, hook, wanted in _OTHERS:
        for plugin, item in plugins.collect(hook):
            if isinstance(item, wanted):
                yield Contribution(plugin, kind, item.name, item.summary)
            else:
                plugins.fail(plugin, hook, TypeError(f"it offers {item!r}, which is no {wanted.__name__}"))


def _commands(plugins: Plugins) -> Iterator[Contribution]:
    import click

    group = click.Group("vespera")
    for plugin, outcome in plugins.call_each(COMMANDS, cli=group):
        added, group.commands = dict(group.commands), {}
        if isinstance(outcome, Exception):
            plugins.fail(plugin, COMMANDS, outcome)
            continue
        for name, command in added.items():
            yield Contribution(plugin, "command", name, _summary(command))


def _summary(command: Any) -> str:
    return str(command.get_short_help_str(200))
