"""Which place in the workspace a path means: walked part by part, by open folders, never by comparing strings.

Every folder on the way is opened relative to the one before and without following a link (openat, O_NOFOLLOW); links
are read and walked by the same rules. What does not exist yet is resolved by its words. Whether the end lies inside the
workspace is asked of the folders that were passed: one of them must *be* the root.
"""

from __future__ import annotations

import os
from errno import ELOOP, ENOENT, ENOTDIR
from stat import S_ISDIR, S_ISLNK
from typing import Final, NamedTuple

from vespera_core.app.guard.root import SEARCH, Identity, Root, identity

MAX_BYTES: Final = 4096
MAX_LINKS: Final = 40
"""The limits that Linux has."""


class Place(NamedTuple):
    """A place in the workspace: its name from the root with ``/`` between the parts, and whether it is a folder.

    `internal` tells that a folder on the way is the ledger's or git's own, whatever it is called here.
    """

    name: str
    folder: bool
    internal: bool


class Unplaceable(Exception):
    """A path that means no place in the workspace. `rule` is ``outside``, ``malformed`` or ``unstable``."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(why)
        self.rule = rule
        self.why = why


class _Step(NamedTuple):
    name: str
    fd: int | None
    identity: Identity | None


def places(root: Root, path: str, base: str | None = None) -> list[Place]:
    """Where a path leads: the links that it names, in turn, and the place at their end, which comes last.

    A relative path counts from `base`, an absolute folder; without one, from the root. Raises Unplaceable.
    """
    check(path)
    full = path if path.startswith("/") or base is None else f"{base}/{path}"
    parts = full.split("/")
    walk = _Walk(root)
    try:
        if not full.startswith("/"):
            return walk.run(root.fd, parts)
        kept = [part for part in parts if part]
        if root.starts(kept):
            return walk.run(root.fd, kept[len(root.parts) :])
        return walk.run(walk.top(), kept)
    except OSError as error:
        raise _refused(error) from error
    finally:
        walk.close()


def check(path: str) -> None:
    """Raise Unplaceable for what is no path at all, or one that could be read in several ways."""
    if not path:
        raise Unplaceable("malformed", "the path is empty")
    if any(one < " " or one == "\x7f" for one in path):
        raise Unplaceable("malformed", "the path contains control characters")
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        raise Unplaceable("malformed", "the path is not valid Unicode text") from None
    if size > MAX_BYTES:
        raise Unplaceable("malformed", f"the path is longer than {MAX_BYTES:,} bytes")


class _Walk:
    """One walk: the folders passed, innermost last. Names above the root are not kept, for nobody needs them."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._steps: list[_Step] = []
        self._opened: list[int] = []
        self._found: list[Place] = []
        self._links = 0

    def close(self) -> None:
        for fd in self._opened:
            os.close(fd)

    def top(self) -> int:
        return self._open("/", None)

    def run(self, start: int, parts: list[str]) -> list[Place]:
        self._begin(start)
        pending = [part for part in reversed(parts) if part not in ("", ".")]
        while pending:
            part = pending.pop()
            if part == "..":
                self._up()
            elif not (pending and self._down(part)):
                target = self._enter(part)
                if target is not None:
                    self._follow(part, target, pending)
        last = self._steps[-1]
        self._found.append(self._place(last.fd is not None))
        return self._found

    def _begin(self, fd: int) -> None:
        known = self._root.identity if fd == self._root.fd else identity(os.fstat(fd))
        self._steps = [_Step("", fd, known)]

    def _open(self, name: str, folder: int | None) -> int:
        fd = os.open(name, SEARCH | os.O_NOFOLLOW, dir_fd=folder)
        self._opened.append(fd)
        return fd

    def _down(self, part: str) -> bool:
        """Go into a folder; False where there is none of this name, or a link."""
        folder = self._steps[-1].fd
        if folder is None:
            return False
        try:
            fd = self._open(part, folder)
        except OSError as error:
            if error.errno in (ELOOP, ENOENT, ENOTDIR):
                return False
            raise
        self._steps.append(_Step(part, fd, identity(os.fstat(fd))))
        return True

    def _enter(self, part: str) -> str | None:
        """Go one part further; answers the target where the part is a link, which is not followed here."""
        folder = self._steps[-1].fd
        mode = None if folder is None else _mode(part, folder)
        if mode is not None and S_ISLNK(mode):
            return os.readlink(part, dir_fd=folder)
        if mode is not None and S_ISDIR(mode):
            if not self._down(part):
                raise Unplaceable("unstable", "it changed while it was looked at")
        else:
            self._steps.append(_Step(part, None, None))
        return None

    def _follow(self, part: str, target: str, pending: list[str]) -> None:
        self._links += 1
        if self._links > MAX_LINKS:
            raise Unplaceable("outside", "its links lead in a circle, or through too many links")
        if not pending:
            # Who replaces the file replaces the link: it is judged beside what it leads to.
            self._steps.append(_Step(part, None, None))
            self._found.append(self._place(False))
            self._steps.pop()
        if target.startswith("/"):
            self._begin(self.top())
        pending.extend(one for one in reversed(target.split("/")) if one not in ("", "."))

    def _up(self) -> None:
        if len(self._steps) > 1:
            self._steps.pop()
            return
        fd = self._steps[0].fd
        self._begin(self._open("..", fd))

    def _place(self, folder: bool) -> Place:
        """The place that has been reached, named from the innermost folder that is the root."""
        passed = [step.identity for step in self._steps]
        if self._root.identity not in passed:
            raise Unplaceable("outside", "it lies outside the workspace")
        start = len(passed) - passed[::-1].index(self._root.identity)
        below = self._steps[start:]
        internal = any(step.identity in self._root.internals for step in below)
        return Place("/".join(step.name for step in below), folder, internal)


def _mode(part: str, folder: int) -> int | None:
    try:
        return os.lstat(part, dir_fd=folder).st_mode
    except OSError as error:
        if error.errno in (ENOENT, ENOTDIR):
            return None
        raise


def _refused(error: OSError) -> Unplaceable:
    if error.errno in (ELOOP, ENOENT, ENOTDIR):
        return Unplaceable("unstable", "it changed while it was looked at")
    return Unplaceable("malformed", f"it cannot be looked at: {error.strerror or error}")
