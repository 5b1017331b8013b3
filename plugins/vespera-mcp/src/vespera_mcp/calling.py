"""Calling: one call of a tool, with word of how far it is and a question to a person where the client takes them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import anyio
import mcp_types as types
from mcp.shared.exceptions import MCPError

from vespera_mcp.answering import confirming
from vespera_mcp.answering.desk import Asked, Desk, Reply
from vespera_mcp.callers import caller_of

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    Context = ServerRequestContext[Any, Any]

KEY: Final = "vespera/idempotency-key"
"""Where in the meta of a call stands the key under which a write is done once."""
_TOKEN: Final = "progress_token"  # noqa: S105 - a word of the protocol
_WAITING: Final = 8
"""Words of progress that wait to be sent; of more than that the oldest are left out."""


async def call(
    desk: Desk, context: Context, params: types.CallToolRequestParams
) -> types.CallToolResult | types.InputRequiredResult:
    """What a call is answered with. Raises MCPError for a key that is no text, and for nothing else."""
    key = (params.meta or {}).get(KEY)
    if key is not None and not isinstance(key, str):
        raise MCPError(types.INVALID_PARAMS, f"{KEY} must be text.")
    asked = Asked(tool=params.name, arguments=params.arguments or {}, caller=caller_of(context), key=key)
    if confirming.is_wanted(asked.tool, asked.arguments) and confirming.can_ask(context.session):
        return await _confirmed(desk, context, params, asked)
    if _TOKEN not in (params.meta or {}):
        return _result(await desk.answer(asked))
    async with _progress(context) as said:
        return _result(await desk.answer(replace(asked, progress=said)))


def _result(reply: Reply) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=reply.text)], is_error=reply.is_error)


async def _confirmed(
    desk: Desk, context: Context, params: types.CallToolRequestParams, asked: Asked
) -> types.CallToolResult | types.InputRequiredResult:
    """A deletion that a person is asked about, whichever way the protocol has it."""
    answer = confirming.answered(params)
    if answer is None:
        dry = await desk.answer(asked)
        if dry.is_error or dry.count is None:
            return _result(dry)
        if confirming.asks_again(context):
            return confirming.question(dry.text, dry.count)
        answer = dry.count, await confirming.ask(context, dry.text)
    count, agreed = answer
    if not agreed:
        return _result(Reply("The person did not agree: nothing was deleted."))
    return _result(await desk.answer(replace(asked, arguments={**asked.arguments, "confirm": count})))


@asynccontextmanager
async def _progress(context: Context) -> AsyncIterator[Callable[[int, int], None]]:
    """What an operation says from its thread of how far it is, sent on to the client."""
    loop = asyncio.get_running_loop()
    send, receive = anyio.create_memory_object_stream[tuple[int, int]](_WAITING)

    def put(done: int, total: int) -> None:
        with contextlib.suppress(anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            send.send_nowait((done, total))  # else it is said again

    def said(done: int, total: int) -> None:
        loop.call_soon_threadsafe(put, done, total)

    async def relay() -> None:
        async for done, total in receive:
            await context.session.report_progress(done, total)

    async with receive, anyio.create_task_group() as group:  # the relay ends before its stream is closed
        group.start_soon(relay)
        with send:
            yield said
