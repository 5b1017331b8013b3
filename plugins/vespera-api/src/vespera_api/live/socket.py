"""The WebSocket ``/api/v1/ws``: subscriptions and their events over one connection."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from vespera_api.access.gate import admission_of
from vespera_api.access.refusing import refuse
from vespera_api.live.cursors import position_of
from vespera_api.live.lobby import Lobby
from vespera_api.live.messages import MAX_MESSAGE, NEXT, Ping, Said, Subscribe, Unsubscribe, own, read, said, shown
from vespera_api.live.subscription import BROKEN, Close, Reader, Subscription
from vespera_api.live.wanted import wanted
from vespera_api.problems import HttpProblem, problem_of
from vespera_core.errors import NotFound, VesperaError

MAX_SUBSCRIPTIONS: Final = 32
"""How many one connection may have."""
SEND_SECONDS: Final = 20.0
"""A peer that takes nothing for so long is let go."""
_FAREWELL: Final = 1.0
_REASON: Final = 123
"""Bytes of a reason in a closing frame (RFC 6455, section 5.5)."""

_LOG: Final = logging.getLogger("vespera.live")


class Socket(Reader):
    """One connection: what it says is heard in order, and what waits for it is sent in order."""

    def __init__(self, websocket: WebSocket, lobby: Lobby) -> None:
        super().__init__(admission_of(websocket))
        self._websocket = websocket
        self._feed = lobby.feed
        self._following: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Until either side ends it."""
        await self._websocket.accept()
        self.say("hello", cursor=str(await self._feed.end_of_log()), subscriptions=MAX_SUBSCRIPTIONS)
        work = (asyncio.create_task(self._hear()), asyncio.create_task(self._send()))
        waited: list[asyncio.Future[Any]] = [*work, self.closing]
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled(*work, *self._following.values())
        if self.closing.done():
            await self._part(self.closing.result())

    def say(self, kind: str, **facts: object) -> None:
        """Send a message that is no event, after what waits already."""
        self.put(own(said(kind, **facts)))

    def lost(self, subscription: Subscription, cursor: str, why: Close) -> None:
        told = None if why.error is None else problem_of(self._websocket, why.error)
        self.say("ended", id=subscription.name, code=why.code, cursor=cursor, problem=told)

    # ------------------------------------------------------------ sending

    async def _send(self) -> None:
        """Send what waits. Where the peer is gone, hearing ends; where it takes nothing, this does."""
        try:
            while True:
                entry = await self.outbox.take()
                async with asyncio.timeout(SEND_SECONDS):
                    await self._websocket.send_text(shown(entry))
                self.outbox.sent()
        except TimeoutError:
            self.close(Close(code=4008, reason="nothing was read for too long"))
        except WebSocketDisconnect:
            return

    async def _part(self, why: Close) -> None:
        """The last message and the closing frame; the latter names the cursor as well, in case only it gets through."""
        cursor = self.cursor(self._feed.position)
        told = None if why.error is None else problem_of(self._websocket, why.error)
        last = said(
            "closing", code=why.code, reason=why.reason, cursor=cursor, cursors=self.cursors(), problem=told
        )  # fmt: skip
        try:
            try:
                async with asyncio.timeout(_FAREWELL):
                    await self._websocket.send_text(last)
            except TimeoutError:
                pass
            async with asyncio.timeout(_FAREWELL):
                await self._websocket.close(why.code, f"{why.reason}; cursor={cursor}"[:_REASON])
        except (WebSocketDisconnect, TimeoutError):
            return

    # ------------------------------------------------------------ hearing

    async def _hear(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                self.close(Close(code=1003, reason="messages are text, not bytes"))
                return
            if len(text) > MAX_MESSAGE:
                self.close(Close(code=1009, reason=f"a message has at most {MAX_MESSAGE} bytes"))
                return
            await self._heed(text)

    async def _heed(self, text: str) -> None:
        said_id: str | None = None
        try:
            heard = read(text)
            said_id = heard.id
            await self._answer(heard)
        except VesperaError as error:
            self.say("problem", id=said_id, problem=problem_of(self._websocket, error))

    async def _answer(self, heard: Said) -> None:
        if isinstance(heard, Ping):
            self.say("pong", id=heard.id)
        elif isinstance(heard, Unsubscribe):
            await self._unsubscribe(heard)
        else:
            await self._subscribe(heard)

    async def _subscribe(self, heard: Subscribe) -> None:
        if heard.id in self.subscriptions:
            raise HttpProblem(409, "conflict", f"There is a subscription {heard.id!r} already.", next=NEXT)
        if len(self.subscriptions) >= MAX_SUBSCRIPTIONS:
            raise HttpProblem(
                429, "too_many_subscriptions", f"A connection has at most {MAX_SUBSCRIPTIONS} subscriptions.",
                next="End one with 'unsubscribe', or ask for several kinds in one subscription.",
            )  # fmt: skip
        asked = wanted(heard.project, heard.role, tuple(heard.kinds))
        subscription = Subscription(heard.id, asked, self)
        await self._feed.subscribe(subscription, None if heard.cursor is None else position_of(heard.cursor))
        self.say("subscribed", id=heard.id, cursor=subscription.cursor)
        self._following[heard.id] = asyncio.create_task(self._follow(subscription))

    async def _follow(self, subscription: Subscription) -> None:
        try:
            await self._feed.follow(subscription)
        except VesperaError as error:
            self.end(subscription, Close(code=BROKEN, reason="the log could not be read", error=error))

    async def _unsubscribe(self, heard: Unsubscribe) -> None:
        subscription = self.subscriptions.get(heard.id)
        if subscription is None:
            raise NotFound(f"There is no subscription {heard.id!r} on this connection.", next=NEXT)
        await _cancelled(self._following.pop(heard.id))
        self._feed.drop(subscription)
        cursor = subscription.cursor
        self.outbox.forget(subscription)
        self.subscriptions.pop(heard.id, None)
        self.say("unsubscribed", id=heard.id, cursor=cursor)


class SocketEndpoint:
    """What answers WebSockets of one server."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby

    async def answer(self, websocket: WebSocket) -> None:
        """Serve one connection until its end."""
        reader = Socket(websocket, self._lobby)
        try:
            self._lobby.enter(reader)
        except VesperaError as error:
            await refuse(error, websocket.scope, websocket.receive, websocket.send)
            return
        try:
            await reader.serve()
        except WebSocketDisconnect:
            return
        finally:
            self._lobby.leave(reader)


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    """End tasks, and tell the log what went wrong in them."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            _LOG.error("a live connection failed", exc_info=outcome)
