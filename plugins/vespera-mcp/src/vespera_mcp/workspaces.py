"""Workspaces: those that a server works in, each opened when it is first asked for, with a bridge of its own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from vespera_core.app.bridge import Bridge
from vespera_core.errors import EnvironmentFault
from vespera_core.model.record import record
from vespera_mcp.settings import ORIGIN

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera

MOST: Final = 50
"""Workspaces that one server keeps open."""


@record(frozen=True, slots=True)
class Place:
    """An open workspace: the ledger as whoever started the server, and the way to it from the event loop."""

    ledger: Vespera
    bridge: Bridge


class Workspaces(Protocol):
    """Where tools work."""

    @property
    def many(self) -> bool:
        """Whether calls may name one."""

    async def place(self, folder: str | None) -> Place:
        """The workspace of a folder, or the usual one. Raises NoWorkspace, and what opening one raises."""

    def known(self) -> Collection[Place]:
        """Those that are open."""


class OneWorkspace:
    """The one that somebody else opened, and closes."""

    many = False

    def __init__(self, ledger: Vespera, bridge: Bridge) -> None:
        self._place = Place(ledger, bridge)

    async def place(self, folder: str | None) -> Place:
        if folder is not None:
            raise EnvironmentFault("This server works in one workspace.", next="Leave workspace out.")
        return self._place

    def known(self) -> Collection[Place]:
        return (self._place,)


class OpenedWorkspaces:
    """Those of the user that the server runs as, by the folders that callers name. Close it, once nobody calls."""

    def __init__(
        self, folder: str | None = None, *, actor: str | None = None, role: str | None = None,
        project: str | None = None, many: bool = True,
    ) -> None:  # fmt: skip
        self._usual = folder
        self._actor, self._role, self._project = actor, role, project
        self.many = many
        self._open: dict[Path, Place] = {}
        self._first: Place | None = None
        self._lock = asyncio.Lock()

    async def place(self, folder: str | None) -> Place:
        if folder is not None:
            return await self._place_in(Path(folder).expanduser())
        if self._first is None:  # looking for it anew costs a tenth of a short call
            self._first = await self._place_in(self._usual)
        return self._first

    async def _place_in(self, folder: Path | str | None) -> Place:
        from vespera_core.app.workspace import find_workspace

        found = find_workspace(folder)
        place = self._open.get(found)
        if place is not None:
            return place
        async with self._lock:
            return self._open.get(found) or await self._opened(found)

    async def _opened(self, found: Path) -> Place:
        if len(self._open) >= MOST:
            raise EnvironmentFault(
                f"This server has {MOST} workspaces open, and opens no more.", next="Start another for this one."
            )
        ledger = await asyncio.to_thread(self._ledger, found)
        gc.freeze()  # what a server has by now it keeps: the collector need not look through it again and again
        self._open[found] = Place(ledger, Bridge(ledger.kernel))
        return self._open[found]

    def _ledger(self, found: Path) -> Vespera:
        from vespera_core.app.application import Vespera

        ledger = Vespera.open(found.parent, actor=self._actor, role=self._role, origin=ORIGIN, project=self._project)
        ledger.kernel.observe()
        return Vespera(ledger.kernel, replace(ledger.caller, owner=True), ledger.folder)

    def known(self) -> Collection[Place]:
        return tuple(self._open.values())

    async def close(self) -> None:
        """Wait for what is under way, and let go of all of them."""
        for place in self._open.values():
            await place.bridge.close()
            await asyncio.to_thread(place.ledger.close)
        self._open.clear()
        self._first = None
