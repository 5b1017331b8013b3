"""Sealing everything anew with the newest key, in small transactions that hold nobody up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vespera_core.app.vault.hiding import context_of
from vespera_core.app.vault.vault import CHECK
from vespera_core.errors import KeyFault
from vespera_core.model.sensitive import is_ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.keys import Cipher, Key, Vault
    from vespera_core.ports.storage import UnitOfWork

_BATCH: Final = 200


def reseal(kernel: Kernel) -> int:
    """Seal every secret anew; answers how many, but for the text that proves the keys.

    What changed meanwhile is left alone: whoever wrote it had the new key, or one that is kept until the next time.
    What no key opens is left alone as well. The text that proves the keys comes last, as the sign that all is done.
    """
    with kernel.storage.read() as reader:
        refs = kernel.vault.own(reader.secrets())
    done = sum(_batch(kernel, refs[start : start + _BATCH]) for start in range(0, len(refs), _BATCH))
    _batch(kernel, [CHECK])
    return done


def is_finished(kernel: Kernel, newest: Key) -> bool:
    """Whether everything was sealed with the newest key: else a rotation was interrupted, or the key came by itself."""
    return CHECK not in unopened(kernel, (newest,), (CHECK,))


def unopened(kernel: Kernel, keys: tuple[Key, ...] | None = None, refs: Sequence[str] | None = None) -> list[str]:
    """The refs of secrets, or of those given, that the keys that are there, or these alone, do not open."""
    with kernel.storage.read() as reader:
        secrets = reader.secrets(refs)
    if not secrets:
        return []
    cipher = kernel.vault if keys is None else kernel.vault.cipher_of(keys)
    return [ref for ref, sealed in secrets.items() if _plain(cipher, ref, sealed) is None]


def _batch(kernel: Kernel, refs: list[str]) -> int:
    with kernel.storage.read() as reader:
        old = reader.secrets(refs)
    vault = kernel.vault
    plain = {ref: _plain(vault, ref, sealed) for ref, sealed in old.items()}
    new = {ref: vault.seal(text, _context(ref)) for ref, text in plain.items() if text is not None}
    kernel.storage.write(lambda unit: _swap(unit, old, new))
    return len(new)


def _swap(unit: UnitOfWork, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> None:
    same = unit.secrets(list(new))
    unit.put_secrets({ref: sealed for ref, sealed in new.items() if same.get(ref) == old[ref]})


def _plain(opener: Cipher | Vault, ref: str, sealed: bytes) -> bytes | None:
    """What is sealed; None where it does not open."""
    try:
        return opener.unseal(sealed, _context(ref))
    except KeyFault:
        return None


def _context(ref: str) -> str:
    """What a secret is bound to: sensitive maps say what they are, every other secret is bound to its own ref."""
    return context_of(ref) if is_ref(ref) else ref
