"""The guard over a git diff: each changed file, what a link leads to, and how many there are.

Names come from git and are judged as words: an index holds no file below a link. What a link that was added or changed
leads to is judged too, as the file that would be written through it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vespera_core.app.guard.answers import DiffAnswer, FileVerdict
from vespera_core.app.guard.decision import Decision, Guard
from vespera_core.app.guard.force import compiled
from vespera_core.app.guard.git import commit, git, line
from vespera_core.app.guard.root import Root
from vespera_core.errors import InvalidInput, Unsupported

if TYPE_CHECKING:
    from vespera_core.app.guard.requests import CheckDiff
    from vespera_core.app.kernel import Kernel

LINK: Final = "120000"
MODULE: Final = "160000"
_RAW: Final = (
    "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-relative", "--ignore-submodules=none",
)  # fmt: skip


class Change(NamedTuple):
    """One changed file: its name from the top of the working tree, git's letter, and the target of a new link.

    `folder` stands for a repository of its own: a submodule, or one that git does not know yet.
    """

    name: str
    letter: str
    target: str | None = None
    folder: bool = False


class Tree(NamedTuple):
    """A working tree: its top, where in it the workspace's root lies, and whether that is its likeness alone.

    A linked working tree has no root of its own: its files are judged as those of the tree that the root lies in.
    """

    top: str
    root: str
    linked: bool


def judged(kernel: Kernel, role: str, request: CheckDiff) -> DiffAnswer:
    """The changes that a request names, judged by a role."""
    if kernel.folder is None:
        raise Unsupported("This ledger lives in memory: there is no folder to guard.", next="Open a workspace.")
    rules = compiled(kernel, role)
    root = Root(kernel.folder.parent)
    try:
        tree = working_tree(root, request.folder or root.real)
        guard = Guard(rules, root)
        found = changes(tree.top, request.base, staged=request.staged)
        return _answer(guard, rules["max_file_changes"], [_verdict(guard, tree, one) for one in found])
    finally:
        root.close()


def working_tree(root: Root, folder: str) -> Tree:
    """The working tree of a folder, which belongs to the repository of the root, or is inside it."""
    top = os.path.realpath(line(folder, "rev-parse", "--show-toplevel"))
    if _contains(top, root.real) or _contains(root.real, top):
        return Tree(top, root.real, linked=False)
    home = os.path.realpath(line(root.real, "rev-parse", "--show-toplevel", clean=True))
    if _common(folder) != _common(root.real, clean=True):
        raise InvalidInput(
            f"{folder} belongs to another repository than the workspace {root.real}.", field="folder",
            next="Run it in a working tree of the workspace's repository, or name the workspace with -C DIR.",
        )  # fmt: skip
    return Tree(top, os.path.normpath(f"{top}/{os.path.relpath(root.real, home)}"), linked=True)


def changes(top: str, base: str | None, *, staged: bool) -> list[Change]:
    """What changed since the work left `base`, or since the last commit, sorted by name."""
    start = _start(top, base)
    if staged:
        return _raw(top, git(top, "diff", "--cached", *_RAW, start, "--"))
    found = _raw(top, git(top, "diff", *_RAW, start, "--"))
    others = git(top, "ls-files", "--others", "--exclude-standard", "-z")
    found += [_untracked(top, os.fsdecode(one)) for one in others.split(b"\0") if one]
    return sorted(found)


def _start(top: str, base: str | None) -> str:
    head = commit(top, "HEAD")
    if head is None:
        return git(top, "hash-object", "-t", "tree", "--stdin").decode("ascii").strip()
    if base is None:
        return head
    other = commit(top, base)
    return line(top, "merge-base", other or head, head)


def _raw(top: str, data: bytes) -> list[Change]:
    """The entries of ``git diff --raw -z``: modes, hashes and a letter, NUL, a name, NUL."""
    fields = data.split(b"\0")[:-1]
    found = []
    for facts, name in zip(fields[::2], fields[1::2], strict=True):
        before, mode, _, content, letter = facts.decode("ascii").removeprefix(":").split()
        named = os.fsdecode(name)
        target = _target(top, named, content) if mode == LINK else None
        found.append(Change(named, letter[:1], target, MODULE in (before, mode)))
    return found


def _target(top: str, name: str, content: str) -> str | None:
    """What a link leads to: as the index has it, or where the index does not know it yet, as the working tree has."""
    if content.strip("0"):
        return os.fsdecode(git(top, "cat-file", "blob", content))
    return _link(f"{top}/{name}")


def _untracked(top: str, name: str) -> Change:
    return Change(name.rstrip("/"), "A", _link(f"{top}/{name}"), name.endswith("/"))


def _link(path: str) -> str | None:
    try:
        return str(Path(path).readlink())
    except OSError:
        return None


def _verdict(guard: Guard, tree: Tree, change: Change) -> FileVerdict:
    decision = guard.words(os.path.relpath(f"{tree.top}/{change.name}", tree.root), folder=change.folder)
    if decision.allowed and change.target is not None:
        decision = _led(guard, tree, change.name, change.target)
    return FileVerdict(
        path=os.fsencode(change.name).decode("utf-8", "backslashreplace"), change=change.letter,
        allowed=decision.allowed, rule=decision.rule, reason=decision.reason, pattern=decision.pattern,
    )  # fmt: skip


def _led(guard: Guard, tree: Tree, name: str, target: str) -> Decision:
    """Whether the role may edit what a link leads to: in the root's own tree as it is there, else by its words."""
    folder = str(Path(tree.top, name).parent)
    if tree.linked:
        decision = guard.words(os.path.relpath(Path(folder, target), tree.root))
    else:
        decision = guard.path(target, "edit", folder)
    return decision._replace(reason=f"{name} is a link to {target}. {decision.reason}")


def _answer(guard: Guard, limit: int | None, files: list[FileVerdict]) -> DiffAnswer:
    reasons = [one.reason for one in files if not one.allowed]
    if limit is not None and len(files) > limit:
        reasons.append(f"The role {guard.role} may change {limit:,} files at a time; these are {len(files):,}.")
    return DiffAnswer(
        allowed=not reasons, role=guard.role, files=tuple(files), changed=len(files), limit=limit,
        reasons=tuple(reasons),
    )  # fmt: skip


def _contains(outer: str, inner: str) -> bool:
    return os.path.commonpath((outer, inner)) == outer


def _common(folder: str, *, clean: bool = False) -> str:
    return os.path.realpath(Path(folder, line(folder, "rev-parse", "--git-common-dir", clean=clean)))
