"""The decision: whether a role may use a tool, and read or edit a file with it, and which rule says so."""

from __future__ import annotations

from collections.abc import Mapping
from os.path import normpath
from typing import Any, Final, Literal, NamedTuple

from vespera_core.app.guard.internals import internal
from vespera_core.app.guard.matching import Pattern, Patterns
from vespera_core.app.guard.paths import Place, Unplaceable, check, places
from vespera_core.app.guard.readings import doubtful, readings
from vespera_core.app.guard.root import Root

Operation = Literal["read", "edit"]

READERS: Final = frozenset({"Read", "Glob", "Grep", "LS", "NotebookRead"})
"""Tools of agents that only read files; any other tool that names a file is taken to edit it."""


class Decision(NamedTuple):
    """What was decided and why. `rule` is the list or the principle that decided, `pattern` the entry of the list.

    `rule` is one of ``tools.allow``, ``tools.deny``, ``read.allow``, ``read.deny``, ``edit.allow``, ``edit.deny``,
    ``outside``, ``internal``, ``malformed`` and ``unstable``. `place` is the file that was judged, from the root.
    """

    allowed: bool
    rule: str
    reason: str
    pattern: str | None = None
    place: str | None = None


class _Lists:
    """What is allowed and what is denied. Denied beats allowed."""

    def __init__(self, kind: str, lists: Mapping[str, Any], *, folds_case: bool) -> None:
        allow = lists["allow"]
        self._kind = kind
        self._allow = None if allow is None else Patterns([Pattern(*one) for one in allow], folds_case=folds_case)
        self._deny = Patterns([Pattern(*one) for one in lists["deny"]], folds_case=folds_case)

    def judge(self, name: str) -> tuple[bool, str, str | None]:
        """Whether a name may pass, by which list, and by which pattern of it."""
        denying = self._deny.deciding(name)
        if denying is not None and denying.includes:
            return False, f"{self._kind}.deny", denying.text
        if self._allow is None:
            return True, f"{self._kind}.allow", None
        allowing = self._allow.deciding(name)
        return (
            allowing is not None and allowing.includes,
            f"{self._kind}.allow",
            None if allowing is None else allowing.text,
        )


class Guard:
    """A compiled role at a workspace's root. Safe to share between threads: nothing in it changes."""

    def __init__(self, compiled: Mapping[str, Any], root: Root) -> None:
        self.role: str = compiled["role"]
        self.root = root
        self._tools = _Lists("tools", compiled["tools"], folds_case=False)
        self._files = {kind: _Lists(kind, compiled[kind], folds_case=root.folds_case) for kind in ("read", "edit")}

    def tool(self, name: str) -> Decision:
        """Whether the role may use a tool."""
        allowed, rule, pattern = self._tools.judge(name)
        return Decision(allowed, rule, _said(f"use the tool {name}", self.role, allowed, rule, pattern), pattern)

    def path(self, path: str, operation: Operation, base: str | None = None, *, search: bool = False) -> Decision:
        """Whether the role may read or edit a file.

        A relative path counts from `base`, an absolute folder, or else from the root. `search` asks for a folder's
        content in place of the folder.
        """
        try:
            found = [self._judged(one, operation, search=search) for one in self._confined(path, operation, base)]
        except Unplaceable as refused:
            return self._unplaceable(path, operation, refused)
        return next((one for one in found if not one.allowed), found[-1])

    def words(self, name: str, *, folder: bool = False) -> Decision:
        """Whether the role may edit what a name from the root says, without a look at what is there."""
        try:
            check(name)
            plain = normpath(name)
        except Unplaceable as refused:
            return self._unplaceable(name, "edit", refused)
        if plain.startswith("/") or plain.split("/", 1)[0] == "..":
            return self._unplaceable(name, "edit", Unplaceable("outside", "it lies outside the workspace"))
        return self._judged(Place(plain, folder, False), "edit", search=False)

    def _unplaceable(self, path: str, operation: Operation, refused: Unplaceable) -> Decision:
        return Decision(False, refused.rule, f"The role {self.role} may not {operation} {path!r}: {refused.why}.")

    def _confined(self, path: str, operation: Operation, base: str | None) -> list[Place]:
        """The places that a path may mean, of which none, and no doubtful one, escapes."""
        found = [place for reading in readings(path) for place in places(self.root, reading, base)]
        for reading in doubtful(path):
            for place in places(self.root, reading, base):
                if operation == "edit" and internal(place):
                    raise Unplaceable("internal", "decoded, it would lie in files that the ledger or git keep")
        return list(dict.fromkeys(found))

    def _judged(self, place: Place, operation: Operation, *, search: bool) -> Decision:
        what = f"{operation} {place.name or '.'}"
        if operation == "edit" and internal(place):
            reason = f"The role {self.role} may not {what}: what the ledger, git and the guard keep is never edited."
            return Decision(False, "internal", reason, place=place.name)
        allowed, rule, pattern = self._files[operation].judge(_name(place, search=search))
        return Decision(allowed, rule, _said(what, self.role, allowed, rule, pattern), pattern, place.name)


def _name(place: Place, *, search: bool) -> str:
    """The name as the patterns know it: composed, a folder with a slash behind, a folder's content with a star."""
    name = place.name
    if not name.isascii():
        from unicodedata import normalize

        name = normalize("NFC", name)
    if not place.folder:
        return name
    return f"{name}/*".removeprefix("/") if search else f"{name}/"


def _said(what: str, role: str, allowed: bool, rule: str, pattern: str | None) -> str:
    kind, _, entry = rule.partition(".")
    may = "may" if allowed else "may not"
    because = f"{kind} pattern {pattern!r} {'denies' if entry == 'deny' else 'allows'} it"
    if pattern is None:
        because = f"none of its {kind} patterns {'denies' if allowed else 'allows'} it"
    elif entry == "allow" and not allowed:
        because = f"{kind} pattern {pattern!r} takes it out"
    return f"The role {role} {may} {what}: {because}."
