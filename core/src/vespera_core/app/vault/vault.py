"""Keys and the cipher of an open workspace, found through hooks when they are first needed."""

from __future__ import annotations

from secrets import token_bytes, token_hex
from threading import RLock
from typing import TYPE_CHECKING, Final

from vespera_core.app.config import Settings, provider_settings
from vespera_core.errors import PluginFault
from vespera_core.model.basics import Micros
from vespera_core.ports.keys import ENCRYPTION, KEY_BYTES, SIGNING, Cipher, Key, KeyProvider
from vespera_core.ports.provider import OpenContext

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

HOOK: Final = "vespera_cipher"


class Vault:
    """What `vespera_core.ports.keys.Vault` promises, for one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._lock = RLock()
        self._provider: KeyProvider | None = None
        self._ciphers: dict[tuple[str, ...], Cipher] = {}

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
        return self._keys(SIGNING)

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

    def _keys(self, purpose: str) -> tuple[Key, ...]:
        with self._lock:
            found = self.provider.keys(purpose)
            if found:
                return found
            self.new_key(purpose)
            return self.provider.keys(purpose)

    def _cipher(self) -> Cipher:
        keys = self._keys(ENCRYPTION)
        names = tuple(key.kid for key in keys)
        with self._lock:
            if names not in self._ciphers:
                self._ciphers = {names: self._made(keys)}
            return self._ciphers[names]

    def _made(self, keys: tuple[Key, ...]) -> Cipher:
        for plugin, answer in reversed(list(self._kernel.plugins.call_each(HOOK, keys=keys))):
            if isinstance(answer, Exception):
                self._kernel.plugins.fail(plugin, HOOK, answer)
            elif answer is not None:
                found: Cipher = answer
                return found
        raise PluginFault(
            "Nothing installed here encrypts, and secrets are never stored in clear.",
            next="Install it with: pip install vespera-security",
        )
