"""The feed: reads the log once for everybody, and hands each event to whoever subscribed to it.

Commits of this process ring a bell; those of others are found by looking, many times a second, while somebody listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from vespera_api.live.cursors import check_position
from vespera_api.live.items import Batch, Needs, read_items
from vespera_api.live.noticing import INDEXED, Notices
from vespera_api.live.outbox import EASY_ITEMS, EASY_SIZE, Entry
from vespera_api.live.subscription import Reader, Subscription
from vespera_api.live.warden import Warden
from vespera_core.errors import EnvironmentFault

if TYPE_CHECKING:
    from vespera_api.access.gate import Gate
    from vespera_core.app.bridge import Bridge

T = TypeVar("T")

POLL: Final = 0.05
"""Seconds between two looks for commits of other processes."""
_PAUSE: Final = 1.0
"""Seconds before the log is read again after it could not be."""
_EVENTS: Final = 256
_SIZE: Final = 1 << 20
"""How much of the log is read at a time."""
_TURN: Final = 16
"""Items that are handed out before other work of the event loop has its turn."""

_LOG: Final = logging.getLogger("vespera.live")


class Feed:
    """Tails the log of one workspace for the `readers` of a server, whom the lobby lets in and out."""

    def __init__(self, bridge: Bridge, gate: Gate, readers: Collection[Reader]) -> None:
        self._bridge = bridge
        self._storage = bridge.kernel.storage
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vespera-feed")
        self._bell = asyncio.Event()
        self._attached: dict[Subscription, None] = {}
        self._idle = True
        self._notices = Notices(self._storage)
        self.warden = Warden(bridge, gate, readers)
        self.position = 0

    def ring(self) -> None:
        """Something was committed in this process. Called on the event loop."""
        self._bell.set()

    def close(self) -> None:
        """Let go of the thread, once nobody reads any more."""
        self._thread.shutdown(wait=False)

    # ------------------------------------------------------------ subscriptions

    async def end_of_log(self) -> int:
        """Where the log ends now."""
        return await self._read(self._end)

    async def subscribe(self, subscription: Subscription, cursor: int | None) -> None:
        """Begin a subscription behind a cursor, or with what happens from now on.

        Raises what the policy says, and InvalidInput for a cursor of another log.
        """
        subscription.bounds = await self.warden.check(subscription.reader.admission, subscription.wanted.project)
        end = await self.end_of_log()
        subscription.position = end if cursor is None else check_position(cursor, end)
        subscription.reader.subscriptions[subscription.name] = subscription

    async def follow(self, subscription: Subscription) -> None:
        """Hand out what the log holds already, as fast as the reader reads; from then on the subscription is live."""
        reader = subscription.reader
        while not (subscription.ended or reader.closing.done()):
            batch = await self._bridge.run(partial(self._next, subscription), "read")
            for item in batch.items:
                await reader.outbox.ease()
                if not batch.found.cover(subscription.needs):
                    break  # what it may know of is not what it was: the rest is read anew
                subscription.offer(item)
            else:
                subscription.pass_on(batch.position)
                if batch.complete and self._attach(subscription):
                    return

    def drop(self, subscription: Subscription) -> None:
        """Hand out nothing more to a subscription."""
        subscription.ended = True
        self._attached.pop(subscription, None)

    def _end(self) -> int:
        with self._storage.read() as reader:
            return reader.position()

    def _next(self, subscription: Subscription) -> Batch:
        return read_items(
            self._storage, subscription.position, subscription.needs, events=EASY_ITEMS, size=EASY_SIZE,
            project_id=subscription.wanted.project,
        )  # fmt: skip

    def _attach(self, subscription: Subscription) -> bool:
        """Make a subscription live, unless the feed is ahead of it."""
        if self._idle:
            self.position, self._idle = subscription.position, False
        if subscription.position < self.position:
            return False
        self._attached[subscription] = None
        self._bell.set()
        return True

    # ------------------------------------------------------------ tailing

    async def tail(self) -> None:
        """Hand out what is committed, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL if self._attached else None):
                    await self._bell.wait()
            self._bell.clear()
            self._forget_closed()
            if not self._attached:
                self._idle = True
                continue
            try:
                await self._hand_out_new()
            except EnvironmentFault as error:
                _LOG.warning("the feed could not read the log: %s", error.message)
                await asyncio.sleep(_PAUSE)

    def _forget_closed(self) -> None:
        for one in [one for one in self._attached if one.ended or one.reader.closing.done()]:
            del self._attached[one]

    async def _hand_out_new(self) -> None:
        batch = await self._read_on()
        if not await self._hand_out(batch):
            self._bell.set()
            return
        self.position = max(self.position, batch.position)
        for subscription in self._attached:
            subscription.pass_on(self.position)
        if not batch.complete:
            self._bell.set()
        await self._tell_notices()

    def _needs(self) -> Needs:
        every = [one.needs for one in self._attached]
        return Needs(any(one.roles for one in every), frozenset().union(*(one.bounds for one in every)))

    async def _read_on(self) -> Batch:
        needs = self._needs()
        return await self._read(
            partial(read_items, self._storage, self.position, needs, events=_EVENTS, size=_SIZE)
        )  # fmt: skip

    async def _hand_out(self, batch: Batch) -> bool:
        """Hand out a batch; False where somebody needs more than was found, for whom the rest is read anew."""
        if not batch.found.cover(self._needs()):
            return False
        for number, item in enumerate(batch.items, 1):
            for subscription in self._attached:  # nothing is waited for in here
                subscription.offer(item)
            self.position = max(self.position, item.seq)  # whoever comes during one of the pauses begins behind it
            if item.access:  # what comes after it goes to those alone who may still read
                await self.warden.review()
            elif number % _TURN == 0:
                await asyncio.sleep(0)
            else:
                continue
            if not batch.found.cover(self._needs()):
                return False
        return True

    async def _tell_notices(self) -> None:
        curious = [one for one in self._attached if one.wanted.role is None and one.wanted.names(INDEXED)]
        if curious and self._notices.are_due():
            for notice in await self._read(self._notices.look):
                for subscription in curious:
                    subscription.reader.put(Entry(subscription, notice))

    async def _read(self, reading: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, reading)
