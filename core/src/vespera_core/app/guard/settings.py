"""Installing the hook in Claude Code's settings of a project, beside whatever else stands there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from vespera_core.app.guard import jsonfile
from vespera_core.app.guard.claude import EVENT
from vespera_core.app.guard.writing import backed_up

FILE: Final = ".claude/settings.json"
_OURS: Final = "guard hook claude-code"


def state(root: Path, command: str) -> str:
    """``installed``, ``outdated`` (another command of ours stands there) or ``absent``."""
    found = [one["command"] for one in _handlers(_read(root / FILE)[1]) if _is_ours(one)]
    return "absent" if not found else "installed" if found == [command] else "outdated"


def install(root: Path, command: str) -> tuple[bool, Path | None]:
    """Have the client call `command` before each use of a tool. Whether that changed anything, and the backup."""
    path = root / FILE
    if state(root, command) == "installed":
        return False, None
    text, settings = _read(path)
    backup = backed_up(path) if text and not any(map(_is_ours, _handlers(settings))) else None
    _take_out(settings)
    entries = settings.setdefault("hooks", {}).setdefault(EVENT, [])
    entries.append({"matcher": "*", "hooks": [{"type": "command", "command": command}]})
    jsonfile.write(path, text, settings)
    return True, backup


def remove(root: Path) -> bool:
    """Take our hook out, and what stays empty without it. Whether it was there."""
    path = root / FILE
    text, settings = _read(path)
    if not any(map(_is_ours, _handlers(settings))):
        return False
    _take_out(settings)
    jsonfile.write(path, text, settings)
    return True


def _is_ours(handler: Any) -> bool:
    return isinstance(handler, dict) and _OURS in str(handler.get("command", ""))


def _handlers(settings: dict[str, Any]) -> list[Any]:
    return [one for entry in settings.get("hooks", {}).get(EVENT, []) for one in entry.get("hooks", [])]


def _take_out(settings: dict[str, Any]) -> None:
    entries = settings.get("hooks", {}).get(EVENT, [])
    for entry in [one for one in entries if any(map(_is_ours, one.get("hooks", [])))]:
        entry["hooks"] = [one for one in entry["hooks"] if not _is_ours(one)]
        if not entry["hooks"]:
            entries.remove(entry)
    if not entries:
        settings.get("hooks", {}).pop(EVENT, None)
    if settings.get("hooks") == {}:
        del settings["hooks"]


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    """The file's text and its settings. Raises InvalidInput for a file that cannot be written back unharmed."""
    text, settings = jsonfile.read(path)
    _check(path, settings)
    return text, settings


def _check(path: Path, settings: dict[str, Any]) -> None:
    hooks = settings.get("hooks", {})
    entries = hooks.get(EVENT, []) if isinstance(hooks, dict) else None
    sound = isinstance(entries, list) and all(
        isinstance(one, dict) and isinstance(one.get("hooks", []), list) for one in entries
    )
    if not sound:
        raise jsonfile.unusable(path, f"hooks.{EVENT} is not in the shape that the client documents")


def command(program: str, role: str | None) -> str:
    """The command of the hook, for the shell that the client runs it with.

    Whatever else goes wrong, a missing program say, must refuse as well: to the client, only exit code 2 does.
    """
    from shlex import quote

    option = f" --role {quote(role)}" if role else ""
    return f'{quote(program)} {_OURS} -C "$CLAUDE_PROJECT_DIR"{option} || exit 2'


def program() -> str:
    """`vespera`, where the shell finds this installation by that name, or else its whole path."""
    import shutil
    import sys

    own = os.path.join(os.path.dirname(sys.executable), "vespera")  # noqa: PTH118, PTH120
    named = shutil.which("vespera")
    return "vespera" if named and os.path.realpath(named) == os.path.realpath(own) else own
