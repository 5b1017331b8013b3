"""Compiled roles and catalogues, kept in the workspace for as long as nothing that they come from has changed.

Reading role files and compiling patterns takes longer than everything else that happens before an edit. What is
kept is only used while every file and folder that could give the role another meaning still looks the same, and is not
kept while any of them changed a moment ago: a later change in the same tick of the clock would not show. Whatever is
wrong with what is kept, the role is compiled anew.
"""

# This is read before every edit of an agent, and pathlib takes longer to import than all of it.
# ruff: noqa: PTH103, PTH105, PTH116, PTH120, PTH123, PTH208

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from typing import Any, Final

from vespera_core import __version__

FOLDER: Final = "kept"
ROLES: Final = "roles"
MAX_BYTES: Final = 4_000_000
_SETTLE_NS: Final = 2_000_000_000
_VARIABLES: Final = ("VESPERA_PLUGINS", "VESPERA_BLOCK", "VESPERA_REQUIRED", "VESPERA_ROLES")


def read(folder: str, role: str) -> dict[str, Any] | None:
    """The compiled role of a workspace (its `.vespera` folder), or None where it is not kept or not to be used."""
    try:
        path = _path(folder, role)
        info = os.stat(path)
        if info.st_uid != os.geteuid() or info.st_size > MAX_BYTES:
            return None
        with open(path, encoding="utf-8") as stream:
            kept = json.load(stream)
        if kept["surroundings"] != _surroundings() or kept["watched"] != _watched(folder):
            return None
        if kept["sources"] != [_stamp(one[0]) for one in kept["sources"]] or kept["compiled"]["role"] != role:
            return None
        compiled: dict[str, Any] = kept["compiled"]
    except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None
    return compiled


def write(folder: str, role: str, compiled: dict[str, Any], sources: Iterable[str], began: int | None = None) -> bool:
    """Keep a compiled role, with the files that it was defined in; False where it cannot be kept, or not yet.

    `began` is when reading them began, in nanoseconds: what has changed since may not be what was read.
    """
    watched, stamps = _watched(folder), [_stamp(one) for one in sources]
    newest = max(max(one[1], one[2]) for one in (*watched, *stamps))
    if (time.time_ns() if began is None else began) - newest < _SETTLE_NS:
        return False
    kept = {"surroundings": _surroundings(), "watched": watched, "sources": stamps, "compiled": compiled}
    try:
        path = _path(folder, role)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        draft = f"{path}.{os.getpid()}.part"
        with open(draft, "w", encoding="utf-8") as stream:
            json.dump(kept, stream)
        os.replace(draft, path)
    except (OSError, ValueError):
        return False
    return True


def _path(folder: str, role: str) -> str:
    """The file of a role, whose name is spelt so that no name of a role can lead elsewhere."""
    return f"{folder}/{FOLDER}/{role.encode().hex()}.json"


def _surroundings() -> list[Any]:
    return [__version__, sys.version, *(os.environ.get(one) for one in _VARIABLES)]


def _watched(folder: str) -> list[list[Any]]:
    """The role files and the settings of the workspace, and the folders where plugins are installed."""
    roles = f"{folder}/{ROLES}"
    try:
        files = sorted(os.listdir(roles))
    except OSError:
        files = []
    found = [roles, *(f"{roles}/{name}" for name in files), f"{folder}/config.toml"]
    # The folder of the program itself comes first on the path; it differs between programs, and holds no plugins.
    scripts = ("", os.path.dirname(sys.executable))
    found += [one for one in sys.path if one not in scripts]
    return [_stamp(one) for one in found]


def _stamp(path: str) -> list[Any]:
    try:
        info = os.stat(path or ".")
    except OSError:
        return [path, 0, 0, 0, 0]
    return [path, info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino]
