"""A tree full of traps, a role for it, and an oracle that knows nothing of the guard: realpath, and pathspec itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from unicodedata import normalize

from pathspec import GitIgnoreSpec

from vespera_core.app.guard.decision import Guard
from vespera_core.app.guard.patterns import compile_role
from vespera_core.app.guard.root import Root
from vespera_core.model.role import Patterns, RoleDefinition

ALLOW = ("docs/**", "*.md", "tests/", "!tests/fixed/")
DENY = ("secret*", "docs/private/", "/docs/é/")
WRITER = RoleDefinition(name="writer", edit=Patterns(ALLOW, DENY))

Judge = Callable[[str, str | None], bool]
"""Whether a path, counted from a folder, may be edited."""

NAMES = (
    "docs", "src", "tests", "a.md", "x", "secret", "secrets.md", "private", "fixed", "out", "up", "into", "loop",
    "dangling", "file", "chain", "back", ".git", ".vespera", ".GIT", "config", "é", "e\u0301", "DOCS", "..", ".", "",
    "...", "%2e%2e", "%2E%2E%2F", "..%2f..%2f..", "%252e%252e", "%00", "..\\..\\..", "docs\\..\\..", "~", "~root",
    "\u2025", "\uff0e\uff0e", "*", "[x]", "a b", "-rf", "etc", "passwd", " ", ". ", "new", "deep",
)  # fmt: skip
JOINTS = ("/",) * 12 + ("//", "\\", "%2f", "%5c", "/./", "/../")


def make_tree(folder: Path) -> Path:
    """A workspace with files, and links that lead out, in, up, round and nowhere; beside it a folder named alike."""
    root = folder / "work"
    for name in ("docs/private/deep", "docs/é", "src/deep", "tests/fixed", ".git/hooks", ".vespera"):
        (root / name).mkdir(parents=True)
    for name in ("docs/a.md", "docs/file", "src/x", "tests/x", "docs/private/x", ".git/config", "a.md"):
        (root / name).touch()
    (folder / "work-evil" / "docs").mkdir(parents=True)
    (folder / "entry").symlink_to(root)
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    return root


LINKS = {
    "docs/out": "/etc", "docs/up": "../..", "docs/into": "../src", "docs/loop": "loop", "docs/dangling": "../src/new",
    "docs/chain": "into/deep", "src/back": "../docs", "tests/out": "../../work-evil/docs", "docs/git": "../.git",
    "out.md": "/etc/passwd", "in.md": "src/x",
}  # fmt: skip


def guard_at(root: Path, definition: RoleDefinition = WRITER) -> Guard:
    """The guard of a role at a root."""
    return Guard(compile_role(definition), Root(root))


def judge_of(guard: Guard) -> Judge:
    """The guard's own judgement."""
    return lambda path, base: guard.path(path, "edit", base).allowed


def escape(judge: Judge, root: Path, path: str, base: str | None) -> str | None:
    """What is wrong with an allowance, by the oracle; None for a refusal, and for what may be allowed."""
    if not judge(path, base):
        return None
    start = base or str(root)
    for reading in (path, os.path.normpath(path)):
        led = os.path.realpath(Path(start, reading))
        if led != str(root) and not Path(led).is_relative_to(root):
            return f"{path!r} from {start} is allowed and leads to {led}"
        name = normalize("NFC", os.path.relpath(led, root)) + ("/" if Path(led).is_dir() else "")
        if not _ALLOWED.match_file(name) or _DENIED.match_file(name):
            return f"{path!r} from {start} is allowed and means {name}, which the patterns do not allow"
        if {".git", ".vespera"} & {part.casefold() for part in name.split("/")}:
            return f"{path!r} from {start} is allowed and lies in {name}"
    return None


_ALLOWED = GitIgnoreSpec.from_lines(ALLOW)
_DENIED = GitIgnoreSpec.from_lines(DENY)


def starts(root: Path) -> tuple[str, ...]:
    """What paths begin with: nothing, the root by several names, and folders that only look like it."""
    evil = f"{root}-evil"
    return (
        "", "", "", f"{root}/", f"//{root}/", f"{root.parent}/entry/", evil, f"{evil}/", "/", f"{root}/../", "../work/",
    )  # fmt: skip


def drawn(random: Random, root: Path) -> Iterator[str]:
    """Paths without end, made of the names and joints above."""
    heads = starts(root)
    while True:
        path = random.choice(heads) + random.choice(("", "docs/", "tests/", "docs/new/"))
        for _ in range(random.randint(1, 7)):
            path += random.choice(NAMES) + random.choice(JOINTS)
        yield path if random.random() < 0.3 else path.rstrip("/\\")
