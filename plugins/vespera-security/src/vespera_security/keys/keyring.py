"""Keys in the key ring of the operating system, through the package keyring."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, Final

from vespera_core.errors import KeyFault
from vespera_core.ports.keys import Key, KeyProvider
from vespera_security.keys.ring import Ring, read, with_key, without, written

SERVICE: Final = "vespera"


class KeyringKeys(KeyProvider):
    """One entry of the key ring, named after the workspace's folder.

    Key rings know no transaction: of two processes that change the entry in the same moment, one may lose its change.
    """

    def __init__(self, folder: Path) -> None:
        self._name = str(folder.resolve())
        self._lock = Lock()
        self._backend = _backend()

    def keys(self, purpose: str) -> tuple[Key, ...]:
        """As `KeyProvider.keys`."""
        return self._ring().get(purpose, ())

    def add(self, purpose: str, key: Key) -> tuple[Key, ...]:
        """As `KeyProvider.add`."""
        with self._lock:
            return self._kept(with_key(self._ring(), purpose, key))[purpose]

    def retire(self, purpose: str, kid: str) -> tuple[Key, ...]:
        """As `KeyProvider.retire`."""
        with self._lock:
            return self._kept(without(self._ring(), purpose, kid))[purpose]

    def _ring(self) -> Ring:
        try:
            text = self._backend.get_password(SERVICE, self._name)
        except Exception as error:
            raise _fault(error) from error
        return read(text, "The entry in the key ring") if text else {}

    def _kept(self, ring: Ring) -> Ring:
        try:
            self._backend.set_password(SERVICE, self._name, written(ring))
        except Exception as error:
            raise _fault(error) from error
        return ring


def _backend() -> Any:
    try:
        import keyring
    except ImportError:
        raise KeyFault(
            "The package keyring is not installed.", next="Install it with: pip install 'vespera-security[keyring]'"
        ) from None
    return keyring


def _fault(error: Exception) -> KeyFault:
    return KeyFault(
        f"The key ring of the system did not answer: {type(error).__name__}: {error}.",
        next="Unlock it, or keep the keys in a file: vespera config set keys file",
    )
