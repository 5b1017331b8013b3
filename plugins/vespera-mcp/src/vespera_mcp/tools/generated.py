"""Tools for everything else: one for each operation that has none of the chosen ones, those of plugins as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from fnmatch import fnmatchcase
from typing import Final, get_type_hints

from vespera_core.ports.operation import Operation, resolve
from vespera_mcp.tools.core import DETAIL
from vespera_mcp.tools.core import TOOLS as CHOSEN
from vespera_mcp.tools.schemas import schema_of
from vespera_mcp.tools.tool import ADMIN, GRAPH, ROLES, SEARCH, Schema, Tool, Way

_TOOLSETS: Final[dict[str, tuple[str, ...]]] = {
    SEARCH: ("search.*", "task.similar", "task.duplicates", "task.cluster", "task.recommend"),
    GRAPH: ("graph.*", "dependency.*", "project.health", "project.burnup", "project.timeline", "project.insights"),
    ROLES: ("role.*", "run.*", "approval.*", "evidence.*", "guard.*"),
}
"""Which operations belong to a set; all others to the administrator's."""

_LOCAL: Final = frozenset({"exchange.import", "exchange.export", "system.backup", "guard.diff"})
"""What names files or folders of the machine."""

_NEEDED: Final = {"exchange.export": ("path",)}
"""What may be left out elsewhere: here there is no standard output to write to."""

_DESTROY: Final = ("*.delete", "*.remove", "*.revoke", "*.undo", "relation.remove", "keys.rotate")


def generated(operations: Iterable[Operation]) -> Iterator[Tool]:
    """The tools for these operations, in their order, without those that have a chosen tool."""
    taken = {way.operation for tool in CHOSEN for way in tool.ways.values()}
    for operation in operations:
        if operation.name not in taken:
            yield tool_of(operation)


def tool_of(operation: Operation) -> Tool:
    """The tool for an operation, which takes whatever its input has."""
    kind = resolve(operation.input)
    hints = get_type_hints(kind)
    required = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    takes: dict[str, Schema] = {one.name: schema_of(hints[one.name]) for one in fields(kind)}
    return Tool(
        name=operation.name.replace(".", "_"), summary=operation.summary, toolsets=(toolset_of(operation.name),),
        ways={"": Way(operation=operation.name)}, arguments={**takes, **({} if _fits_in(takes) else DETAIL)},
        required=(*required, *_NEEDED.get(operation.name, ())), reads=reads(operation),
        destroys=any(fnmatchcase(operation.name, one) for one in _DESTROY), local=operation.name in _LOCAL,
    )  # fmt: skip


def toolset_of(name: str) -> str:
    """The set that an operation's own tool belongs to."""
    return next((one for one, patterns in _TOOLSETS.items() if any(fnmatchcase(name, at) for at in patterns)), ADMIN)


def reads(operation: Operation) -> bool:
    """Whether an operation changes nothing."""
    return operation.kind == "read" or (operation.kind == "service" and operation.action.endswith(".read"))


def _fits_in(takes: dict[str, Schema]) -> bool:
    """Whether the operation has a budget of its own to keep to."""
    return not DETAIL.keys().isdisjoint(takes)
