"""The outbox: what waits to be sent to one reader, bounded in number and size."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from vespera_api.live.items import Item
    from vespera_api.live.subscription import Subscription

MAX_ITEMS: Final = 1_000
MAX_SIZE: Final = 1 << 20
"""How much may wait: items, and characters of them. One item may always wait, however long."""

EASY_ITEMS: Final = 50
EASY_SIZE: Final = 1 << 15
"""Below this, reading what is in the log already goes on."""


class Entry(NamedTuple):
    """An item on its way to a subscription, or (None) to the reader itself: an answer to what it said."""

    subscription: Subscription | None
    item: Item


class Outbox:
    """A queue between the feed, which never waits, and one reader."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._taken: Entry | None = None
        self._size = 0
        self._filled = asyncio.Event()
        self._eased = asyncio.Event()
        self._eased.set()

    def put(self, entry: Entry) -> bool:
        """Let an item wait; False where too much waits already."""
        size = len(entry.item.text)
        if self._entries and (len(self._entries) >= MAX_ITEMS or self._size + size > MAX_SIZE):
            return False
        self._entries.append(entry)
        self._size += size
        self._filled.set()
        self._weigh()
        return True

    async def take(self) -> Entry:
        """The next item, waited for. It counts as waiting until `sent` says that it is gone."""
        while not self._entries:
            self._filled.clear()
            await self._filled.wait()
        self._taken = self._entries.popleft()
        self._size -= len(self._taken.item.text)
        self._weigh()
        return self._taken

    def sent(self) -> None:
        """The item that was taken is gone."""
        self._taken = None

    async def ease(self) -> None:
        """Wait until little waits."""
        await self._eased.wait()

    def first_of(self, subscription: Subscription) -> int | None:
        """The place of the first event that still waits for a subscription."""
        waiting = (*(() if self._taken is None else (self._taken,)), *self._entries)
        found = (one.item.seq for one in waiting if one.subscription is subscription and one.item.seq)
        return next(found, None)

    def forget(self, subscription: Subscription) -> None:
        """Let go of what waits for a subscription."""
        self._entries = deque(one for one in self._entries if one.subscription is not subscription)
        self._size = sum(len(one.item.text) for one in self._entries)
        self._weigh()

    def _weigh(self) -> None:
        if len(self._entries) < EASY_ITEMS and self._size < EASY_SIZE:
            self._eased.set()
        else:
            self._eased.clear()
