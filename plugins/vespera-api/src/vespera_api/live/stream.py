"""The stream ``/api/v1/events/stream``: the events of one subscription as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from vespera_api.access.gate import admission_of
from vespera_api.live.cursors import position_of
from vespera_api.live.items import dense
from vespera_api.live.lobby import Lobby
from vespera_api.live.outbox import Entry
from vespera_api.live.subscription import Close, Reader, Subscription
from vespera_api.live.wanted import Wanted, wanted
from vespera_api.problems import HttpProblem, problem_of

LAST: Final = "Last-Event-ID"
HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment says that the stream lives."""
RETRY: Final = 2_000
"""Milliseconds after which a reader that was cut off comes again."""

PARAMETERS: Final = {
    "project": "Events of this project alone. Without it, whoever may read everything gets everything.",
    "role": "Events of tasks in this role.",
    "kind": "A kind of event, or a pattern such as `task.*`; may be repeated.",
    "cursor": "Begin behind this place; without it, with what happens from now on.",
}
"""What the query string may say."""


class Stream(Reader):
    """One request that reads events until either side ends it."""

    def __init__(self, request: Request, lobby: Lobby) -> None:
        super().__init__(admission_of(request))
        self._request = request
        self._feed = lobby.feed
        self.subscription = Subscription("", _wanted(request), self)

    async def begin(self) -> None:
        """Raises what stands against it, before anything is sent."""
        await self._feed.subscribe(self.subscription, _place(self._request))

    def lost(self, subscription: Subscription, cursor: str, why: Close) -> None:
        """It has no other subscription: the reader is closed, which says all."""

    async def parts(self) -> AsyncIterator[bytes]:
        """All that is sent, the farewell included."""
        cursor = self.subscription.cursor
        yield format_sse_event(event="hello", data_str=dense({"cursor": cursor}), id=cursor, retry=RETRY)
        following = asyncio.create_task(self._feed.follow(self.subscription))
        try:
            while not self.closing.done():
                if (part := await self._next()) is not None:
                    yield part
                    self.outbox.sent()
        finally:
            following.cancel()
        yield self._farewell(self.closing.result())

    async def _next(self) -> bytes | None:
        """The next event, or a comment after long silence; None once the reader is to be let go."""
        taking = asyncio.create_task(self.outbox.take())
        try:
            await asyncio.wait((taking, self.closing), timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            if taking.done():
                return _event(taking.result())
            return None if self.closing.done() else self._beat()
        finally:
            taking.cancel()

    def _beat(self) -> bytes:
        """Moves the place on from which a reader goes on, past what it does not want."""
        return format_sse_event(comment="beat", id=self.subscription.cursor)

    def _farewell(self, why: Close) -> bytes:
        cursor = self.subscription.cursor
        told: dict[str, Any] = {"code": why.code, "reason": why.reason, "cursor": cursor}
        if why.error is not None:
            told["problem"] = problem_of(self._request, why.error)
        return format_sse_event(event="closing", data_str=dense(told), id=cursor)


class StreamResponse(EventSourceResponse):
    """Server-sent events of a stream, whose place is free again when it ends, however it ends."""

    def __init__(self, stream: Stream, lobby: Lobby) -> None:
        super().__init__(stream.parts(), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._stream = stream
        self._lobby = lobby

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._lobby.leave(self._stream)


class StreamEndpoint:
    """What answers requests for the stream of one server."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby

    async def answer(self, request: Request) -> StreamResponse:
        """The stream. Raises what stands against it."""
        stream = Stream(request, self._lobby)
        self._lobby.enter(stream)
        try:
            await stream.begin()
        except BaseException:
            self._lobby.leave(stream)
            raise
        return StreamResponse(stream, self._lobby)


def _event(entry: Entry) -> bytes:
    item = entry.item
    return format_sse_event(event=item.kind, data_str=item.text, id=str(item.seq) if item.seq else None)


def _wanted(request: Request) -> Wanted:
    """The filters of the query string. Raises HttpProblem and InvalidInput."""
    given = request.query_params
    for name in given:
        if name not in PARAMETERS:
            raise HttpProblem(422, "invalid_input", f"This path takes no parameter {name[:100]!r}.")
        if name != "kind" and len(given.getlist(name)) > 1:
            raise HttpProblem(422, "invalid_input", f"{name} is given twice.")
    return wanted(given.get("project"), given.get("role"), tuple(given.getlist("kind")))


def _place(request: Request) -> int | None:
    """Where to begin: a reader that comes again says in a header how far it got."""
    cursor = request.headers.get(LAST) or request.query_params.get("cursor")
    return None if cursor is None else position_of(cursor)
