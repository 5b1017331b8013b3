"""The lobby: all that is live in one server, and who is let in and out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from vespera_api.live.feed import Feed
from vespera_api.live.subscription import ENDING, Close, Reader
from vespera_api.problems import HttpProblem

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from vespera_api.access.gate import Gate
    from vespera_api.settings import ServerSettings
    from vespera_core.app.bridge import Bridge

GOODBYE: Final = 3.0
"""Seconds that readers have to take their closing message when the server ends."""
_PAUSE: Final = 1.0

_LOG: Final = logging.getLogger("vespera.live")


class Lobby:
    """The readers of a server, and the feed that they read. Use it in an ``async with`` block."""

    def __init__(self, bridge: Bridge, gate: Gate, settings: ServerSettings) -> None:
        self._bridge = bridge
        self._settings = settings
        self._tasks: list[asyncio.Task[None]] = []
        self._ending = False
        self.readers: dict[Reader, None] = {}
        self.feed = Feed(bridge, gate, self.readers)

    def enter(self, reader: Reader) -> None:
        """Let a reader in. Raises HttpProblem where there is no room, for all or for this caller."""
        if self._ending:
            raise HttpProblem(503, "ending", "The server is about to end.", next="Come again in a moment.")
        actor = reader.admission.caller.actor
        own = sum(one.admission.caller.actor == actor for one in self.readers)
        if len(self.readers) >= self._settings.live_connections or own >= self._settings.live_connections_per_caller:
            raise HttpProblem(
                429, "too_many_connections", "There are too many open connections that read events.",
                next="Use one connection for several subscriptions, and close those that are not needed.",
                headers={"Retry-After": "5"},
            )  # fmt: skip
        self.readers[reader] = None

    def leave(self, reader: Reader) -> None:
        """Forget a reader that is gone."""
        self.readers.pop(reader, None)
        for one in reader.subscriptions.values():
            self.feed.drop(one)

    async def end(self) -> None:
        """Let every reader go with the cursor from which it goes on, and nobody else in."""
        self._ending = True
        for reader in list(self.readers):
            reader.close(Close(code=ENDING, reason="the server ends"))
        deadline = asyncio.get_running_loop().time() + GOODBYE
        while self.readers and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)

    async def __aenter__(self) -> Self:
        self._bridge.after_write = self.feed.ring
        self._tasks = [asyncio.create_task(_unfailing(work)) for work in (self.feed.tail, self.feed.warden.watch)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.feed.close()


async def _unfailing(work: Callable[[], Awaitable[None]]) -> None:
    """Whatever goes wrong with one event or one reader, the feed goes on."""
    while True:
        try:
            await work()
        except Exception:
            _LOG.exception("the feed failed, and goes on")
            await asyncio.sleep(_PAUSE)
