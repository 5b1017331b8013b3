"""Credentials: what a request shows to prove who sends it (RFC 6750, in the header alone)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vespera_core.errors import Unauthenticated
from vespera_core.ports.identity import Credentials

HEADER: Final = "Authorization"
SCHEME: Final = "bearer"

MAX_SECRET: Final = 4096
"""Characters of a token; ours have fewer than 1,000."""


def shown_by(given: Sequence[str], audience: str) -> Credentials | None:
    """The credentials that a request shows with these values of the header; None where there are none.

    Raises Unauthenticated, without repeating them.
    """
    if not given:
        return None
    if len(given) > 1:
        raise Unauthenticated(f"{HEADER} was sent {len(given)} times.", next=f"Send {HEADER} once.")
    scheme, _, secret = given[0].partition(" ")
    if scheme.lower() != SCHEME:
        raise Unauthenticated(f"{HEADER} must be of the scheme Bearer.")
    secret = secret.strip(" ")
    if not 0 < len(secret) <= MAX_SECRET or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise Unauthenticated("What was sent is no token.")
    return Credentials(scheme=SCHEME, secret=secret, audience=audience)
