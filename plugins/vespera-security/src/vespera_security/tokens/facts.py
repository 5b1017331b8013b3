"""Facts: what the ledger keeps of tokens, registrations and families, and when they hold."""

from __future__ import annotations

from typing import Final

from vespera_core.app.policy.standing import ACTIVE, PRINCIPAL
from vespera_core.errors import Unauthenticated
from vespera_core.model.entity import Entity
from vespera_core.model.query import EventQuery
from vespera_core.ports.storage import Reader

TOKEN: Final = "token"  # noqa: S105 - a word for a kind
REGISTRATION: Final = "registration"
FAMILY: Final = "family"
"""Kinds of entities. Each belongs to a principal; a family are the tokens that came of one registration, in turn."""

REVOKED: Final = "revoked"

_UNKNOWN: Final = "What was sent is no token of this workspace."


def unknown() -> Unauthenticated:
    """What is said of a secret that nobody here ever made: nothing that helps to make one."""
    return Unauthenticated(_UNKNOWN)


def check_holds(reader: Reader, fact: Entity, now: int) -> None:
    """Raises Unauthenticated where a fact was revoked, or has expired, or its principal was removed since."""
    what = fact.kind
    if fact.state != ACTIVE:
        raise Unauthenticated(f"The {what} was revoked.")
    until = fact.data["expires_at"]
    if until is not None and until <= now:
        raise Unauthenticated(f"The {what} has expired.")
    principal = reader.entity(PRINCIPAL, fact.owner)
    if principal is None or principal.state != ACTIVE or principal.version != fact.data["principal_version"]:
        raise Unauthenticated(f"The {what} belongs to a principal that was removed.")


def holds(reader: Reader, fact: Entity, now: int) -> bool:
    """Whether a fact holds, without the reason why not."""
    try:
        check_holds(reader, fact, now)
    except Unauthenticated:
        return False
    return True


def issuer_of(reader: Reader) -> str:
    """The name of this workspace in tokens: the id of the first event of its log, which no other log begins with."""
    return next(f"vespera:{row.event_id}" for row in reader.event_rows(EventQuery(limit=1)))
