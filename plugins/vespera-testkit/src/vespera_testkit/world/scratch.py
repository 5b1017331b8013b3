"""A place for files that live as long as one test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for many short-lived stores: in memory where the machine has such a disk, gone afterwards."""
    shared = Path("/dev/shm")  # noqa: S108 - the folder made below is this process's alone
    folder = Path(mkdtemp(prefix="vespera-", dir=shared if os.access(shared, os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
