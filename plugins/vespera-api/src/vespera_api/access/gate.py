"""The gate of this server: what it is asked for, as the core's gate sees it, and who was let in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.requests import HTTPConnection

from vespera_api.context import request_id_of
from vespera_core.app.bridge import Bridge
from vespera_core.app.network import gate
from vespera_core.app.network.gate import ACTOR, ROLE, Admission, Visit
from vespera_core.app.network.mounting import ADMISSION

__all__ = ["ACTOR", "ROLE", "Admission", "Gate", "admission_of", "keep"]

ORIGIN: Final = "rest"


class Gate:
    """Tells callers apart. With an `owner` the server is open to this machine; with None it asks for credentials."""

    def __init__(
        self, bridge: Bridge, owner: str | None, unasked: Iterable[tuple[str, str]] = (),
        carried: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`unasked` are methods and paths whose operation asks for a secret itself, so that the gate need not.

        `carried` are the paths of other transports, with their names.
        """
        self._gate = gate.Gate(bridge, owner)
        self._unasked = frozenset(unasked)
        self._carried = carried or {}

    async def admit(self, connection: HTTPConnection) -> Admission:
        """Who calls. Raises Unauthenticated where that was not proved, and OtherActor for a name of somebody else."""
        return await self._gate.admit(self._visit(connection))

    async def still(self, admission: Admission) -> bool:
        """Whether somebody who was let in would be let in now: for connections that stay open."""
        return await self._gate.still(admission)

    def _visit(self, connection: HTTPConnection) -> Visit:
        path, client = connection.scope["path"], connection.client
        return Visit(
            headers=connection.headers, audience=self._carried.get(path, ORIGIN),
            address=None if client is None else client.host, request_id=request_id_of(connection),
            is_unasked=(connection.scope.get("method"), path) in self._unasked,
        )  # fmt: skip


def admission_of(connection: HTTPConnection) -> Admission:
    """Who was let in with this request: the middleware `Admitting` asked the gate before anything else saw it."""
    found: Admission = connection.scope[ADMISSION]
    return found


def keep(connection: HTTPConnection, admission: Admission) -> None:
    """Note with a request who was let in."""
    connection.scope[ADMISSION] = admission
