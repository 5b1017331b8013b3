"""The folder of the graph: its files by name, its one owner, and the descriptor that must stay open."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from vespera_core.errors import EngineFault
from vespera_kuzu.manifest import digest_of_file

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: the engine's own lock is all there is
    fcntl = None  # type: ignore[assignment]

GRAPH: Final = "graph.kuzu"
LOG: Final = f"{GRAPH}.wal"
_LOCK: Final = "owner.lock"


class Folder:
    """Where the graph lies. The owner's lock is apart from the engine's, which two places of one process can share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.graph = path / GRAPH
        self._lock: int | None = None
        self._held: int | None = None
        self._log_end = 0
        self._log_digest = hashlib.sha256()

    def claim(self) -> bool:
        """Become the one owner, for as long as the process lives or until `release`; False: there is another one."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EngineFault(
                f"The graph's folder cannot be used: {error}.",
                next="Check who may write the folder .vespera, and the space on its disk.",
            ) from error
        try:
            if fcntl is not None:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True

    def hold(self) -> int:
        """A descriptor of the graph's file for reading, open until `release`.

        It is opened once: closing any descriptor of a file takes the engine's lock on it away from the whole process.
        """
        if self._held is None:
            self._held = os.open(self.graph, os.O_RDONLY | os.O_CLOEXEC)
        return self._held

    def digest(self) -> str:
        """SHA-256 of the graph's file."""
        return digest_of_file(self.hold())

    def files(self) -> list[str]:
        """Names of the engine's files."""
        return sorted(path.name for path in self.path.glob(f"{GRAPH}*"))

    def log_bytes(self) -> int:
        """How much the engine has written beside its file: 0 once everything is folded in."""
        return sum((self.path / name).stat().st_size for name in self.files() if name != GRAPH)

    def log(self, most: int | None = None) -> tuple[int, str]:
        """How long the write-ahead log is, and its SHA-256; of its first bytes, where `most` is given.

        The log only grows until it is folded in, so that only what came since the last time is read.
        """
        path = self.path / LOG
        size = path.stat().st_size if path.exists() else 0
        size = size if most is None else min(size, most)
        if size < self._log_end:
            self._log_end, self._log_digest = 0, hashlib.sha256()
        if size > self._log_end:
            with path.open("rb") as file:
                file.seek(self._log_end)
                self._log_digest.update(file.read(size - self._log_end))
            self._log_end = size
        return size, self._log_digest.hexdigest()

    def release(self) -> None:
        """Let go, after the engine has."""
        for descriptor in (self._held, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._held = self._lock = None
