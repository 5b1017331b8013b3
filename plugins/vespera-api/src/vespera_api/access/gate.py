"""The gate: says who calls.

Without authentication the server listens on this machine alone and takes everybody who reaches it for the person who
started it, who holds the workspace's files anyway; they may say in whose name, and in which role, they act.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final, Protocol

from starlette.requests import HTTPConnection

from vespera_api.context import request_id_of
from vespera_core.ports.access import AccessRequest, Caller, Verdict

ORIGIN: Final = "rest"
ACTOR: Final = "Vespera-Actor"
ROLE: Final = "Vespera-Role"

_IS_OWNER: ContextVar[bool] = ContextVar("vespera_api_is_owner", default=False)


class Gate(Protocol):
    """Tells callers apart."""

    async def caller(self, connection: HTTPConnection) -> Caller:
        """Who calls. Raises HttpProblem (401) where that cannot be told."""
        ...


class OpenGate:
    """Everybody who reaches the server is its owner."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    async def caller(self, connection: HTTPConnection) -> Caller:
        """The owner, or whom the headers name."""
        _IS_OWNER.set(True)
        return described(connection, connection.headers.get(ACTOR) or self._owner, connection.headers.get(ROLE) or None)


def described(connection: HTTPConnection, actor: str, role: str | None = None) -> Caller:
    """A caller with what is known of its connection."""
    client = connection.client
    agent = connection.headers.get("user-agent")
    return Caller(
        actor=actor, origin=ORIGIN, role=role, request_id=request_id_of(connection),
        client_address=None if client is None else client.host, user_agent=None if agent is None else agent[:200],
    )  # fmt: skip


def verdict(request: AccessRequest) -> Verdict | None:
    """The owner may do what the person at the command line may; a role that is named limits as it does there."""
    if request.origin == ORIGIN and request.role is None and _IS_OWNER.get():
        return Verdict(allowed=True)
    return None
