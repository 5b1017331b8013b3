"""The discovery cache: what the last scan found, for as long as nothing on the module search path has changed.

Installing, upgrading or removing a distribution, editable or not, renames or makes its ``.dist-info`` folder and so
changes the folder that holds it; that folder is an entry of ``sys.path``. Whatever is wrong with the cache, the answer
is a scan: no failure to read or to write it is an error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from stat import S_ISREG
from typing import Any

from vespera_core.model.record import record
from vespera_core.plugins.status import CORE_VERSION, Found

FORMAT = 1
KEEP = 16  # scans of other environments that share the file
MAX_BYTES = 1_000_000

# An installer writes entry_points.txt after the folder around it: a folder that changed a moment ago may be half done.
SETTLE_NS = 2_000_000_000

HARMLESS = (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)


@record(frozen=True, slots=True)
class Key:
    """What a scan depends on: the interpreter with the core, and a stamp of each entry of the search path."""

    interpreter: list[str]
    stamps: list[list[Any]]

    @property
    def place(self) -> list[Any]:
        """The part that stays the same when the same environment changes."""
        return [self.interpreter, [stamp[0] for stamp in self.stamps]]

    def settled(self) -> bool:
        """Whether nothing on the path changed so recently that an installer may still be writing there."""
        now = time.time_ns()
        return all(abs(now - mtime) > SETTLE_NS for _, mtime, _ in self.stamps)


def present_key() -> Key | None:
    """The key of this process, to be taken before the scan; None where it cannot be told."""
    try:
        interpreter = [sys.executable, sys.prefix, sys.version, CORE_VERSION]
        return Key(interpreter, [_stamp(entry) for entry in sys.path])
    except HARMLESS:
        return None


def read(key: Key | None) -> list[Found] | None:
    """What was found under exactly this key, or None."""
    if key is None:
        return None
    try:
        for scan in _scans():
            if scan["interpreter"] == key.interpreter and scan["path"] == key.stamps:
                return [_entry(row) for row in scan["found"]]
    except HARMLESS:
        return None
    return None


def write(key: Key | None, found: Sequence[Found]) -> bool:
    """Keep a scan; False where it could not be kept, or should not be yet."""
    if key is None or not key.settled():
        return False
    scan = {"interpreter": key.interpreter, "path": key.stamps, "found": [astuple(one) for one in found]}
    try:
        _replace({"format": FORMAT, "scans": [scan, *_others(key)][:KEEP]})
    except HARMLESS:
        return False
    return True


def location() -> Path:
    """Where the cache lies. Raises RuntimeError where the user has no home."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG rules say to pass over a relative path.
    return (base if base.is_absolute() else Path.home() / ".cache") / "vespera" / "discovery.json"


def _stamp(entry: str) -> list[Any]:
    path = Path(entry or ".").absolute()
    try:
        info = path.stat()
    except OSError:
        return [str(path), 0, 0]
    return [str(path), info.st_mtime_ns, info.st_ino]


def _scans() -> list[Any]:
    path = location()
    info = path.stat()
    mine = not hasattr(os, "getuid") or info.st_uid == os.getuid()
    # Its words decide what is imported: somebody else's file is not read.
    if not (mine and S_ISREG(info.st_mode) and info.st_size < MAX_BYTES):
        return []
    data = json.loads(path.read_bytes())
    return list(data["scans"]) if data["format"] == FORMAT else []


def _others(key: Key) -> list[Any]:
    try:
        return [scan for scan in _scans() if [scan["interpreter"], [one[0] for one in scan["path"]]] != key.place]
    except HARMLESS:
        return []


def _entry(row: list[Any]) -> Found:
    found = Found(*row)
    texts = (found.name, found.module, found.distribution, found.version, found.requires, found.broken)
    if not (all(isinstance(text, str) for text in texts) and isinstance(found.compatible, bool)):
        raise TypeError("not an entry")
    return found


def _replace(data: dict[str, Any]) -> None:
    path = location()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        draft.write_text(json.dumps(data), encoding="ascii")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
