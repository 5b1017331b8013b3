"""The gate: says who calls, and whether they may come in.

An open server listens on this machine alone and takes everybody who shows no credentials for the person who started
it, who holds the workspace's files anyway; they may say in whose name, and in which role, they act. A server that is
not open asks everybody for credentials. Credentials that are shown are checked by either.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Final

from starlette.requests import HTTPConnection

from vespera_api.access.credentials import shown_by
from vespera_api.context import request_id_of
from vespera_api.problems import HttpProblem
from vespera_core.app.bridge import Bridge
from vespera_core.app.policy.authenticating import authenticate
from vespera_core.errors import Unauthenticated
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.ports.access import Caller
from vespera_core.ports.identity import Credentials, Identity

ORIGIN: Final = "rest"
ACTOR: Final = "Vespera-Actor"
ROLE: Final = "Vespera-Role"

ANONYMOUS: Final = "anonymous"
"""Who asks for what nobody has to be known for; no more than that is ever done in this name."""

_KEY: Final = "vespera.admission"


@record(frozen=True, slots=True, kw_only=True)
class Admission:
    """Somebody who was let in: as whom, by which credentials, and until when these hold by themselves.

    On an open server there may be no credentials; then `proof` and `until` are None too.
    """

    caller: Caller
    proof: str | None = None
    until: Micros | None = None
    credentials: Credentials | None = None


class Gate:
    """Tells callers apart. With an `owner` the server is open to this machine; with None it asks for credentials."""

    def __init__(self, bridge: Bridge, owner: str | None, unasked: Iterable[tuple[str, str]] = ()) -> None:
        """`unasked` are methods and paths whose operation asks for a secret itself, so that the gate need not."""
        self._bridge = bridge
        self._owner = owner
        self._unasked = frozenset(unasked)

    async def admit(self, connection: HTTPConnection) -> Admission:
        """Who calls. Raises Unauthenticated where that was not proved, and HttpProblem for a name of somebody else."""
        shown = shown_by(connection.headers, ORIGIN)
        if shown is None:
            return Admission(caller=self._unproved(connection))
        identity = await self._proved(shown)
        caller = _caller(connection, _own_name(connection, identity), _role(connection, identity))
        return Admission(caller=caller, proof=identity.proof, until=identity.until, credentials=shown)

    async def still(self, admission: Admission) -> bool:
        """Whether somebody who was let in would be let in now: for connections that stay open."""
        if admission.credentials is None:
            return True
        with contextlib.suppress(Unauthenticated):
            found = await self._proved(admission.credentials)
            return found.actor == admission.caller.actor and found.proof == admission.proof
        return False

    async def _proved(self, shown: Credentials) -> Identity:
        return await self._bridge.run(partial(authenticate, self._bridge.kernel, shown), "read")

    def _is_unasked(self, connection: HTTPConnection) -> bool:
        return (connection.scope.get("method"), connection.scope["path"]) in self._unasked

    def _unproved(self, connection: HTTPConnection) -> Caller:
        """Who calls without credentials. Raises Unauthenticated."""
        if self._owner is None and self._is_unasked(connection):
            return _caller(connection, ANONYMOUS, None)
        if self._owner is None:
            raise Unauthenticated("This server answers only who proves to be somebody, and no token was sent.")
        if not _is_near(connection):
            raise Unauthenticated("This server is open to its own machine alone, and the request came from elsewhere.")
        actor = connection.headers.get(ACTOR) or self._owner
        return _caller(connection, actor, connection.headers.get(ROLE) or None, owner=True)


def admission_of(connection: HTTPConnection) -> Admission:
    """Who was let in with this request: the middleware `Admitting` asked the gate before anything else saw it."""
    found: Admission = connection.scope[_KEY]
    return found


def keep(connection: HTTPConnection, admission: Admission) -> None:
    """Note with a request who was let in."""
    connection.scope[_KEY] = admission


def _caller(connection: HTTPConnection, actor: str, role: str | None, *, owner: bool = False) -> Caller:
    """A caller with what is known of its connection."""
    client = connection.client
    agent = connection.headers.get("user-agent")
    return Caller(
        actor=actor, origin=ORIGIN, role=role, owner=owner, request_id=request_id_of(connection),
        client_address=None if client is None else client.host, user_agent=None if agent is None else agent[:200],
    )  # fmt: skip


def _own_name(connection: HTTPConnection, identity: Identity) -> str:
    if connection.headers.get(ACTOR) not in (None, "", identity.actor):
        raise HttpProblem(
            403, "other_actor", f"{ACTOR} names somebody else than the token.", next=f"Leave {ACTOR} out."
        )
    return identity.actor


def _role(connection: HTTPConnection, identity: Identity) -> str | None:
    """The role that the caller works in: the token's own, else one that it says; policy judges whether it has it."""
    said = connection.headers.get(ROLE) or None
    if identity.role is not None and said not in (None, identity.role):
        raise HttpProblem(
            403, "other_role", f"{ROLE} names another role than the token is bound to.", next=f"Leave {ROLE} out."
        )
    return identity.role or said


def _is_near(connection: HTTPConnection) -> bool:
    """Whether a request came from this machine, as far as the server knows: over a socket of files it knows nothing."""
    return connection.client is None or _is_loopback(connection.client.host)


@lru_cache(maxsize=1024)
def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return True
