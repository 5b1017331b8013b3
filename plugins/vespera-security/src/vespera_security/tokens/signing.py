"""Signing: access tokens of plugins, as JSON Web Tokens (RFC 7519) that this workspace alone makes and reads.

One algorithm, HMAC with SHA-256 over keys of 256 bits; the header's own word for it counts for nothing (RFC 8725, 3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Any, Final

import jwt

from vespera_core.errors import Unauthenticated
from vespera_core.model.basics import SECOND
from vespera_core.model.record import record
from vespera_core.ports.keys import Key
from vespera_security.tokens.facts import unknown

ALGORITHM: Final = "HS256"
SECONDS: Final = 15 * 60
"""How long an access token holds."""

LEEWAY: Final = 30
"""Seconds by which clocks may differ."""

_REQUIRED: Final = ("exp", "iat", "aud", "iss", "sub", "jti", "fam")


@record(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an access token says: whose it is, of which family, its own id, and until when it holds (seconds)."""

    plugin: str
    family: str
    token_id: str
    until: int


def sign(key: Key, issuer: str, audience: tuple[str, ...], plugin: str, family: str, now: int) -> str:
    """An access token that holds from `now` (microseconds)."""
    issued = now // SECOND
    claims = {
        "iss": issuer, "aud": list(audience), "sub": plugin, "fam": family, "jti": token_hex(16), "iat": issued,
        "exp": issued + SECONDS,
    }  # fmt: skip
    return jwt.encode(claims, key.secret, ALGORITHM, {"kid": key.kid})


def read(token: str, keys: tuple[Key, ...], issuer: str, audience: str) -> Claims:
    """What a token says that one of these keys signed. Raises Unauthenticated for any other."""
    try:
        key = _key_of(token, keys)
        claims = jwt.decode(
            token, key.secret, [ALGORITHM], audience=audience, issuer=issuer, leeway=LEEWAY,
            options={"require": list(_REQUIRED)},
        )  # fmt: skip
        return _checked(claims)
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("The access token has expired.", next="Get another with the refresh token.") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):  # what a hostile header brings up
        raise unknown() from None


def _key_of(token: str, keys: tuple[Key, ...]) -> Key:
    kid = jwt.get_unverified_header(token).get("kid")
    found = next((key for key in keys if key.kid == kid), None)
    if found is None:
        raise unknown()
    return found


def _checked(claims: Mapping[str, Any]) -> Claims:
    """PyJWT has checked the registered claims; ours are texts, and none holds longer than we make them."""
    texts = [claims[name] for name in ("sub", "fam", "jti")]
    if not all(isinstance(one, str) and one for one in texts) or claims["exp"] - claims["iat"] > SECONDS:
        raise unknown()
    plugin, family, token_id = texts
    return Claims(plugin=plugin, family=family, token_id=token_id, until=int(claims["exp"]))
