"""Locks between processes, freed by the system when their last holder dies."""

from __future__ import annotations

import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock: there no process hosts an index or leads a service
    fcntl = None  # type: ignore[assignment]


class ProcessLock:
    """A locked file. One process at a time holds it, with the children that inherited it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock without waiting; answers whether it is held now. A folder that cannot be written: False."""
        if self.descriptor is not None:
            if self._is_there(self.descriptor):
                return True
            self.free()  # whoever comes next would lock another file: it is no lock any more
        if fcntl is None:  # pragma: no cover
            return False
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self.descriptor = descriptor
        return True

    def _is_there(self, descriptor: int) -> bool:
        """Whether the locked file is the one that others find; its folder may have been deleted."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except OSError:
            return False

    def free(self) -> None:
        """Let go of it; a child that inherited it keeps it until it ends. Freeing twice is fine."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # an explicit unlock would take it from the child as well

    @property
    def is_held_elsewhere(self) -> bool:
        """Whether another holder is alive."""
        if self.descriptor is not None or not self._path.exists():
            return False
        taken = self.take()
        self.free()
        return not taken
