"""Where an index lies: `.vespera/KIND/NAME/`, with a lock and a folder for each generation of it.

Beside each generation's folder lies a note of the core. Only folders with such a note are ever removed. In it lie the
engine's folder and a seal of the core: an engine whose folder was deleted makes it anew in silence, and the seal is
what it does not make.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from vespera_core.app.projections.locks import ProcessLock
from vespera_core.errors import ConfigError, EngineFault

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NOTE: Final = re.compile(r"g([1-9][0-9]{0,8})\.json")
_SEAL: Final = "seal"
_FILES: Final = "files"
_SPARE: Final = 16 << 20
"""Bytes that must be free before an engine writes: both that we know hang or spin where space ends on the way."""


class Place:
    """The folder of one index."""

    def __init__(self, workspace: Path, kind: str, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"The {kind} {name!r} cannot be kept: its name is no file name.",
                next="Report it to the authors of the plugin that offers it.",
            )
        self.root = workspace / kind / name
        self.lock = ProcessLock(self.root / "lock")

    def _whole(self, generation: int) -> Path:
        return self.root / f"g{generation}"

    def folder(self, generation: int) -> Path:
        """Where the engine's files of a generation are."""
        return self._whole(generation) / _FILES

    def _note(self, generation: int) -> Path:
        return self.root / f"g{generation}.json"

    def generations(self) -> list[int]:
        """Numbers of the generations that the core has made here, finished or not."""
        if not self.root.is_dir():
            return []
        return sorted(int(found[1]) for path in self.root.iterdir() if (found := _NOTE.fullmatch(path.name)))

    def free_number(self, after: int) -> int:
        """The next number that nothing here has."""
        number = after + 1
        while self._whole(number).exists() or self._note(number).exists():
            number += 1
        return number

    def make(self, generation: int, about: dict[str, Any]) -> Path:
        """Make the empty folder of a generation, and its note. Raises EngineFault where that cannot be."""
        try:
            self.note(generation, about)
            self._whole(generation).mkdir(mode=0o700)
            (self._whole(generation) / _SEAL).touch(mode=0o600)
            self.folder(generation).mkdir(mode=0o700)
        except OSError as error:
            raise _unwritten(self.folder(generation), error) from error
        return self.folder(generation)

    def is_there(self, generation: int) -> bool:
        """Whether a generation's folder is the one that was made here, whatever became of the engine's files."""
        return self.folder(generation).is_dir() and (self._whole(generation) / _SEAL).exists()

    def note(self, generation: int, about: dict[str, Any]) -> None:
        """Write down what a generation is, whole or not at all. Raises EngineFault where that cannot be."""
        path = self._note(generation)
        part = path.with_suffix(".part")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(about), encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise _unwritten(path, error) from error

    def check_space(self, needed: int = 0) -> None:
        """Raise EngineFault where not so many bytes are free here, and some to spare."""
        try:
            free = shutil.disk_usage(self.root).free
        except OSError as error:
            raise _unwritten(self.root, error) from error
        if free < needed + _SPARE:
            raise EngineFault(
                f"The disk of {self.root} is full: {free >> 20} MB are free, and {needed + _SPARE >> 20} are needed.",
                next="Make room on that disk; what is there goes on answering, or else the store does.",
            )

    def size(self, generation: int) -> int:
        """About how many bytes the files of a generation have; an engine may be at work on them."""
        found = 0
        for path in self.folder(generation).rglob("*"):
            with suppress(OSError):
                found += path.lstat().st_size
        return found

    def about(self, generation: int) -> dict[str, Any]:
        """What was noted of a generation; nothing where the note is gone or damaged."""
        try:
            about = json.loads(self._note(generation).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return about if isinstance(about, dict) else {}

    def remove(self, generation: int) -> None:
        """Delete a generation's files, the note last: what is interrupted is found again and finished."""
        folder, note = self._whole(generation), self._note(generation)
        if note.exists():
            if folder.is_symlink():
                folder.unlink()
            elif folder.exists():
                shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                note.unlink(missing_ok=True)


def _unwritten(path: Path, error: OSError) -> EngineFault:
    return EngineFault(
        f"{path} cannot be made: {error.strerror or error}.",
        next="Check the space on the disk, and who may write the folder .vespera.",
    )
