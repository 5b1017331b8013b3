"""Compiling a role: patterns of files by pathspec, patterns of tools as globs. The result is plain JSON data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from unicodedata import normalize

from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from vespera_core.app.guard.matching import Pattern
from vespera_core.errors import InvalidInput
from vespera_core.model import role

FORMAT: Final = 1
"""Rises with each change of what is compiled."""


def compile_role(definition: role.RoleDefinition) -> dict[str, Any]:
    """What the guard needs of a role, ready to be kept as JSON. Raises InvalidInput, naming the pattern."""
    return {
        "format": FORMAT,
        "role": definition.name,
        "read": _lists(definition.read, compile_files),
        "edit": _lists(definition.edit, compile_files),
        "tools": _lists(definition.tools, compile_globs),
        "max_file_changes": definition.restrictions.max_file_changes,
    }


def compile_files(texts: Iterable[str]) -> list[Pattern]:
    """Patterns in the syntax of gitignore. Comments and empty lines are left out."""
    return [found for text in texts if (found := _file(text)) is not None]


def compile_globs(texts: Iterable[str]) -> list[Pattern]:
    """Shell globs over whole names; letters count as they are written."""
    from fnmatch import translate

    return [Pattern(text, translate(text), True) for text in texts]


def _lists(patterns: role.Patterns, compiled: Any) -> dict[str, Any]:
    allow = None if patterns.allow is None else compiled(patterns.allow)
    return {"allow": allow, "deny": compiled(patterns.deny)}


def _file(text: str) -> Pattern | None:
    try:
        pattern = GitIgnoreSpecPattern(normalize("NFC", text))
    except (GitIgnorePatternError, re.error) as error:
        raise _wrong(text, str(error)) from None
    if pattern.include is not None and pattern.regex is not None:
        found = pattern.regex.pattern
        # Expressions are matched from the start of a name; the few that pathspec leaves open may fit further on.
        return Pattern(text, found if found.startswith("^") else f"^.*?{found}", pattern.include)
    if not text.strip() or text.startswith("#"):
        return None
    # Git passes over what it cannot read; a denial that is passed over would be an open door.
    raise _wrong(text, "it fits no file")


def _wrong(text: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"The pattern {text!r} is not in the syntax of gitignore: {why}.", field="pattern",
        next="Write it as in a .gitignore file, such as 'src/**' or '*.md'.",
    )  # fmt: skip
