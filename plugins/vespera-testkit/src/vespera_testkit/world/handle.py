"""An opened back end in its folder, which may be closed, or killed, and opened again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Generic, Protocol, TypeVar


class Closing(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Let go of everything."""


T = TypeVar("T", bound=Closing)


class Handle(Generic[T]):
    """A back end, the folder that it was given, and how a folder is opened."""

    def __init__(self, opening: Callable[[Path], T], folder: Path) -> None:
        self._opening = opening
        self.folder = folder
        self.inner = opening(folder)

    def reopen(self) -> None:
        """Close it, and go on with what is found in its folder."""
        self.inner.close()
        self.inner = self._opening(self.folder)

    def crash(self) -> None:
        """Go on with what stands in the folder at this moment, as after a kill: without what `close` would write."""
        copy = Path(mkdtemp(dir=self.folder.parent)) / "files"
        shutil.copytree(self.folder, copy)
        self.inner.close()
        self.folder = copy
        self.inner = self._opening(copy)

    def close(self) -> None:
        """Close it, twice: that is fine."""
        self.inner.close()
        self.inner.close()
