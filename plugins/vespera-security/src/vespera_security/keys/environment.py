"""Keys from the environment, where something else keeps them: an orchestrator's secrets, or a start script."""

from __future__ import annotations

import os
from base64 import b64decode
from typing import Final, NoReturn

from vespera_core.errors import KeyFault, Unsupported
from vespera_core.ports.keys import ENCRYPTION, SIGNING, Key, KeyProvider
from vespera_security.keys.ring import key_of

VARIABLES: Final = {ENCRYPTION: "VESPERA_ENCRYPTION_KEYS", SIGNING: "VESPERA_SIGNING_KEYS"}
"""The variable of each purpose: keys of 32 bytes as Base64, separated by commas, newest first."""


class EnvironmentKeys(KeyProvider):
    """Reads keys, and keeps none."""

    def keys(self, purpose: str) -> tuple[Key, ...]:
        """As `KeyProvider.keys`."""
        variable = VARIABLES.get(purpose, "")
        return tuple(self._key(word.strip(), variable) for word in os.environ.get(variable, "").split(",") if word)

    def add(self, purpose: str, key: Key) -> NoReturn:  # noqa: ARG002 - the port says so
        """Raises Unsupported: the environment belongs to whoever starts the process."""
        raise self._read_only(purpose)

    def retire(self, purpose: str, kid: str) -> NoReturn:  # noqa: ARG002 - the port says so
        """Raises Unsupported, as `add` does."""
        raise self._read_only(purpose)

    def _key(self, word: str, variable: str) -> Key:
        try:
            return key_of(b64decode(word, altchars=b"-_" if set("-_") & set(word) else None, validate=True))
        except (ValueError, KeyFault):
            raise KeyFault(
                f"{variable} holds what is no key.",
                next="A key is 32 random bytes as Base64; several are separated by commas, the newest first.",
            ) from None

    def _read_only(self, purpose: str) -> Unsupported:
        variable = VARIABLES.get(purpose, "the environment")
        return Unsupported(
            f"The keys for {purpose} come from {variable}, which Vespera only reads.",
            next=f"Put a new key of 32 random bytes, as Base64, before the others in {variable}, and start again.",
        )
