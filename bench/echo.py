"""The raw limit of tools: one that says what it is told, on the same SDK and over a pipe: ``python -m bench.echo``."""

from __future__ import annotations

from typing import Any

import anyio
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

_TOOL = types.Tool(
    name="echo", description="Says what it is told.",
    input_schema={"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
)  # fmt: skip


async def _tools(_context: Any, _params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[_TOOL])


async def _call(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    text = (params.arguments or {})["text"]
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


async def _serve() -> None:
    server: Server[Any] = Server("echo", on_list_tools=_tools, on_call_tool=_call)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(_serve)
