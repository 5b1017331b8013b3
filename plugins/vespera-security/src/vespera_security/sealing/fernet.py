"""Encryption with Fernet (AES-128 in CBC mode with HMAC-SHA256), bound to a context.

Fernet knows no associated data: a digest of the context stands before the plain text, inside of what is encrypted and
authenticated, and is compared when it is opened. Tokens are kept as bytes, not as the Base64 text that Fernet makes of
them: several such texts say the same, and what was altered in one would go unnoticed.

The specification: https://github.com/fernet/spec.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from vespera_core.errors import KeyFault
from vespera_core.ports.keys import Cipher, Key

_MARK: Final = b"v1"
_DIGEST: Final = 16
"""Bytes of the context's SHA-256 that are kept."""

_KID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""Names of keys: they stand before what they sealed, and end with a full stop."""


class FernetCipher(Cipher):
    """Seals with the first key, and opens with each in turn. What is sealed is ``v1.KID.`` and the token's bytes."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self._newest = _name(keys[0])
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(key.secret)) for key in keys])

    def seal(self, plain: bytes, context: str) -> bytes:
        """As `Cipher.seal`."""
        token = self._fernet.encrypt(_digest(context, self._newest) + plain)
        return b".".join((_MARK, self._newest, urlsafe_b64decode(token)))

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """As `Cipher.unseal`."""
        mark, _, rest = sealed.partition(b".")
        kid, _, token = rest.partition(b".")
        try:
            opened = self._fernet.decrypt(urlsafe_b64encode(token))
        except InvalidToken:
            raise KeyFault(
                f"A secret cannot be opened: it was altered, or the key {kid[:16].decode('ascii', 'replace')!r} that "
                f"sealed it is not among the keys."
            ) from None
        if mark != _MARK or not compare_digest(opened[:_DIGEST], _digest(context, kid)):
            raise KeyFault("A secret cannot be opened: it was sealed for another place.")
        return opened[_DIGEST:]


def _name(key: Key) -> bytes:
    if _KID.fullmatch(key.kid) is None:
        raise KeyFault(
            f"A key cannot be named {key.kid[:100]!r}: names are letters, digits, - and _.",
            next="Give the key another name where it is kept.",
        )
    return key.kid.encode()


def _digest(context: str, kid: bytes) -> bytes:
    return sha256(kid + b" " + context.encode()).digest()[:_DIGEST]
