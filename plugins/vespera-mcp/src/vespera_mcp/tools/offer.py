"""The offer: which tools a server has for whom it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from vespera_core.errors import InvalidInput
from vespera_core.model.record import record
from vespera_core.ports.operation import Operation
from vespera_mcp.tools.core import TOOLS as CHOSEN
from vespera_mcp.tools.generated import generated, reads
from vespera_mcp.tools.tool import CORE, TOOLSETS, Tool, Way

ALL: Final = "all"


@record(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was asked for when the server was started: sets of tools, or reading alone."""

    toolsets: tuple[str, ...] = (CORE,)
    read_only: bool = False


class Offer:
    """Tools by their names, in a fixed order."""

    def __init__(self, tools: Iterable[Tool], others: Iterable[str] = ()) -> None:
        self.tools = {tool.name: tool for tool in tools}
        self._others = frozenset(others)

    def get(self, name: str) -> Tool:
        """The tool of a name. Raises InvalidInput that names the nearest, as `near` where it destroys nothing."""
        found = self.tools.get(name)
        if found is not None:
            return found
        if name in self._others:
            raise InvalidInput(f"The tool {name} is not offered here.", field="name", next=self._there_are)
        close = get_close_matches(name[:100], self.tools, n=1)
        if not close:
            raise InvalidInput(f"There is no tool {name[:100]!r} here.", field="name", next=self._there_are)
        raise InvalidInput(
            f"There is no tool {name[:100]!r} here.", field="name", next=f"Did you mean {close[0]}?",
            **({} if self.tools[close[0]].destroys else {"near": close[0]}),
        )  # fmt: skip

    @cached_property
    def _there_are(self) -> str:
        return f"There are: {', '.join(tuple(self.tools)[:30])}."


def offer_of(
    operations: Mapping[str, Operation], selection: Selection, *, local: bool = True,
    forbidden: Callable[[Operation], bool] = lambda _: False,
) -> Offer:  # fmt: skip
    """The tools for these operations: of the sets that were asked for, and of those what the caller's role leaves.

    What names files is offered to `local` callers alone.
    """
    may = {name for name, one in operations.items() if not forbidden(one) and (reads(one) or not selection.read_only)}
    every = (*CHOSEN, *generated(operations.values()))
    narrowed = (_narrowed(tool, may) for tool in every if _is_asked(tool, selection) and (local or not tool.local))
    return Offer((tool for tool in narrowed if tool is not None), (tool.name for tool in every))


def selection_of(toolsets: str | None, *, read_only: bool = False) -> Selection:
    """What a list of sets with commas between them asks for. Raises InvalidInput."""
    names = tuple(one.strip() for one in (toolsets or CORE).split(","))
    for name in names:
        if name not in (*TOOLSETS, ALL):
            raise InvalidInput(
                f"There is no toolset {name!r}.", field="toolsets", next=f"There are: {', '.join(TOOLSETS)}, or all."
            )
    return Selection(toolsets=TOOLSETS if ALL in names else names, read_only=read_only)


def _is_asked(tool: Tool, selection: Selection) -> bool:
    return not set(tool.toolsets).isdisjoint(selection.toolsets)


def _narrowed(tool: Tool, may: set[str]) -> Tool | None:
    """The tool with those of its ways that are left; None where none is."""
    from dataclasses import replace

    ways: dict[str, Way] = {word: way for word, way in tool.ways.items() if way.operation in may}
    if len(ways) == len(tool.ways):
        return tool
    if not ways:
        return None
    arguments = dict(tool.arguments)
    if tool.chosen_by in tool.arguments and "enum" in tool.arguments[tool.chosen_by]:
        arguments[tool.chosen_by] = {"enum": list(ways)}
    return replace(tool, ways=ways, arguments=arguments)
