"""Keys of a ledger that lives in this process's memory alone: they end with it, as what they encrypt does."""

from __future__ import annotations

from threading import Lock

from vespera_core.ports.keys import Key, KeyProvider
from vespera_security.keys.ring import Ring, with_key, without


class ProcessKeys(KeyProvider):
    """A ring in memory."""

    def __init__(self) -> None:
        self._ring: Ring = {}
        self._lock = Lock()

    def keys(self, purpose: str) -> tuple[Key, ...]:
        """As `KeyProvider.keys`."""
        return self._ring.get(purpose, ())

    def add(self, purpose: str, key: Key) -> tuple[Key, ...]:
        """As `KeyProvider.add`."""
        with self._lock:
            self._ring = with_key(self._ring, purpose, key)
            return self._ring[purpose]

    def retire(self, purpose: str, kid: str) -> tuple[Key, ...]:
        """As `KeyProvider.retire`."""
        with self._lock:
            self._ring = without(self._ring, purpose, kid)
            return self._ring[purpose]
