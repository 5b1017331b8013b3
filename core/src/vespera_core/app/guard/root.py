"""The workspace's root as the guard sees it: an open folder, known by its identity and not by its name."""

from __future__ import annotations

import os
from typing import Final

Identity = tuple[int, int]
"""Device and inode: what a folder is, whatever it is called."""

SEARCH: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
"""How a folder is opened to look things up in it; with O_PATH this needs no permission to list it."""


class Root:
    """The folder that holds `.vespera`, opened once. Names below it are compared as its file system compares them."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.real = os.path.realpath(folder)
        self.parts = _parts(self.real)
        self.fd = os.open(self.real, SEARCH)
        self.identity = identity(os.fstat(self.fd))
        self.folds_case = self._folds_case()
        self.internals = frozenset(found for name in (".vespera", ".git") if (found := self._inside(name)))

    def starts(self, parts: list[str]) -> bool:
        """Whether an absolute path, in its parts, begins with the root's own, and those still lead to the root.

        Parts are compared whole; where they are equal but lead elsewhere by now, a caller walks from the top instead.
        """
        if parts[: len(self.parts)] != self.parts:
            return False
        try:
            return identity(os.stat(self.real)) == self.identity  # noqa: PTH116 - pathlib is dear to import
        except OSError:
            return False

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self.fd)

    def _inside(self, name: str) -> Identity | None:
        try:
            return identity(os.stat(name, dir_fd=self.fd))
        except OSError:
            return None

    def _folds_case(self) -> bool:
        """Whether ``.VESPERA`` is the same folder here."""
        found = self._inside(".vespera")
        return found is not None and found == self._inside(".VESPERA")


def identity(info: os.stat_result) -> Identity:
    """What a file is, whatever it is called."""
    return info.st_dev, info.st_ino


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
