"""A disk that is watched: a log of everything that SQLite does to its files, and what a power cut may leave of it.

Until a file is synced, a power cut may keep any of its unsynced changes and drop any other, in any order, and tear a
write at each sector of 512 bytes. What was synced stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import apsw

SECTOR: Final = 512
MODES: Final = ("nothing", "everything", "prefix", "some writes", "some sectors", "sectors with garbage")
"""What a cut leaves of the unsynced changes."""


class Op(NamedTuple):
    """A change of a file: ``create``, ``write`` (at, data), ``truncate`` (at), ``sync``, ``delete`` (at 1: synced)."""

    kind: str
    file: str
    at: int = 0
    data: bytes = b""


class Disk(apsw.VFS):
    """SQLite's file system layer, with a log; `before` may refuse an operation by raising."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ops: list[Op] = []
        super().__init__(name, "")

    def before(self, op: Op) -> None:
        """Called ahead of every change; a failing disk raises here."""

    def done(self, op: Op) -> None:
        self.ops.append(op)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        fresh = bool(path) and not Path(path).exists()
        opened = File(self, name, flags, path or "")
        if fresh:
            self.done(Op("create", path))
        return opened

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        op = Op("delete", name, int(syncdir))
        self.before(op)
        super().xDelete(name, syncdir)
        self.done(op)


class File(apsw.VFSFile):
    """A file on a watched disk."""

    def __init__(self, disk: Disk, name: Any, flags: list[int], path: str) -> None:
        self._disk = disk
        self._path = path
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        op = Op("write", self._path, offset, bytes(data))
        self._disk.before(op)
        super().xWrite(data, offset)
        self._disk.done(op)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        op = Op("truncate", self._path, size)
        self._disk.before(op)
        super().xTruncate(size)
        self._disk.done(op)

    def xSync(self, flags: int) -> None:  # noqa: N802
        op = Op("sync", self._path, flags)
        self._disk.before(op)
        super().xSync(flags)
        self._disk.done(op)


class Platter:
    """What a disk holds for certain, and what is on its way: one log, played up to a cut."""

    def __init__(self, start: dict[str, bytes]) -> None:
        self._sure: dict[str, bytearray | None] = {name: bytearray(data) for name, data in start.items()}
        self._pending: dict[str, list[Op]] = {}

    def play(self, op: Op) -> None:
        """Take one more operation of the log."""
        if op.kind == "sync" or (op.kind == "delete" and op.at):
            whole = [*self._pending.pop(op.file, ()), op]
            self._sure[op.file] = _applied(self._sure.get(op.file), whole)
        else:
            self._pending.setdefault(op.file, []).append(op)

    def pending(self, file: str) -> int:
        """How many changes of a file are not on the disk for certain."""
        return len(self._pending.get(file, ()))

    def image(self, mode: str, rng: Random) -> dict[str, bytes]:
        """The files as a power cut may leave them now."""
        files: dict[str, bytes] = {}
        for name in self._sure.keys() | self._pending.keys():
            content = _applied(self._sure.get(name), _survivors(self._pending.get(name, ()), mode, rng))
            if content is not None:
                files[name] = bytes(content)
        return files


def _applied(content: bytearray | None, ops: Sequence[Op]) -> bytearray | None:
    content = None if content is None else bytearray(content)
    for op in ops:
        if op.kind == "create":
            content = bytearray() if content is None else content
        elif op.kind == "delete":
            content = None
        elif content is not None and op.kind == "truncate":
            del content[op.at :]
            content.extend(bytes(op.at - len(content)))
        elif content is not None and op.kind == "write":
            content.extend(bytes(max(0, op.at - len(content))))
            content[op.at : op.at + len(op.data)] = op.data
    return content


def _survivors(pending: Sequence[Op], mode: str, rng: Random) -> list[Op]:
    """The unsynced changes that reach the disk."""
    if mode == "nothing":
        return []
    if mode == "everything":
        return list(pending)
    if mode == "prefix":
        return list(pending[: rng.randint(0, len(pending))])
    if mode == "some writes":
        return [op for op in pending if rng.random() < 0.5]
    return [part for op in pending for part in _torn(op, rng, garbage=mode == "sectors with garbage")]


def _torn(op: Op, rng: Random, *, garbage: bool) -> Iterator[Op]:
    if op.kind != "write":
        if rng.random() < 0.5:
            yield op
        return
    start, end = op.at, op.at + len(op.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if rng.random() < 0.5:
            yield op._replace(at=start, data=op.data[start - op.at : stop - op.at])
        elif garbage and rng.random() < 0.3:
            yield op._replace(at=start, data=rng.randbytes(stop - start))
        start = stop
