"""Minting: secrets that are shown once, of which only a digest is kept.

A secret is ``vespera_KIND_ID_RANDOM``: the public id finds what it belongs to, and the kind lets programs that look for
leaked secrets know it. RANDOM are 256 bits, so that a plain SHA-256 of the whole is as good as it is for a key.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import field
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Final, Literal

from vespera_core.model.record import record

Kind = Literal["pat", "reg", "ref"]
"""Of a personal token, of a plugin's registration, and of a refresh token."""

PERSONAL: Final[Kind] = "pat"
REGISTRATION: Final[Kind] = "reg"
REFRESH: Final[Kind] = "ref"

PREFIX: Final = "vespera_"

_RANDOM_BYTES: Final = 32
_FORM: Final = re.compile(r"vespera_(pat|reg|ref)_([0-9a-f]{16})_[A-Za-z0-9_-]{43}(?:\.[A-Za-z0-9_-]{43})?", re.ASCII)


@record(frozen=True, slots=True)
class Minted:
    """A new secret with its public id."""

    public_id: str
    secret: str = field(repr=False)


def mint(kind: Kind) -> Minted:
    """A secret that nobody has seen yet."""
    public_id = token_hex(8)
    return Minted(public_id, f"{PREFIX}{kind}_{public_id}_{_random()}")


def turned(family: Minted) -> str:
    """A refresh token: the secret of its family, and one for its next turn."""
    return f"{family.secret}.{_random()}"


def _random() -> str:
    return token_urlsafe(_RANDOM_BYTES)


def public_id_of(secret: str, kind: Kind) -> str | None:
    """The public id in a secret; None for what is no secret of this kind."""
    found = _FORM.fullmatch(secret)
    return found[2] if found is not None and found[1] == kind else None


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(secret: str, digest: str) -> bool:
    """Whether a secret is the one of a digest, in a time that says nothing of either."""
    return hmac.compare_digest(digest_of(secret), digest)
