"""The page of tools."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator

from pages.words import code, page, table
from vespera_core.app.operations import builtin_operations
from vespera_mcp.instructions import INSTRUCTIONS, MANY
from vespera_mcp.server import described
from vespera_mcp.tools.core import TOOLS
from vespera_mcp.tools.generated import generated
from vespera_mcp.tools.tool import CORE, TOOLSETS, Tool

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of how the package opens its own data
    import bpe_openai

    _O200K = bpe_openai.get_encoding("o200k_base")


def tools_page() -> str:
    lead = (
        "What `vespera mcp` and the `/mcp` of `vespera serve` offer to agents. Tools are made from the table of "
        "[operations](operations.md). **Bold** arguments are required; over standard input and output each tool also "
        "takes `workspace`, the folder of a project. The last column is what a tool costs in a model's context before "
        "it is called: tokens (o200k_base) of its name, description and input schema. Operations of plugins are tools "
        "of the set `admin`."
    )
    return page("Tools for agents", lead, _parts())


def _parts() -> Iterator[str]:
    yield f"Every client is told: “{INSTRUCTIONS}{MANY}” ({_tokens(INSTRUCTIONS + MANY)} tokens)"
    every = (*TOOLS, *generated(builtin_operations()))
    for name in TOOLSETS:
        tools = [tool for tool in every if name in tool.toolsets]
        default = ", offered where nothing else is said" if name == CORE else ""
        yield f"## {name}"
        yield f"{len(tools)} tools{default}; {sum(map(_cost, tools)):,} tokens in all."
        yield table(("tool", "arguments", "what it does", "operations", "tokens"), [_row(tool) for tool in tools])


def _row(tool: Tool) -> tuple[str, str, str, str, str]:
    arguments = ", ".join(f"**{code(name)}**" if name in tool.required else code(name) for name in tool.arguments)
    operations = ", ".join(dict.fromkeys(code(way.operation) for way in tool.ways.values()))
    return code(tool.name), arguments, tool.summary, operations, str(_cost(tool))


def _cost(tool: Tool) -> int:
    told = described(tool, many=True).model_dump(by_alias=True, exclude_none=True)
    kept = {name: told[name] for name in ("name", "description", "inputSchema")}
    return _tokens(json.dumps(kept, separators=(",", ":")))


def _tokens(text: str) -> int:
    return len(_O200K.encode(text))
