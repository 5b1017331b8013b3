"""Checking: whom a token proves. The database is asked each time, so that what was revoked ends at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vespera_core.model.basics import SECOND, Micros
from vespera_core.ports.identity import Credentials, Identity
from vespera_security.tokens.facts import FAMILY, TOKEN, check_holds, issuer_of, unknown
from vespera_security.tokens.minting import PERSONAL, PREFIX, is_same, public_id_of

if TYPE_CHECKING:
    from vespera_core.ports.service import Ledger
    from vespera_core.ports.storage import Reader

_SCHEME: Final = "bearer"
_DOTS: Final = 2
"""The parts of a signed token are three."""

_NOBODY: Final = "0" * 64
"""The digest that a secret of unknown id is compared with, so that it takes as long as one that is known."""


def identity_of(credentials: Credentials, ledger: Ledger) -> Identity | None:
    """The principal of a token; None for what is of another kind. Raises Unauthenticated."""
    if credentials.scheme != _SCHEME:
        return None
    if credentials.secret.startswith(PREFIX):
        return _personal(credentials.secret, ledger)
    return _signed(credentials, ledger) if credentials.secret.count(".") == _DOTS else None


def _personal(secret: str, ledger: Ledger) -> Identity:
    public_id = public_id_of(secret, PERSONAL)
    if public_id is None:
        raise unknown()
    with ledger.storage.read() as reader:
        token = reader.entity(TOKEN, public_id)
        if not is_same(secret, _NOBODY if token is None else token.data["digest"]) or token is None:
            raise unknown()
        check_holds(reader, token, ledger.clock())
    until = token.data["expires_at"]
    return Identity(actor=token.owner, proof=f"token {public_id}", role=token.data["role"], until=until)


def _signed(credentials: Credentials, ledger: Ledger) -> Identity:
    from vespera_security.tokens.signing import read

    keys = ledger.vault.signing_keys()
    with ledger.storage.read() as reader:
        claims = read(credentials.secret, keys, issuer_of(reader), credentials.audience)
        _check_family(reader, claims.family, claims.plugin, ledger.clock())
    proof = f"plugin token {claims.family}/{claims.token_id}"
    return Identity(actor=claims.plugin, proof=proof, until=Micros(claims.until * SECOND))


def _check_family(reader: Reader, family: str, plugin: str, now: int) -> None:
    """Raises Unauthenticated where the family has ended, or is of somebody else."""
    found = reader.entity(FAMILY, family)
    if found is None or found.owner != plugin:
        raise unknown()
    check_holds(reader, found, now)
