"""Streams: answers that stay open, which end when the server does, or when whoever reads may do so no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vespera_core.app.network.gate import Admission
from vespera_core.app.network.mounting import ADMISSION
from vespera_core.errors import EnvironmentFault

METHOD: Final = "Mcp-Method"
LISTEN: Final = "subscriptions/listen"

TICK: Final = 0.5
"""Seconds between two rounds of asking whether readers may stay."""
MOST: Final = 1000
MOST_OF_ONE: Final = 100
"""Streams that may be open at a time, of all and of one actor."""
_TOGETHER: Final = 8

_GONE: Final[Message] = {"type": "http.disconnect"}


class Stream:
    """One open answer."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.over = asyncio.Event()
        self._started = False
        self._finished = False

    async def receive(self, receive: Receive) -> Message:
        """What comes next from the client; once the stream is over, that it is gone."""
        if self.over.is_set():
            return _GONE
        coming = asyncio.ensure_future(receive())
        ending = asyncio.ensure_future(self.over.wait())
        try:
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else _GONE
        finally:
            coming.cancel()
            ending.cancel()

    async def send(self, send: Send, message: Message) -> None:
        """Send a part of the answer."""
        self._started = True
        self._finished = message["type"] == "http.response.body" and not message.get("more_body", False)
        await send(message)

    async def finish(self, send: Send) -> None:
        """End an answer that was cut off, so that its connection is whole."""
        if self._started and not self._finished:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class Streams:
    """ASGI middleware: keeps count of the streams of an app, and ends them."""

    def __init__(self, app: ASGIApp, still: Callable[[Admission], Awaitable[bool]]) -> None:
        self._app = app
        self._still = still
        self._open: set[Stream] = set()
        self._ending = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _stays_open(scope):
            await self._app(scope, receive, send)
            return
        stream = Stream(scope[ADMISSION])
        if (refusal := self._refusal(stream)) is not None:
            await refusal(scope, receive, send)
            return
        self._open.add(stream)
        try:
            await self._app(scope, lambda: stream.receive(receive), lambda message: stream.send(send, message))
            await stream.finish(send)
        finally:
            self._open.discard(stream)

    async def end(self) -> None:
        """End every stream, and take no more."""
        self._ending = True
        for stream in self._open:
            stream.over.set()
        while self._open:
            await asyncio.sleep(0.01)

    async def watch(self) -> None:
        """End streams of those who would not be let in any more, for as long as this runs."""
        while True:
            await asyncio.sleep(TICK)
            readers: dict[str | None, list[Stream]] = {}
            for stream in self._open:
                readers.setdefault(stream.admission.proof, []).append(stream)
            readers.pop(None, None)  # they proved nothing that could be taken back
            turns = asyncio.Semaphore(_TOGETHER)
            await asyncio.gather(*(self._ask(one, turns) for one in readers.values()))

    async def _ask(self, streams: list[Stream], turns: asyncio.Semaphore) -> None:
        try:
            async with turns:
                holds = await self._still(streams[0].admission)
        except EnvironmentFault:  # that it cannot be told at the moment ends nothing
            return
        if not holds:
            for stream in streams:
                stream.over.set()

    def _refusal(self, stream: Stream) -> Response | None:
        if self._ending:
            return Response("The server is about to end.", 503, {"Retry-After": "5"}, "text/plain")
        actor = stream.admission.caller.actor
        own = sum(one.admission.caller.actor == actor for one in self._open)
        if len(self._open) < MOST and own < MOST_OF_ONE:
            return None
        return Response("There are too many open streams.", 429, {"Retry-After": "5"}, "text/plain")


def _stays_open(scope: Scope) -> bool:
    """Whether a request asks for word of what happens later: both eras say so before the body."""
    return scope["method"] == "GET" or Headers(scope=scope).get(METHOD) == LISTEN
