"""Keys in a file of the workspace that only its owner can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vespera_core.errors import KeyFault
from vespera_core.ports.keys import Key, KeyProvider
from vespera_security.keys.ring import Ring, read, with_key, without, written

FILE: Final = "keys.json"
_LOCK: Final = "keys.lock"
_PRIVATE: Final = 0o600


class FileKeys(KeyProvider):
    """One file, replaced as a whole: whoever reads it meanwhile finds the old keys or the new ones."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = folder / _LOCK

    def keys(self, purpose: str) -> tuple[Key, ...]:
        """As `KeyProvider.keys`."""
        return self._ring().get(purpose, ())

    def add(self, purpose: str, key: Key) -> tuple[Key, ...]:
        """As `KeyProvider.add`; durable when it answers."""
        return self._change(lambda ring: with_key(ring, purpose, key))[purpose]

    def retire(self, purpose: str, kid: str) -> tuple[Key, ...]:
        """As `KeyProvider.retire`."""
        return self._change(lambda ring: without(ring, purpose, kid))[purpose]

    def _change(self, change: Callable[[Ring], Ring]) -> Ring:
        with self._alone():
            ring = change(self._ring())
            try:
                _replace(self._path, written(ring))
            except OSError as error:
                raise KeyFault(f"{self._path} cannot be written: {error.strerror or error}.") from error
            return ring

    def _ring(self) -> dict[str, tuple[Key, ...]]:
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)  # or a pipe waits
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise KeyFault(f"{self._path} cannot be read: {error.strerror or error}.") from error
        with os.fdopen(handle, encoding="utf-8", errors="replace") as file:
            self._check(os.fstat(handle))
            return read(file.read(), str(self._path))

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise KeyFault(f"{self._path} is not a file.")
        if found.st_uid != os.geteuid():
            raise KeyFault(f"{self._path} belongs to another user, who may know the keys or change them.")
        if found.st_mode & 0o077:
            raise KeyFault(
                f"{self._path} can be read by other users (mode {stat.S_IMODE(found.st_mode):03o}).",
                next=f"Make it private with: chmod 600 {self._path}. If others may have read it, rotate the keys then.",
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes the file."""
        import fcntl

        try:
            handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _PRIVATE)
        except OSError as error:
            raise KeyFault(f"{self._lock} cannot be opened: {error.strerror or error}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _replace(path: Path, text: str) -> None:
    """Put a private file in place of another: on the disk before it is seen, and seen before this returns."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
