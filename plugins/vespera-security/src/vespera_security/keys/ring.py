"""The ring: the keys of all purposes as JSON text, the one form in which files and key rings keep them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from vespera_core.errors import KeyFault, NotFound
from vespera_core.model.basics import Micros
from vespera_core.ports.keys import KEY_BYTES, Key

Ring = Mapping[str, tuple[Key, ...]]
"""Keys by purpose, newest first."""

_VERSION: Final = 1


def written(ring: Ring) -> str:
    """A ring as text."""
    purposes = {purpose: [_row(key) for key in keys] for purpose, keys in sorted(ring.items())}
    return json.dumps({"version": _VERSION, "keys": purposes}, indent=1) + "\n"


def read(text: str, place: str) -> dict[str, tuple[Key, ...]]:
    """The ring in a text; `place` says in errors where it stands. Raises KeyFault, which tells nothing of the text."""
    try:
        document = json.loads(text)
        if document["version"] != _VERSION:
            raise KeyFault(f"{place} was written by a newer version of Vespera.", next="Update vespera-security.")
        return {str(purpose): tuple(map(_key, rows)) for purpose, rows in document["keys"].items()}
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        raise KeyFault(
            f"{place} is damaged: it holds no keys that can be read. Nothing was changed.",
            next="Put back the copy of the keys that was kept apart from the workspace.",
        ) from None


def with_key(ring: Ring, purpose: str, key: Key) -> dict[str, tuple[Key, ...]]:
    """A ring with one more key, as the newest of its purpose."""
    others = tuple(one for one in ring.get(purpose, ()) if one.kid != key.kid)
    return {**ring, purpose: (key, *others)}


def without(ring: Ring, purpose: str, kid: str) -> dict[str, tuple[Key, ...]]:
    """A ring without a key. Raises NotFound for a key that is not there, and for the newest, which stays."""
    keys = ring.get(purpose, ())
    if kid not in [one.kid for one in keys[1:]]:
        raise NotFound(f"There is no older key {kid!r} for {purpose}.", next="Run 'vespera keys status' to see them.")
    return {**ring, purpose: tuple(one for one in keys if one.kid != kid)}


def key_of(secret: bytes, created_at: int = 0) -> Key:
    """A key that is named after its secret, for places that keep no names. Raises KeyFault for a short one."""
    if len(secret) != KEY_BYTES:
        raise KeyFault(f"A key has {KEY_BYTES} bytes; one of {len(secret)} was given.")
    return Key(kid=sha256(b"vespera key name" + secret).hexdigest()[:8], secret=secret, created_at=Micros(created_at))


def _row(key: Key) -> dict[str, Any]:
    return {"kid": key.kid, "secret": b64encode(key.secret).decode(), "created_at": key.created_at}


def _key(row: dict[str, Any]) -> Key:
    secret = b64decode(row["secret"], validate=True)
    if len(secret) != KEY_BYTES or not isinstance(row["kid"], str):
        raise ValueError
    return Key(kid=row["kid"], secret=secret, created_at=Micros(int(row["created_at"])))
