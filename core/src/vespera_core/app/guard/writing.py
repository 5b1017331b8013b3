"""Writing files that belong to others: whole or not at all, with what stood there kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from vespera_core.errors import Conflict, EnvironmentFault

BACKUP: Final = ".before-vespera"


def backed_up(path: Path) -> Path | None:
    """Copy a file beside itself, under a name that is free. None where there is no file."""
    if not path.exists():
        return None
    data, mode = path.read_bytes(), path.stat().st_mode & 0o777
    number = 0
    while True:
        copy = path.with_name(f"{path.name}{BACKUP}{f'-{number}' if number else ''}")
        try:
            fd = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            if copy.read_bytes() == data:
                return copy
            number += 1
            continue
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
        return copy


def replaced(path: Path, before: str, text: str, mode: int = 0o644) -> None:
    """Put a text in the place of what was read before, following a link to where it leads, keeping its mode.

    Raises Conflict where somebody else changed the file meanwhile.
    """
    goal = path.resolve()
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        present = goal.read_bytes() if goal.exists() else b""
        if present != before.encode():
            raise Conflict(f"{path} changed while it was worked on.", next="Repeat the command.")
        kept = goal.stat().st_mode & 0o777 if goal.exists() else mode
        draft = goal.with_name(f".{goal.name}.{os.getpid()}.part")
        try:
            with draft.open("xb") as stream:
                stream.write(text.encode())
                stream.flush()
                os.fsync(stream.fileno())
            draft.chmod(kept)
            draft.replace(goal)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            f"{path} cannot be written: {error.strerror or error}.", next="Check who owns it and its folder."
        ) from error
