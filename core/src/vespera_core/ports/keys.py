"""The ports of keys: where they are kept, and what encrypts with them.

The core holds no cryptography: it says what is to be encrypted and where that is kept, and plugins do the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import field
from typing import Final, Protocol

from vespera_core.model.basics import Micros
from vespera_core.model.record import record

ENCRYPTION: Final = "encryption"
"""The purpose of keys that encrypt what is at rest."""

SIGNING: Final = "signing"
"""The purpose of keys that sign tokens."""

KEY_BYTES: Final = 32


@record(frozen=True, slots=True, kw_only=True)
class Key:
    """A secret of 32 random bytes. `kid` names it where the secret itself must not stand."""

    kid: str
    secret: bytes = field(repr=False)
    created_at: Micros


class KeyProvider(ABC):
    """Keeps the keys of one workspace, outside of its store. Every method may be called from any thread."""

    @abstractmethod
    def keys(self, purpose: str) -> tuple[Key, ...]:
        """The keys of a purpose as they are kept now, newest first; none where none was made yet.

        Raises KeyFault where they are there and cannot be read, or lie open to other users.
        """

    @abstractmethod
    def add(self, purpose: str, key: Key) -> tuple[Key, ...]:
        """Keep one more key, as the newest, and answer all.

        Where another process added one since `keys` was asked, both are kept. Raises Unsupported where the provider
        only reads what somebody else keeps.
        """

    @abstractmethod
    def retire(self, purpose: str, kid: str) -> tuple[Key, ...]:
        """Stop keeping a key, and answer the others. The newest stays. Raises Unsupported as `add` does."""


class Cipher(ABC):
    """Encrypts with the newest of some keys, and decrypts with any of them."""

    @abstractmethod
    def seal(self, plain: bytes, context: str) -> bytes:
        """What hides `plain`; it opens in the same `context` alone, so that a ciphertext cannot be moved elsewhere."""

    @abstractmethod
    def unseal(self, sealed: bytes, context: str) -> bytes:
        """What was sealed. Raises KeyFault where no key fits, where it was altered, or where the context is another."""


class Vault(Protocol):
    """Keys and what they encrypt, as plugins and services find them on an open workspace."""

    def signing_keys(self) -> tuple[Key, ...]:
        """The keys that sign tokens, newest first; the first one is made where there is none."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """As `Cipher.seal`, with the keys of this workspace. Raises KeyFault, or PluginFault without a cipher."""

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """As `Cipher.unseal`, with the keys of this workspace."""
