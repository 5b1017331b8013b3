"""Disks that fail: a watched disk that refuses an operation, a small disk of memory, a limit on the size of files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from reliability.support.disk import Disk, Op

ERRORS: Final[dict[str, type[apsw.Error]]] = {"full": apsw.FullError, "input/output error": apsw.IOError}

CODES: Final[dict[type[apsw.Error], int]] = {
    apsw.FullError: apsw.SQLITE_FULL,
    apsw.IOError: apsw.SQLITE_IOERR_WRITE,
}


class FailingDisk(Disk):
    """A disk whose n-th change fails, and every one after it until it is mended."""

    def __init__(self, name: str, error: str) -> None:
        self._error = ERRORS[error]
        self._left: int | None = None
        self.failures = 0
        super().__init__(name)

    def fail_at(self, number: int) -> None:
        """Let `number` more changes pass."""
        self._left, self.failures = number, 0

    def mend(self) -> None:
        """Work again."""
        self._left = None

    def before(self, op: Op) -> None:
        if self._left is None:
            return
        if self._left == 0:
            self.failures += 1
            error = self._error(f"planted: the disk refuses to {op.kind} {Path(op.file).name}")
            error.extendedresult = CODES[self._error]
            raise error
        self._left -= 1


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system in memory with room for `size` bytes; raises OSError where mounting is not permitted."""
    folder.mkdir()
    options = f"size={size},mode=0700"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
