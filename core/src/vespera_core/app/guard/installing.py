"""Installing the guard where work happens: in an agent's client, and in git."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from vespera_core.app.guard import githook, settings
from vespera_core.model.record import record

PLACES: Final = ("claude-code", "pre-commit")


@record(frozen=True, slots=True, kw_only=True)
class InstallAnswer:
    """How a place stands: `state` ``installed``, ``outdated`` or ``absent``; whether that is new, and what was kept."""

    place: str
    file: str
    state: str
    changed: bool = False
    kept: str | None = None


def look(place: str, root: Path, role: str | None) -> InstallAnswer:
    """How a place stands; nothing is touched."""
    _, file, state, _ = _of(place, root, role)
    return InstallAnswer(place=place, file=str(file), state=state)


def install(place: str, root: Path, role: str | None) -> InstallAnswer:
    """Put the guard in a place, beside what is there; a second time changes nothing."""
    room, file, _, words = _of(place, root, role)
    changed, kept = room.install(root if room is settings else file, words)
    return InstallAnswer(
        place=place, file=str(file), state="installed", changed=changed, kept=None if kept is None else str(kept)
    )


def remove(place: str, root: Path) -> InstallAnswer:
    """Take the guard out of a place, and leave everything else there as it is."""
    room, file, _, _ = _of(place, root, None)
    changed = room.remove(root if room is settings else file)
    return InstallAnswer(place=place, file=str(file), state="absent", changed=changed)


def _of(place: str, root: Path, role: str | None) -> tuple[Any, Path, str, str]:
    """The module of a place, its file, how that stands, and the words that belong in it."""
    program = settings.program()
    if place == "claude-code":
        words = settings.command(program, role)
        return settings, root / settings.FILE, settings.state(root, words), words
    file, words = githook.hook_file(root), githook.script(program, root, role)
    return githook, file, githook.state(file, words), words
