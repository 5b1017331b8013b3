"""Subscriptions, and the readers that have them: what the feed knows of a WebSocket or a stream."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Final

from vespera_api.access.gate import Admission
from vespera_api.live.cursors import cursor_of
from vespera_api.live.items import Item, Needs
from vespera_api.live.outbox import Entry, Outbox
from vespera_api.live.wanted import Wanted
from vespera_core.errors import VesperaError
from vespera_core.model.record import record

ENDING: Final = 1012
"""The server ends; another one, or the same, goes on (registered at IANA as "Service Restart")."""
UNPROVED: Final = 4401
FORBIDDEN: Final = 4403
TOO_SLOW: Final = 4008
BROKEN: Final = 1011


@record(frozen=True, slots=True, kw_only=True)
class Close:
    """Why a reader, or one of its subscriptions, is let go."""

    code: int
    reason: str
    error: VesperaError | None = None


class Subscription:
    """What a reader asked for, and how far along the log it is."""

    def __init__(self, name: str, wanted: Wanted, reader: Reader) -> None:
        self.name = name
        self.wanted = wanted
        self.reader = reader
        self.bounds: frozenset[str] | None = None
        """The projects that its reader may know of, None for all."""
        self.position = 0
        self.ended = False

    def offer(self, item: Item) -> None:
        """An event of the log, each once and in order."""
        if self.ended or item.seq <= self.position:
            return
        seen = item.within(self.bounds) if self.wanted.fits(item) else None
        if seen is None or self.reader.put(Entry(self, seen)):
            self.position = item.seq

    @property
    def needs(self) -> Needs:
        """What has to be found of each event before it is offered."""
        return Needs(self.wanted.role is not None, frozenset(() if self.bounds is None else (self.bounds,)))

    def pass_on(self, position: int) -> None:
        """Nothing more is wanted up to here. Where the reader took too little, its place stays."""
        if not self.reader.closing.done():
            self.position = max(self.position, position)

    @property
    def cursor(self) -> str:
        """Everything up to here was sent."""
        waiting = self.reader.outbox.first_of(self)
        return cursor_of(self.position if waiting is None else waiting - 1)


class Reader(ABC):
    """One connection that reads: its outbox, its subscriptions, and whether it is to be let go."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.outbox = Outbox()
        self.subscriptions: dict[str, Subscription] = {}
        self.closing: asyncio.Future[Close] = asyncio.get_running_loop().create_future()

    @abstractmethod
    def lost(self, subscription: Subscription, cursor: str, why: Close) -> None:
        """A subscription was taken away, which got everything up to the cursor."""

    def put(self, entry: Entry) -> bool:
        """Let an item wait to be sent; a reader that lets too many wait is let go."""
        if self.closing.done():
            return False
        fits = self.outbox.put(entry)
        if not fits:
            self.close(Close(code=TOO_SLOW, reason="too slow: read faster, or ask for less"))
        return fits

    def close(self, why: Close) -> None:
        """Let the reader go; the first reason counts."""
        if not self.closing.done():
            self.closing.set_result(why)

    def end(self, subscription: Subscription, why: Close) -> None:
        """Take one subscription away; with the last one the reader goes."""
        if not subscription.ended:
            subscription.ended = True
            cursor = subscription.cursor
            self.outbox.forget(subscription)
            self.lost(subscription, cursor, why)
            if len(self.subscriptions) == 1:
                self.close(why)
            else:
                del self.subscriptions[subscription.name]

    def cursors(self) -> dict[str, str]:
        """How far each subscription got."""
        return {name: one.cursor for name, one in self.subscriptions.items()}

    def cursor(self, otherwise: int) -> str:
        """The place from which nothing is lost by any of the subscriptions."""
        return cursor_of(min((int(one) for one in self.cursors().values()), default=otherwise))
