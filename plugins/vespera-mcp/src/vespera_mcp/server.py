"""The server: the protocol's requests, handed to the desk and to the rooms beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

from vespera_mcp.answering.desk import WORKSPACE, Desk
from vespera_mcp.callers import caller_of
from vespera_mcp.calling import call
from vespera_mcp.instructions import INSTRUCTIONS, MANY
from vespera_mcp.offering import prompts
from vespera_mcp.offering.completing import completed
from vespera_mcp.offering.following import Following
from vespera_mcp.offering.resources import TEMPLATES, Resources
from vespera_mcp.tools.schemas import TEXT
from vespera_mcp.tools.tool import Tool

Context = ServerRequestContext[Any, Any]

_LISTS = CacheHint(ttl_ms=60_000, scope="private")
"""Lists hang on who asks, and change no more than roles do."""


class _Handlers:
    """What answers each request of the protocol."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._resources = Resources(desk.workspaces)
        self.following = Following(desk.workspaces, self._resources)

    async def tools(self, context: Context, _params: Any) -> types.ListToolsResult:
        offer = await self._desk.offers.usual(self._desk.workspaces, caller_of(context))
        many = self._desk.workspaces.many
        return types.ListToolsResult(tools=[described(tool, many=many) for tool in offer.tools.values()])

    async def call(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        return await call(self._desk, context, params)

    async def resources(self, context: Context, _params: Any) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=await self._resources.every(caller_of(context)))

    async def templates(self, _context: Context, _params: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=list(TEMPLATES))

    async def read(self, context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        return await self._resources.read(str(params.uri), caller_of(context))

    async def prompts(self, _context: Context, _params: Any) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=prompts.every())

    async def prompt(self, _context: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        return prompts.filled(params.name, params.arguments or {})

    async def complete(self, context: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        return await completed(self._desk.workspaces, caller_of(context), params)

    async def listen(
        self, context: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        return await self.following.listen(context, params, caller_of(context))

    async def subscribe(self, context: Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
        await self.following.subscribe(str(params.uri), context.session, caller_of(context))
        return types.EmptyResult()

    async def unsubscribe(self, context: Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        self.following.unsubscribe(str(params.uri), context.session)
        return types.EmptyResult()


def server_of(desk: Desk) -> Server[Any]:
    """A server for any number of connections, for as long as its lifespan lasts."""
    handlers = _Handlers(desk)

    @asynccontextmanager
    async def life(_server: Server[Any]) -> AsyncIterator[dict[str, Any]]:
        try:
            yield {}
        finally:
            handlers.following.stop()

    return Server(
        "vespera", version=version("vespera-mcp"), title="Vespera", lifespan=life,
        instructions=INSTRUCTIONS + (MANY if desk.workspaces.many else ""),
        cache_hints={"tools/list": _LISTS, "prompts/list": _LISTS, "resources/templates/list": _LISTS},
        on_list_tools=handlers.tools, on_call_tool=handlers.call, on_list_resources=handlers.resources,
        on_list_resource_templates=handlers.templates, on_read_resource=handlers.read,
        on_subscribe_resource=handlers.subscribe, on_unsubscribe_resource=handlers.unsubscribe,
        on_subscriptions_listen=handlers.listen, on_list_prompts=handlers.prompts, on_get_prompt=handlers.prompt,
        on_completion=handlers.complete,
    )  # fmt: skip


def described(tool: Tool, *, many: bool) -> types.Tool:
    """A tool as clients are told of it."""
    schema = tool.schema
    if many:
        schema["properties"][WORKSPACE] = TEXT
    return types.Tool(
        name=tool.name, description=tool.summary, input_schema=schema,
        annotations=types.ToolAnnotations(
            read_only_hint=tool.reads, destructive_hint=tool.destroys, open_world_hint=False
        ),
    )  # fmt: skip
