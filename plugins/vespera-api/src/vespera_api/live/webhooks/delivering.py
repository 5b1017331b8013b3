"""Delivering: the service that sends events to webhooks, each in order, until they are taken or given up."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from vespera_api.live.cursors import cursor_of
from vespera_api.live.items import dense
from vespera_api.live.wanted import Wanted
from vespera_api.live.webhooks.handlers import ACTIVE, DISABLED, KIND, secret_of
from vespera_api.live.webhooks.notes import DEAD, RECENT, SPACE, Standing, standing_in
from vespera_api.live.webhooks.operations import SERVICE
from vespera_api.live.webhooks.sending import Outcome, Sender
from vespera_core.app.observing import Observation
from vespera_core.app.policy.confining import confined
from vespera_core.app.services.board import Board
from vespera_core.app.services.following import glance
from vespera_core.app.services.settings import settings_of
from vespera_core.errors import VesperaError
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.event import Event
from vespera_core.model.public import public
from vespera_core.model.query import EventQuery
from vespera_core.model.times import rfc3339
from vespera_core.ports.access import Caller
from vespera_core.ports.observer import Activity
from vespera_core.ports.service import Ledger, Report, Service

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.unit import Unit
    from vespera_core.model.entity import Entity
    from vespera_core.ports.storage import Reader

CALLER: Final = Caller(actor="vespera", origin="worker")
_SLICE: Final = 5.0
"""Seconds of one run: after that the service says how it stands, and goes on."""
_LOOK: Final = 100
"""Events of the log that are looked through at a time for one that a webhook wants."""
_STOP: Final = 0.1


class Delivering(Service):
    """Sends events to webhooks. What fails is tried again after pauses that double, with chance in them."""

    defaults: ClassVar[dict[str, Any]] = {
        "interval": 30.0, "timeout": 10.0, "tries": 10, "first_pause": 5.0, "longest_pause": 3600.0,
        "disable_after": 259_200.0, "allow_private": False,
    }  # fmt: skip

    def __init__(self, ledger: Ledger, settings: dict[str, Any]) -> None:
        super().__init__(ledger, settings)
        self._kernel = cast("Kernel", ledger)
        self._due: int | None = None
        self._sender: Sender | None = None

    def run(self, stop: Callable[[], bool]) -> Report:
        with self.ledger.storage.read() as reader:
            webhooks = reader.entities(KIND, state=ACTIVE)
            notes, end = reader.memos(SPACE), reader.position()
        if not webhooks:
            return Report(text="there is no webhook")
        self._sender = self._sender or Sender(
            timeout=self.settings["timeout"], private=self.settings["allow_private"]
        )  # fmt: skip
        couriers = [
            Courier(self._kernel, self.settings, self._sender, one, standing_in(notes, one.entity_id), end)
            for one in webhooks
        ]
        asyncio.run(_all(couriers, stop))
        dues = [one.standing.due for one in couriers if one.standing.waiting is not None]
        self._due = min(dues, default=None)
        return Report(
            done=sum(one.taken for one in couriers),
            text="; ".join(f"{one.name}: {one.fault}" for one in couriers if one.fault) or f"{len(couriers)} webhooks",
            lag=max(end - one.standing.position for one in couriers),
            again=any(one.more for one in couriers),
        )

    def pulse(self) -> object:
        return glance(self.ledger.storage)[0], self._due is not None and self._due <= self.ledger.clock()


async def _all(couriers: list[Courier], stop: Callable[[], bool]) -> None:
    """Let all of them work at once, so that none waits for a slow receiver but its own."""
    working = asyncio.gather(*(one.deliver() for one in couriers))
    while not working.done():
        await asyncio.wait((working,), timeout=_STOP)
        if stop():
            working.cancel()
    await asyncio.gather(working, return_exceptions=True)


class Courier:
    """Delivers to one webhook for a while."""

    def __init__(
        self, kernel: Kernel, settings: dict[str, Any], sender: Sender, webhook: Entity, standing: Standing | None,
        end: int,
    ) -> None:  # fmt: skip
        self._kernel = kernel
        self._settings = settings
        self._sender = sender
        self._webhook = webhook
        self._wanted = Wanted(project=webhook.project_id or None, kinds=tuple(webhook.data["kinds"]))
        self.name = webhook.entity_id
        self.standing = standing or Standing(position=end)
        self.taken = 0
        self.more = False
        self.fault = ""

    async def deliver(self) -> None:
        """Send what is due, in order, until nothing is, one fails, or the time is over."""
        until = time.monotonic() + _SLICE
        try:
            secret = secret_of(self._kernel, self.name)
            while self._kernel.clock() >= self.standing.due and (event := self._next()) is not None:
                kept = await tried(self._sender, self._webhook, secret, event, self._kernel.clock())
                self._note(event, kept)
                if kept["error"]:
                    return
                if time.monotonic() > until:
                    self.more = True
                    return
        except VesperaError as error:
            self.fault = error.message

    def _next(self) -> Event | None:
        """The next event that is wanted; what comes before it and is not is passed over for good."""
        if self.standing.again:
            with self._kernel.storage.read() as reader:
                return next(self._shown(reader, reader.events(EventQuery(seq=self.standing.again[0]))), None)
        while True:
            query = EventQuery(after_seq=self.standing.position, project_id=self._wanted.project, limit=_LOOK)
            with self._kernel.storage.read() as reader:
                found, end = list(reader.events(query)), reader.position()
                first = next(self._shown(reader, (one for one in found if self._wanted.names(one.kind))), None)
            if first is not None or not found:
                return first
            self._keep(replace(self.standing, position=found[-1].seq if len(found) == _LOOK else end))

    def _shown(self, reader: Reader, events: Iterable[Event]) -> Iterator[Event]:
        """Events as the webhook may see them: that of one project is told nothing of others."""
        project = self._wanted.project
        for event in events:
            seen = event if project is None else confined(reader, (event,), frozenset({project}))[0]
            if seen is not None:
                yield seen

    def _note(self, event: Event, kept: dict[str, Any]) -> None:
        before, now = self.standing, self._kernel.clock()
        tries = before.tries + 1
        kept = {**kept, "tries": tries}
        result = "ok" if not kept["error"] else "dead" if tries >= self._settings["tries"] else "retry"
        Observation(self._kernel.observers, Activity(kind="delivery", name=result)).end()
        recent = (*before.recent, kept)[-RECENT:]
        if not kept["error"]:
            self.taken += 1
            self._keep(replace(_past(before, event), recent=recent, failing_since=None))
            return
        self.fault = kept["error"]
        since = before.failing_since or now
        if tries >= self._settings["tries"]:
            dead = (*before.dead, kept)[-DEAD:]
            self._keep(replace(_past(before, event), recent=recent, dead=dead, failing_since=since))
        else:
            due = now + int(pause(self._settings, tries) * SECOND)
            self._keep(
                replace(before, tries=tries, due=due, waiting=kept, recent=recent, failing_since=since)
            )  # fmt: skip
        if kept["status"] == 410 or now - since > self._settings["disable_after"] * SECOND:
            self._disable(kept["error"])

    def _keep(self, standing: Standing) -> None:
        """Note how the webhook stands, unless somebody changed that meanwhile: then what they did counts."""
        before = self.standing.noted()

        def work(unit: Any) -> bool:
            kept = standing_in(unit.memos(SPACE), self.name)
            if kept is not None and kept.noted() != before:
                return False
            unit.put_memos(SPACE, {self.name: standing.noted()})
            return True

        if not self._kernel.storage.write(work):
            raise _Moved
        self.standing = standing

    def _disable(self, why: str) -> None:
        def work(unit: Unit) -> None:
            old = unit.reader.entity(KIND, self.name)
            if old is not None and old.state == ACTIVE:
                unit.put_entity(old, replace(old, state=DISABLED), "webhook.disabled", reason=why)

        self._kernel.write(CALLER, "webhook.disable", work)


class _Moved(VesperaError):
    """Somebody changed how a webhook stands; the next run begins with that."""

    def __init__(self) -> None:
        super().__init__("It was changed meanwhile, and goes on from there.")


def _past(standing: Standing, event: Event) -> Standing:
    """With an event behind it."""
    clean = replace(standing, tries=0, due=0, waiting=None)
    if standing.again and standing.again[0] == event.seq:
        return replace(clean, again=standing.again[1:])
    return replace(clean, position=event.seq)


def pause(settings: dict[str, Any], tries: int) -> float:
    """Seconds until the next try: doubled each time, and a third more or less, so that receivers are not run over."""
    usual = min(settings["longest_pause"], settings["first_pause"] * 2.0 ** (tries - 1))
    return float(usual * random.uniform(0.67, 1.33))  # noqa: S311 - chance, and no secret


async def tried(sender: Sender, webhook: Entity, secret: str, event: Event | None, now: int) -> dict[str, Any]:
    """Send one message, an event or a test, and say what came of it."""
    kind = "webhook.test" if event is None else event.kind
    name = f"{webhook.entity_id}-test-{now}" if event is None else event.event_id
    at = rfc3339(Micros(now) if event is None else event.at)
    body = dense({"type": kind, "timestamp": at, "data": {} if event is None else public(event)})
    outcome: Outcome = await sender.send(webhook.data["url"], secret, name, body.encode("utf-8", "surrogatepass"))
    return {
        "event_id": name, "cursor": cursor_of(0 if event is None else event.seq), "kind": kind, "tries": 1, "at": now,
        "status": outcome.status, "error": outcome.error, "said": outcome.said,
    }  # fmt: skip


def settings_in_force(kernel: Kernel) -> dict[str, Any]:
    """How messages are sent in this workspace. Raises ConfigError."""
    return settings_of(kernel, SERVICE, Board(kernel.storage).look().wanted(SERVICE.name).settings)


def sender_of(kernel: Kernel) -> Sender:
    """What sends messages in this workspace."""
    settings = settings_in_force(kernel)
    return Sender(timeout=settings["timeout"], private=settings["allow_private"])
