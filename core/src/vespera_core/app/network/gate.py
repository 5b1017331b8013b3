"""The gate: says who calls over a network, and whether they may come in.

An open server listens on this machine alone and takes everybody who shows no credentials for the person who started
it, who holds the workspace's files anyway; they may say in whose name, and in which role, they act. A server that is
not open asks everybody for credentials. Credentials that are shown are checked by either.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Final

from vespera_core.app.network.credentials import HEADER, shown_by
from vespera_core.app.network.hosts import Headers
from vespera_core.app.network.listening import is_loopback
from vespera_core.app.policy.authenticating import authenticate
from vespera_core.errors import OtherActor, OtherRole, Unauthenticated
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.ports.access import Caller
from vespera_core.ports.identity import Credentials, Identity

if TYPE_CHECKING:
    from vespera_core.app.bridge import Bridge

ACTOR: Final = "Vespera-Actor"
ROLE: Final = "Vespera-Role"

ANONYMOUS: Final = "anonymous"
"""Who asks for what nobody has to be known for; no more than that is ever done in this name."""
_AGENT: Final = 200


@record(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request as the gate sees it: its headers, the transport that it came to, where from, and under which id.

    Of one that `is_unasked` no credentials are wanted, since what it is for asks for a secret itself.
    """

    headers: Headers
    audience: str
    address: str | None
    request_id: str | None
    is_unasked: bool = False

    def says(self, header: str) -> str | None:
        """What a header says; None where it says nothing."""
        given = self.headers.getlist(header)
        return (given[0] or None) if given else None


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
    """Tells callers apart. With an `owner` the server is open to this machine; with None it asks for credentials.

    Where the server was started in a `role`, everybody works in that one.
    """

    def __init__(self, bridge: Bridge, owner: str | None, role: str | None = None) -> None:
        self._bridge = bridge
        self._owner = owner
        self._role = role

    async def admit(self, visit: Visit) -> Admission:
        """Who calls. Raises Unauthenticated where that was not proved, OtherActor and OtherRole for another's name."""
        shown = shown_by(visit.headers.getlist(HEADER), visit.audience)
        if shown is None:
            return Admission(caller=self._unproved(visit))
        identity = await self._proved(shown)
        if visit.says(ACTOR) not in (None, identity.actor):
            raise OtherActor(f"{ACTOR} names somebody else than the token.", next=f"Leave {ACTOR} out.")
        caller = _caller(visit, identity.actor, self._role_of(visit, identity.role))
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

    def _unproved(self, visit: Visit) -> Caller:
        """Who calls without credentials. Raises Unauthenticated."""
        if self._owner is None and visit.is_unasked:
            return _caller(visit, ANONYMOUS, None)
        if self._owner is None:
            raise Unauthenticated("This server answers only who proves to be somebody, and no token was sent.")
        if visit.address is not None and not is_loopback(visit.address, unknown=True):
            raise Unauthenticated("This server is open to its own machine alone, and the request came from elsewhere.")
        return _caller(visit, visit.says(ACTOR) or self._owner, self._role_of(visit, None), owner=True)

    def _role_of(self, visit: Visit, proved: str | None) -> str | None:
        """The role that the caller works in: the token's own or the server's, else one that it says.

        Policy judges whether it has it.
        """
        bound, said = proved or self._role, visit.says(ROLE)
        if bound is not None and said not in (None, bound):
            source = "the token is bound to" if proved else "this server works in"
            raise OtherRole(f"{ROLE} names another role than {source}.", next=f"Leave {ROLE} out.")
        if proved is not None and self._role not in (None, proved):
            raise OtherRole("The token is bound to another role than this server works in.")
        return bound or said


def _caller(visit: Visit, actor: str, role: str | None, *, owner: bool = False) -> Caller:
    """A caller with what is known of its connection."""
    agent = visit.says("user-agent")
    return Caller(
        actor=actor, origin=visit.audience, role=role, owner=owner, request_id=visit.request_id,
        client_address=visit.address, user_agent=None if agent is None else agent[:_AGENT],
    )  # fmt: skip
