"""Following: word of what changes, from the log of events, to whoever subscribed to a resource.

The log is read while somebody listens, and no more is told than the address of what changed: whoever hears of it reads
it again, and is held to what it may see then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourcesListChanged, ResourceUpdated
from mcp.shared.exceptions import MCPError

from vespera_core.errors import VesperaError
from vespera_core.model.event import TASK, Event
from vespera_core.model.query import EventQuery
from vespera_mcp.offering.resources import READY, dashboard_uri, task_uri

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.session import ServerSession

    from vespera_core.ports.access import Caller
    from vespera_core.ports.storage import Storage
    from vespera_mcp.offering.resources import Resources
    from vespera_mcp.workspaces import Workspaces

EVERY: Final = 0.25
"""Seconds between two looks at the log."""
_EVENTS: Final = 1_000
"""Events of one look; of more than that only the addresses that are common to all are told."""
MOST: Final = 1_000
"""Addresses that clients of one server may be subscribed to by the older protocol."""

_LOG: Final = logging.getLogger("vespera.mcp")


class Following:
    """Tells subscribers of the usual workspace what changed. Runs from `start` to `stop`."""

    def __init__(self, workspaces: Workspaces, resources: Resources) -> None:
        self._workspaces = workspaces
        self._resources = resources
        self._bus = InMemorySubscriptionBus()
        self._handler = ListenHandler(self._bus)
        self._listening = 0
        self._sessions: dict[str, list[ServerSession]] = {}
        self._position: int | None = None
        self._task: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ subscribing

    async def listen(
        self, context: ServerRequestContext[Any, Any], params: types.SubscriptionsListenRequestParams,
        caller: Caller | None,
    ) -> types.SubscriptionsListenResult:  # fmt: skip
        """A stream of what changes, as the newer protocol has it. Raises MCPError for what the caller may not see."""
        for uri in params.notifications.resource_subscriptions or ():
            await self._resources.read(uri, caller)
        await self._begin()
        self._listening += 1
        try:
            return await self._handler(context, params)
        finally:
            self._listening -= 1

    async def subscribe(self, uri: str, session: ServerSession, caller: Caller | None) -> None:
        """Tell this session, as the older protocol has it. Raises MCPError for what the caller may not see."""
        await self._resources.read(uri, caller)
        await self._begin()
        self.unsubscribe(uri, session)
        if sum(map(len, self._sessions.values())) >= MOST:
            raise MCPError(types.INTERNAL_ERROR, f"There are {MOST} subscriptions, and no more are taken.")
        self._sessions.setdefault(uri, []).append(session)

    def unsubscribe(self, uri: str, session: ServerSession) -> None:
        """Tell the client behind this session no more: each of its requests has a session, but it greeted once."""
        known = self._sessions.pop(uri, [])
        if kept := [one for one in known if one.client_params is not session.client_params]:
            self._sessions[uri] = kept

    # ------------------------------------------------------------ looking

    def stop(self) -> None:
        """End every stream."""
        self._handler.close()
        if self._task is not None:
            self._task.cancel()

    async def _begin(self) -> None:
        if self._task is None:
            self._position = await self._look(None)
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self._listening or self._sessions:
                await self._turn()
            else:
                self._position = None

    async def _turn(self) -> None:
        try:
            self._position = await self._look(self._position)
        except VesperaError as error:
            _LOG.warning("what changed cannot be told: %s", error.message)

    async def _look(self, position: int | None) -> int:
        """Tell what changed behind a position; answers where the log ends."""
        place = await self._workspaces.place(None)
        storage = place.ledger.kernel.storage
        end, events = await place.bridge.run(lambda: _read(storage, position), "read")
        for uri in _addresses(events):
            await self._bus.publish(ResourceUpdated(uri=uri))
            await self._tell(uri)
        if any(event.kind == "project.created" for event in events):
            await self._bus.publish(ResourcesListChanged())
        return end

    async def _tell(self, uri: str) -> None:
        for session in self._sessions.get(uri, [])[:]:
            try:
                await session.send_resource_updated(uri)
            except Exception:  # whoever has gone away is told no more
                self._sessions[uri].remove(session)


def _read(storage: Storage, position: int | None) -> tuple[int, list[Event]]:
    with storage.read() as reader:
        end = reader.position()
        if position is None or end <= position:
            return end, []
        events = list(reader.events(EventQuery(after_seq=position, limit=_EVENTS)))
        return (events[-1].seq if events else end), events


def _addresses(events: Iterable[Event]) -> list[str]:
    """What these events changed, each once."""
    found: dict[str, None] = {}
    for event in events:
        found[READY] = None
        found[dashboard_uri(event.project_id)] = None
        if event.entity_type == TASK:
            found[task_uri(event.entity)] = None
    return list(found)
