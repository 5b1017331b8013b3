"""Exchanging: what a plugin shows for its next access token, and what it gets.

Refresh tokens rotate: each is good once. One that comes again was seen by two, of whom one is a thief, and which one
cannot be told; so its family ends (RFC 9700, section 4.14.2). It holds the secret of the family beside its own, so that
nobody else can end a family by guessing.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from vespera_core.app.policy.standing import ACTIVE
from vespera_core.app.unit import Unit
from vespera_core.errors import Unauthenticated
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.entity import Entity
from vespera_core.model.record import record
from vespera_core.ports.access import LOCAL_ORIGINS
from vespera_security.tokens.answers import PluginTokens
from vespera_security.tokens.facts import FAMILY, REGISTRATION, REVOKED, check_holds, issuer_of, unknown
from vespera_security.tokens.minting import REFRESH, Minted, digest_of, is_same, mint, public_id_of, turned
from vespera_security.tokens.minting import REGISTRATION as SECRET
from vespera_security.tokens.requests import ExchangeSecret
from vespera_security.tokens.signing import SECONDS, sign

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller
    from vespera_core.ports.storage import Reader

FAMILY_DAYS: Final = 30
"""How long a refresh token waits to be used."""

_DAY: Final = 86400 * SECOND

_OPERATION: Final = "plugin.token"


@record(frozen=True, slots=True)
class Turn:
    """What comes next in a family: its id, whose it is, and the refresh token. `at` is the moment it was made."""

    family: str
    plugin: str
    refresh: str = field(repr=False)
    at: Micros


def exchange(kernel: Kernel, request: ExchangeSecret, caller: Caller) -> PluginTokens:
    """The next tokens for a registration's secret or a refresh token. Raises Unauthenticated.

    What anybody may send who has no secret of ours never gets as far as the store's queue of writes.
    """
    with kernel.storage.read() as reader:
        fact, issuer = _fact_of(reader, request.secret), issuer_of(reader)
    key = kernel.vault.signing_keys()[0]
    plugin = replace(caller, actor=fact.owner, role=None, owner=False)
    turn = kernel.write(plugin, _OPERATION, lambda unit: _turn(unit, fact, request.secret))
    if turn is None:
        raise Unauthenticated(
            "The refresh token was used before, so that somebody else may have it: its family has ended.",
            next="Show the secret of the registration again.",
        )  # fmt: skip
    audience = tuple(kernel.transports()) if caller.origin in LOCAL_ORIGINS else (caller.origin,)
    access = sign(key, issuer, audience, turn.plugin, turn.family, turn.at)
    return PluginTokens(access, turn.refresh, "Bearer", SECONDS)


def _fact_of(reader: Reader, secret: str) -> Entity:
    """The registration or the family that a secret belongs to. Raises Unauthenticated."""
    for kind, form, own in ((REGISTRATION, SECRET, secret), (FAMILY, REFRESH, secret.partition(".")[0])):
        public_id = public_id_of(secret, form)
        found = None if public_id is None else reader.entity(kind, public_id)
        if found is not None and is_same(own, found.data["digest"]):
            return found
    raise unknown()


def _turn(unit: Unit, seen: Entity, secret: str) -> Turn | None:
    """The next turn; None where this one was taken before, which ends the family. Raises Unauthenticated."""
    fact = unit.reader.entity(seen.kind, seen.entity_id) or seen
    check_holds(unit.reader, fact, unit.now)
    if fact.kind == REGISTRATION:
        family = mint(REFRESH)
        return _written(unit, None, family, fact)
    if not is_same(secret, fact.data["turn"]):
        unit.put_entity(fact, replace(fact, state=REVOKED), "family.revoked", reason="a refresh token came again")
        return None
    return _written(unit, fact, Minted(fact.entity_id, secret.partition(".")[0]), fact)


def _written(unit: Unit, old: Entity | None, family: Minted, source: Entity) -> Turn:
    refresh = turned(family)
    data = {
        "digest": digest_of(family.secret), "turn": digest_of(refresh), "expires_at": unit.now + FAMILY_DAYS * _DAY,
        "principal_version": source.data["principal_version"],
    }  # fmt: skip
    new = Entity(FAMILY, family.public_id, owner=source.owner, state=ACTIVE, data=data)
    unit.put_entity(old, new, "family.started" if old is None else "family.turned")
    return Turn(family.public_id, source.owner, refresh, Micros(unit.now))
