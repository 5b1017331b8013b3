"""Telling a plugin of events: in the order of the log, until it has taken them or they are parked for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from vespera_core.app.projections.crash import crash_point
from vespera_core.app.services.cursors import HOOK, Cursor, Cursors, ParkedEvent, lacking, told
from vespera_core.app.services.following import glance
from vespera_core.builtin.services import EVENTS
from vespera_core.errors import PluginFault, VesperaError
from vespera_core.model.query import EventQuery
from vespera_core.plugins.texts import failed_at_event
from vespera_core.ports.service import Ledger, Report, Service

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.model.event import Event
    from vespera_core.plugins.status import PluginStatus

TRIES: Final = 5
MOST_PARKED: Final = 100
"""A plugin that cannot take so many events cannot take anything: it is told of no more, and the log keeps them."""
_PAGE: Final = 100
_SLICE: Final = 5.0
"""Seconds of one run: after that the service says how it stands, and goes on."""
_NOTE_EVERY: Final = 0.1
"""Seconds between two notes of how far it is: what takes long is noted each time, what takes no time is not."""


class EventHandling(Service):
    """Tells one plugin of events. The call comes before the note, so that a crash in between repeats it."""

    def __init__(self, ledger: Ledger, settings: dict[str, Any]) -> None:
        super().__init__(ledger, settings)
        self._kernel = cast("Kernel", ledger)
        self._cursor = Cursor(0)
        self._noted = 0.0

    def run(self, stop: Callable[[], bool]) -> Report:
        until = time.monotonic() + _SLICE
        self._cursor = self._cursors.look() or self._cursors.begin()
        self._noted = time.monotonic()
        begun = self._cursor.position

        def enough() -> bool:
            return stop() or time.monotonic() > until

        more = self._retry(enough) or self._follow(enough)
        text = lacking(self._kernel, self._status) or f"{self._status.title} is told of what happens"
        with self.ledger.storage.read() as reader:
            lag = max(0, reader.position() - self._cursor.position)
        return Report(done=self._cursor.position - begun, text=text, lag=lag, again=more)

    def pulse(self) -> object:
        return glance(self.ledger.storage)[0]

    @property
    def _cursors(self) -> Cursors:
        return Cursors(self.ledger.storage, self._plugin)

    @property
    def _plugin(self) -> str:
        return self.name.removeprefix(EVENTS)

    @property
    def _status(self) -> PluginStatus:
        return self._kernel.plugins.status(self._plugin)

    def _follow(self, enough: Callable[[], bool]) -> bool:
        """Tell of what is new; answers whether there is more. Raises PluginFault for an event that comes again."""
        begun = self._cursor
        for event in self._events():
            if enough():
                self._keep(self._cursor)
                return True
            error = self._error_of(event)
            crash_point("after-hook")
            if error is not None:
                self._keep_or_park(event, error)
                return True
            self._cursor = Cursor(event.seq)
            if time.monotonic() - self._noted > _NOTE_EVERY:
                self._keep(self._cursor)
        if self._cursor is not begun:
            self._keep(self._cursor)
        return False

    def _events(self) -> Iterator[Event]:
        """Events behind the cursor, a page at a time, so that no snapshot is open while the plugin is at work."""
        while True:
            with self.ledger.storage.read() as reader:
                found = list(reader.events(EventQuery(after_seq=self._cursor.position, limit=_PAGE)))
            yield from found
            if len(found) < _PAGE:
                return

    def _error_of(self, event: Event) -> Exception | None:
        answers = self._kernel.plugins.call_one(self._plugin, HOOK, event=event, ledger=self._kernel)
        return next((answer for _, answer in answers if isinstance(answer, Exception)), None)

    def _keep(self, cursor: Cursor, *parked: ParkedEvent) -> None:
        self._cursors.move(cursor, *parked)
        self._cursor, self._noted = cursor, time.monotonic()

    def _keep_or_park(self, event: Event, error: Exception) -> None:
        tries = self._cursor.tries + 1
        if tries >= TRIES:
            parked = ParkedEvent(seq=event.seq, kind=event.kind, tries=tries, error=_said(error))
            self._keep(Cursor(event.seq), parked)
            return
        self._keep(replace(self._cursor, tries=tries))
        message, step = failed_at_event(self._status, told(event.seq, event.kind), error)
        raise self._fault(f"{message} It is told of it again: that was try {tries} of {TRIES}.", step, seq=event.seq)

    def _retry(self, enough: Callable[[], bool]) -> bool:
        """Try parked events once more where that was asked for; answers whether some of them are left.

        Raises PluginFault where too many stay parked.
        """
        parked = self._cursors.parked()
        for one in parked:
            if one.again:
                if enough():
                    return True
                self._retry_one(one)
        if len(parked) >= MOST_PARKED and len(self._cursors.parked()) >= MOST_PARKED:
            raise self._fault(
                f"{self._status.title} could not take {len(parked)} events: it is told of no more until it does.",
                "Once it is mended, 'vespera doctor --repair' has it try them again.",
            )  # fmt: skip
        return False

    def _retry_one(self, one: ParkedEvent) -> None:
        with self.ledger.storage.read() as reader:
            event = next(iter(reader.events(EventQuery(seq=one.seq))), None)
        error = None if event is None else self._error_of(event)
        self._cursors.settle(one, None if error is None else _said(error))

    def _fault(self, message: str, step: str, **details: Any) -> PluginFault:
        status = self._status
        facts = {"plugin": status.name, "distribution": status.distribution, "version": status.version}
        return PluginFault(message, next=step, **facts, **details)


def _said(error: Exception) -> str:
    return (error.message if isinstance(error, VesperaError) else f"{type(error).__name__}: {error}")[:500]
