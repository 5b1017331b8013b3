"""A fair lock between processes, on a file beside the store.

SQLite's own busy wait polls, so that with eight writers some wait for more than a second while others pass again and
again. Here a writer first takes the turnstile, then the lock, then frees the turnstile: whoever has just written
stands behind the one that waits. The kernel frees both when a process dies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread

from vespera_core.errors import StoreBusy

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock: there SQLite's own wait is all there is
    fcntl = None  # type: ignore[assignment]


class FileLock:
    """Two locked files, `PATH` and `PATH.next`; one holder at a time over all processes and instances."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptors: tuple[int, int] | None = None

    def _open(self) -> tuple[int, int]:
        if self._descriptors is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptors = os.open(self._path, flags, 0o600), os.open(f"{self._path}.next", flags, 0o600)
        return self._descriptors

    @contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        """Hold the lock for the length of a ``with`` block; raises StoreBusy after `timeout` seconds of waiting."""
        self.acquire(timeout)
        try:
            yield
        finally:
            self.release()

    def acquire(self, timeout: float) -> None:
        if fcntl is None:  # pragma: no cover
            return
        lock, turnstile = self._open()
        try:
            _take(turnstile, timeout, self._path)
            _take(lock, timeout, self._path)
        except BaseException:
            self.close()  # a waiter that was given up on may still own a copy of these descriptors
            raise
        fcntl.flock(turnstile, fcntl.LOCK_UN)

    def release(self) -> None:
        if fcntl is not None and self._descriptors is not None:
            fcntl.flock(self._descriptors[0], fcntl.LOCK_UN)

    def close(self) -> None:
        descriptors, self._descriptors = self._descriptors, None
        for descriptor in descriptors or ():
            os.close(descriptor)


def _take(descriptor: int, timeout: float, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not _Waiter(descriptor).wait(timeout):
            raise StoreBusy(f"Another process has kept {path} locked for {timeout:g} seconds.") from None


class _Waiter:
    """Waits in the kernel's queue, which is in order, from a thread that can be given up on."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._guard = Lock()
        self._given_up = False
        self._taken = False

    def wait(self, timeout: float) -> bool:
        thread = Thread(target=self._run, daemon=True)
        thread.start()
        try:
            thread.join(timeout)
        finally:
            with self._guard:
                self._given_up = not self._taken
        return not self._given_up

    def _run(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with self._guard:
            if self._given_up:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._taken = True
        os.close(self._descriptor)
