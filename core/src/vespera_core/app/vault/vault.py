"""Keys and the cipher of an open workspace, found through hooks when they are first needed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from secrets import token_bytes, token_hex
from threading import RLock
from typing import TYPE_CHECKING, Final

from vespera_core.app.config import Settings, provider_settings
from vespera_core.errors import KeyFault, PluginFault
from vespera_core.model.basics import Micros
from vespera_core.ports.keys import ENCRYPTION, KEY_BYTES, SIGNING, Cipher, Key, KeyProvider
from vespera_core.ports.provider import OpenContext

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.storage import UnitOfWork

HOOK: Final = "vespera_cipher"

CHECK: Final = "check"
"""The ref of a text that was sealed before anything else: whether it opens tells whether keys are those that sealed
what is here. It is random, and digests are mixed with it, since it outlives every key.
"""


class Vault:
    """What `vespera_core.ports.keys.Vault` promises, for one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._lock = RLock()
        self._provider: KeyProvider | None = None
        self._proven: tuple[tuple[Key, ...], Cipher, bytes] | None = None

    @property
    def provider_name(self) -> str:
        """The name of the place where the keys are kept, as it is configured."""
        return (self._kernel.settings or Settings()).keys

    @staticmethod
    def own(secrets: Mapping[str, bytes]) -> list[str]:
        """The refs of secrets that somebody put there: all but the known text."""
        return [ref for ref in secrets if ref != CHECK]

    @property
    def provider(self) -> KeyProvider:
        """Where the keys are kept. Raises PluginFault or ConfigError where the configured place is not on offer."""
        with self._lock:
            if self._provider is None:
                settings = self._kernel.settings or Settings()
                chosen = self._kernel.registry.select("keys", settings.keys)
                context = OpenContext(self._kernel.folder, self._kernel.clock)
                self._provider = chosen.open(provider_settings(chosen, settings, "keys"), context)
            return self._provider

    def signing_keys(self) -> tuple[Key, ...]:
        """The keys that sign tokens, newest first; the first one is made where there is none."""
        return self.provider.keys(SIGNING) or self._first(SIGNING)

    def seal(self, plain: bytes, context: str) -> bytes:
        """As `Cipher.seal`, with the newest key."""
        return self._cipher().seal(plain, context)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """As `Cipher.unseal`, with any of the keys."""
        return self._cipher().unseal(sealed, context)

    def new_key(self, purpose: str) -> Key:
        """Make a key and keep it as the newest: what was sealed or signed before stays good."""
        key = Key(kid=token_hex(4), secret=token_bytes(KEY_BYTES), created_at=Micros(self._kernel.clock()))
        self.provider.add(purpose, key)
        return key

    def mixing_key(self) -> bytes:
        """A secret for digests that must tell nothing of what was digested."""
        return hmac.digest(self._opened()[1], b"vespera mixing", "sha256")

    def check(self) -> None:
        """Raise KeyFault unless the keys that are there open what is sealed. Nothing sealed: nothing is asked for."""
        with self._kernel.storage.read() as reader:
            if not reader.secrets([CHECK]):
                return
        self._cipher()

    def _encrypting(self) -> tuple[Key, ...]:
        """The keys that encrypt. The first one is made where nothing is sealed yet, and never where something is."""
        found = self.provider.keys(ENCRYPTION)
        if found:
            return found
        with self._kernel.storage.read() as reader:
            if reader.secrets():
                raise KeyFault(
                    "There are sealed secrets here, and no key that opens them. Nothing was changed.",
                    next="Put back the copy of the keys that was kept apart from the workspace.",
                )
        return self._first(ENCRYPTION)

    def _first(self, purpose: str) -> tuple[Key, ...]:
        with self._lock:
            found = self.provider.keys(purpose)
            if found:
                return found
            self.new_key(purpose)
            return self.provider.keys(purpose)

    def _cipher(self) -> Cipher:
        return self._opened()[0]

    def _opened(self) -> tuple[Cipher, bytes]:
        """The cipher, and the text that proves its keys. Raises KeyFault for keys that are not those of this store."""
        keys = self._encrypting()
        try:
            return self._with(keys)
        except KeyFault:
            newer = self.provider.keys(ENCRYPTION)
            if newer == keys:
                raise
            return self._with(newer)  # another process made the first key in the same moment

    def _with(self, keys: tuple[Key, ...]) -> tuple[Cipher, bytes]:
        with self._lock:
            if self._proven is None or self._proven[0] != keys:
                cipher = self.cipher_of(keys)
                self._proven = keys, cipher, self._prove(cipher)
            return self._proven[1:]

    def _prove(self, cipher: Cipher) -> bytes:
        with self._kernel.storage.read() as reader:
            known = reader.secrets([CHECK]).get(CHECK)
        if known is None:
            sealed = cipher.seal(token_bytes(KEY_BYTES), CHECK)
            known = self._kernel.storage.write(lambda unit: _first_known(unit, sealed))
        return cipher.unseal(known, CHECK)

    def cipher_of(self, keys: tuple[Key, ...]) -> Cipher:
        """The cipher that a plugin makes of these keys. Raises PluginFault where none encrypts."""
        for plugin, answer in reversed(list(self._kernel.plugins.call_each(HOOK, keys=keys))):
            if isinstance(answer, KeyFault):
                raise answer
            if isinstance(answer, Exception):
                self._kernel.plugins.fail(plugin, HOOK, answer)
            elif answer is not None:
                found: Cipher = answer
                return found
        raise PluginFault(
            "Nothing installed here encrypts, and secrets are never stored in clear.",
            next="Install it with: pip install vespera-security",
        )


def _first_known(unit: UnitOfWork, sealed: bytes) -> bytes:
    """What proves the keys from now on: this, or what another process was quicker to put there."""
    there = unit.secrets([CHECK]).get(CHECK)
    if there is None:
        unit.put_secrets({CHECK: sealed})
    return sealed if there is None else there
