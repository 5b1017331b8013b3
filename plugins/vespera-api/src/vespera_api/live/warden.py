"""The warden: whoever reads may do so as long as it lasts, which is asked again while the connection stays open."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Hashable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from vespera_api.live.subscription import FORBIDDEN, UNPROVED, Close, Reader, Subscription
from vespera_core.app.policy.confining import bounds_now
from vespera_core.app.requests import History
from vespera_core.errors import EnvironmentFault, Unauthenticated, VesperaError

if TYPE_CHECKING:
    from vespera_api.access.gate import Admission, Gate
    from vespera_core.app.bridge import Bridge

TICK: Final = 0.4
"""Seconds between two rounds, each of which asks about some of the readers."""
_ROUND: Final = 24
"""Questions of one round. What changes who may do what is an event, and asks about everybody at once."""
_TOGETHER: Final = 4

OPERATION: Final = "event.list"
"""The operation that reading events is: whoever may perform it for a project may subscribe to it."""


class Warden:
    """Asks the gate and the policy of the core about open connections."""

    def __init__(self, bridge: Bridge, gate: Gate, readers: Collection[Reader]) -> None:
        self._bridge = bridge
        self._gate = gate
        self._readers = readers
        self._asked: dict[Hashable, None] = {}

    async def check(self, admission: Admission, project: str | None) -> frozenset[str] | None:
        """The projects that a caller may know of, None for all.

        Raises PermissionDenied unless it may read the events of a project, or (None) of all.
        """
        kernel, caller = self._bridge.kernel, admission.caller
        asked = History(project_id=project, limit=1)
        found: frozenset[str] | None = await self._bridge.call(
            OPERATION, asked, caller, finish=lambda _: bounds_now(kernel, OPERATION, caller)
        )
        return found

    async def review(self) -> None:
        """Ask about everybody now."""
        await self._ask(self._questions().values())

    async def watch(self) -> None:
        """Ask about everybody, again and again."""
        while True:
            await asyncio.sleep(TICK)
            questions = self._questions()
            self._asked = {key: None for key in self._asked if key in questions}
            if len(self._asked) == len(questions):
                self._asked.clear()
            due = list(islice((key for key in questions if key not in self._asked), _ROUND))
            self._asked.update(dict.fromkeys(due))
            await self._ask([questions[key] for key in due])

    def _questions(self) -> dict[Hashable, _Question]:
        """What there is to ask: callers with the same standing are asked about together."""
        found: dict[Hashable, _Question] = {}
        for reader in list(self._readers):
            caller, proof = reader.admission.caller, reader.admission.proof
            who = (caller.actor, caller.role, caller.owner, proof)
            found.setdefault(who, _Question()).readers.append(reader)
            for one in reader.subscriptions.values():
                found.setdefault((*who, one.wanted.project), _Question()).subscriptions.append(one)
        return found

    async def _ask(self, questions: Iterable[_Question]) -> None:
        turns = asyncio.Semaphore(_TOGETHER)

        async def asking(work: Coroutine[Any, Any, None]) -> None:
            async with turns:
                await work

        asked = list(questions)
        # whoever proves nothing any more is told that, and not that they may not
        await asyncio.gather(*(asking(self._still(one)) for one in asked if one.readers))
        await asyncio.gather(*(asking(self._may(one)) for one in asked if not one.readers))

    async def _still(self, question: _Question) -> None:
        """Whether credentials hold. That this cannot be told at the moment ends nothing."""
        try:
            holds = await self._gate.still(question.readers[0].admission)
        except EnvironmentFault:
            return
        if not holds:
            error = Unauthenticated("What proved you does not hold any more.")
            for reader in question.readers:
                reader.close(Close(code=UNPROVED, reason="unauthenticated", error=error))

    async def _may(self, question: _Question) -> None:
        first = question.subscriptions[0]
        try:
            bounds = await self.check(first.reader.admission, first.wanted.project)
        except EnvironmentFault:
            return
        except VesperaError as error:
            for one in question.subscriptions:
                one.reader.end(one, Close(code=FORBIDDEN, reason="permission denied", error=error))
            return
        for one in question.subscriptions:
            one.bounds = bounds


class _Question:
    """One thing to ask, for all whom its answer is about."""

    def __init__(self) -> None:
        self.readers: list[Reader] = []
        self.subscriptions: list[Subscription] = []
