"""Installing the guard as git's pre-commit hook, before which whatever hook is there already runs as it did."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import Final

from vespera_core.app.guard.git import line
from vespera_core.app.guard.writing import replaced
from vespera_core.errors import Conflict, EnvironmentFault, Unsupported

NAME: Final = "pre-commit"
KEPT: Final = f"{NAME}.before-vespera"
_MARK: Final = "# Vespera's guard."


def script(program: str, root: Path, role: str | None) -> str:
    """The hook: first the one that was there, then the guard over what is about to be committed."""
    option = f" --role {quote(role)}" if role else ""
    return f"""#!/bin/sh
{_MARK} 'vespera guard install pre-commit --remove' takes it out again.
before="$(dirname "$0")/{KEPT}"
if [ -x "$before" ]; then
    "$before" "$@" || exit $?
fi
exec {quote(program)} guard diff -C {quote(str(root))} --staged{option}
"""


def hook_file(root: Path) -> Path:
    """The file of the hook, wherever this repository keeps its hooks. Raises Unsupported where others share it."""
    top = line(str(root), "rev-parse", "--show-toplevel")
    folder = Path(root, line(str(root), "rev-parse", "--git-path", "hooks")).absolute()
    home = Path(root, line(str(root), "rev-parse", "--git-common-dir")).resolve()
    real = folder.resolve()
    if not (real.is_relative_to(home) or real.is_relative_to(Path(top).resolve())):
        raise Unsupported(
            f"The hooks of this repository lie in {folder}, which other repositories share.",
            next="Set core.hooksPath for this repository alone, or call 'vespera guard diff --staged' in that hook.",
        )
    if (folder / "h").exists():
        raise Unsupported(
            f"Another tool makes the hooks in {folder} anew.",
            next=f"Add the line 'vespera guard diff --staged' to its own {NAME} hook.",
        )
    return folder / NAME


def state(path: Path, text: str) -> str:
    """``installed``, ``outdated`` (another text of ours stands there) or ``absent``."""
    found = _read(path)
    return "absent" if _MARK not in found else "installed" if found == text and os.access(path, os.X_OK) else "outdated"


def install(path: Path, text: str) -> tuple[bool, Path | None]:
    """Put the hook in place, the present one beside it. Whether that changed anything, and the hook that was kept."""
    found = state(path, text)
    if found == "installed":
        return False, None
    kept = _kept_aside(path) if found == "absent" and os.path.lexists(path) else None
    replaced(path, _read(path), text, 0o755)
    path.chmod(path.stat().st_mode | 0o111)
    return True, kept


def remove(path: Path) -> bool:
    """Take the hook out, and put the one that was there back. Whether it was there."""
    if _MARK not in _read(path):
        return False
    kept = path.with_name(KEPT)
    try:
        if os.path.lexists(kept):
            kept.replace(path)
        else:
            path.unlink()
    except OSError as error:
        raise EnvironmentFault(
            f"{path} cannot be taken out: {error.strerror or error}.", next="Check who owns it and its folder."
        ) from error
    return True


def _kept_aside(path: Path) -> Path:
    kept = path.with_name(KEPT)
    if os.path.lexists(kept):
        raise Conflict(
            f"{kept} is there already, so the present hook cannot be kept under that name.",
            next="Look at both, join them into one, and repeat the command.",
        )
    path.rename(kept)
    return kept


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise EnvironmentFault(
            f"{path} cannot be read: {error.strerror or error}.", next="Check who owns it and its folder."
        ) from error
