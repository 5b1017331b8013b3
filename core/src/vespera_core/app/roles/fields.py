"""The fields of a role file: what each may hold. The checks and the published schema are both made from this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import check_text, check_word
from vespera_core.model.role import CAPABILITIES, HELD_BY_APPROVAL

RULES: Final = ("description", "acceptance_criteria", "estimate", "due", "assignee", "parent", "tags")
"""What a task may be asked to have before a role takes it: each names a field that must not be empty."""

BRIEFED: Final = ("goal", "description", "criteria", "checkpoint", "prerequisites", "changes", "notes", "comments",
                  "children", "blocks", "similar")  # fmt: skip
"""What a briefing may be asked not to leave out: each names a section of it."""

Path = tuple[str | int, ...]


class Field(NamedTuple):
    """What a field holds; `empty` says whether null is an answer, which takes away what was inherited."""

    kind: str
    about: str
    limit: int = 0
    empty: bool = False
    choices: tuple[str, ...] = ()
    inner: Mapping[str, Field] = MappingProxyType({})


def _patterns(what: str, how: str) -> Field:
    return Field("mapping", what, inner={
        "allow": Field(how, "What is allowed; null allows everything.", empty=True),
        "deny": Field(how, "What is denied, allowed or not."),
    })  # fmt: skip


FIELDS: Final[dict[str, Field]] = {
    "name": Field("word", "What the role is called; else the name of the file."),
    "description": Field("text", "What the role is for, in a sentence.", 1_000),
    "extends": Field("words", "Roles whose fields are inherited; where they differ, the later one counts.", 20),
    "capabilities": Field("words", f"What it can do: {', '.join(CAPABILITIES)}, or any other word.", 100),
    "files": Field("mapping", "Files, by patterns in the syntax of gitignore from the workspace's root.", inner={
        "read": _patterns("What it may read.", "patterns"),
        "edit": _patterns("What it may change.", "patterns"),
    }),
    "tools": _patterns("Tools of the agent, by shell globs over their names.", "globs"),
    "max_concurrent_tasks": Field("number", "How many of its tasks workers may hold at a time.", 10_000, empty=True),
    "restrictions": Field("mapping", "Limits on one piece of work.", inner={
        "max_file_changes": Field("number", "How many files it may change.", 1_000_000, empty=True),
        "max_task_depth": Field("number", "How far below the top of the tree a task may stand.", 1_000, empty=True),
        "time_limit_minutes": Field("number", "How long it may take, in minutes.", 525_600, empty=True),
        "max_token_usage": Field("number", "How many tokens of a model it may use.", 1_000_000_000, empty=True),
        "require_approval": Field("choices", "What waits for a person.", choices=HELD_BY_APPROVAL),
    }),
    "task_types": Field("words", "Types of tasks that it takes; null takes every type.", 100, empty=True),
    "context": Field("choices", "What a briefing must not leave out.", choices=BRIEFED),
    "validation": Field("choices", "What a task must have before the role takes it.", choices=RULES),
    "tags": Field("words", "Words to find it by.", 100),
    "instructions": Field("text", "What the agent is told.", 20_000),
}  # fmt: skip


class FieldProblem(Exception):
    """A value that its field must not hold, and where it stands."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


def checked(value: Any, fields: Mapping[str, Field] = FIELDS, path: Path = ()) -> dict[str, Any]:
    """A mapping whose values fit their fields, lists as tuples. Raises FieldProblem."""
    if not isinstance(value, dict):
        raise FieldProblem(path, f"must be a mapping, not {shown(value)}")
    return {name: _field(fields, name, one, (*path, name)) for name, one in value.items()}


def _field(fields: Mapping[str, Field], name: str, value: Any, path: Path) -> Any:
    spec = fields.get(name)
    if spec is None:
        from difflib import get_close_matches

        close = get_close_matches(name, fields, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(fields)}"
        raise FieldProblem(path, f"is no field of a role; {hint}")
    if value is None and spec.empty:
        return None
    if spec.kind == "mapping":
        return checked(value, spec.inner, path)
    try:
        return _CHECKS[spec.kind](spec, value, path)
    except InvalidInput as error:
        raise FieldProblem(path, error.message) from None


def _text(spec: Field, value: Any, path: Path) -> str:
    if not isinstance(value, str):
        raise FieldProblem(path, f"must be text, not {shown(value)}")
    return check_text(str(path[-1]), value, spec.limit)


def _word(_spec: Field, value: Any, path: Path) -> str:
    return check_word(str(path[-1]), value)


def _number(spec: Field, value: Any, path: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= spec.limit:
        raise FieldProblem(path, f"must be a whole number from 0 to {spec.limit:,}, or null; not {shown(value)}")
    return value


def _list(value: Any, path: Path, limit: int) -> list[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise FieldProblem(path, f"must be a list, not {shown(value)}")
    if len(items) > limit:
        raise FieldProblem(path, f"holds {len(items)} items; at most {limit} are read")
    for place, one in enumerate(items):
        if not isinstance(one, str):
            raise FieldProblem((*path, place), f"must be text, not {shown(one)}; put quotes around it")
        if one in items[:place]:
            raise FieldProblem((*path, place), f"names {one!r} a second time")
    return items


def _words(spec: Field, value: Any, path: Path) -> tuple[str, ...]:
    return tuple(check_word("word", one) for one in _list(value, path, spec.limit))


def _choices(spec: Field, value: Any, path: Path) -> tuple[str, ...]:
    items = _list(value, path, len(spec.choices) + 1)
    for place, one in enumerate(items):
        if one not in spec.choices:
            raise FieldProblem((*path, place), f"{one!r} is unknown; it is one of: {', '.join(spec.choices)}")
    return tuple(items)


def _globs(_spec: Field, value: Any, path: Path) -> tuple[str, ...]:
    return tuple(check_text("pattern", one, 1_000, empty=False) for one in _list(value, path, 1_000))


def _file_patterns(spec: Field, value: Any, path: Path) -> tuple[str, ...]:
    from vespera_core.app.guard.patterns import compile_files

    found = _globs(spec, value, path)
    for place, one in enumerate(found):
        try:
            compile_files((one,))
        except InvalidInput as error:
            raise FieldProblem((*path, place), error.message) from None
    return found


_CHECKS: Final[dict[str, Callable[[Field, Any, Path], Any]]] = {
    "text": _text, "word": _word, "words": _words, "number": _number, "choices": _choices, "globs": _globs,
    "patterns": _file_patterns,
}  # fmt: skip


def shown(value: Any) -> str:
    """A value in a message: short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
