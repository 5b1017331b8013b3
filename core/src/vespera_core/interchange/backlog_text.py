"""The text of a Backlog.md file: where its front matter ends, and that as JSON-ready values."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final

import yaml

from vespera_core.errors import InvalidInput

MAX_HEAD: Final = 256 * 1024
_DEPTH: Final = 10
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEAD = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(r"---[ \t]*\r?\n[\w-]+:")
_AT_WORD = re.compile(r"^(\s*(?:[\w-]+:|-)[ \t]+)(@[^\s'\"]*)[ \t]*\r?$", re.MULTILINE)
_ID_LINE = re.compile(r"^id:[ \t]*(['\"]?)([^'\"\r\n]+?)\1[ \t]*\r?$", re.MULTILINE)

_BAD_YAML: Final = (yaml.YAMLError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What PyYAML raises for odd documents: beside its own errors, those of the constructors (dates, numbers, tags)."""


def split(text: str) -> tuple[str, str] | None:
    """The front matter and the body of a file; None where it has no front matter.

    Raises InvalidInput where one begins and never ends.
    """
    match = _HEAD.match(text)
    if match is None and _OPENING.match(text):
        raise InvalidInput("the front matter has no end: the file seems truncated.")
    return (match[1], text[match.end() :]) if match else None


def quick_id(head: str) -> str | None:
    """The id in a front matter, without the cost of reading all of it; None where that is not plain."""
    match = _ID_LINE.search(head)
    return match[2].strip() if match else None


def front_matter(head: str) -> dict[str, Any]:
    """The front matter as JSON-ready values; raises InvalidInput for what is no mapping of plain values."""
    if len(head) > MAX_HEAD:
        raise InvalidInput(f"the front matter is longer than {MAX_HEAD:,} characters.")
    try:
        value = _load(head)
    except _BAD_YAML as error:
        problem = getattr(error, "problem", None) or error
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 2})" if mark else ""
        raise InvalidInput(f"malformed front matter: {problem}{place}.") from None
    if not isinstance(value, dict):
        raise InvalidInput("malformed front matter: it is not a list of keys and values.")
    return {str(key): _plain(item, _DEPTH) for key, item in value.items()}


def _load(head: str) -> Any:
    """Read YAML. Backlog.md itself reads ``assignee: @name``, which YAML forbids: such words are quoted, then read."""
    try:
        return _load_strict(head)
    except yaml.YAMLError:
        mended = _AT_WORD.sub(r"\1'\2'", head)
        if mended == head:
            raise
        return _load_strict(mended)


def _load_strict(head: str) -> Any:
    # An alias repeats what its anchor holds, and a few lines of them unfold into gigabytes. No front matter needs one.
    if "&" in head and "*" in head and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head, _LOADER)):
        raise ValueError("aliases are not read")
    return yaml.load(head, _LOADER)  # noqa: S506 - _LOADER is a safe loader


def _plain(value: Any, depth: int) -> Any:
    """`value` as JSON has it: YAML knows dates, sets and bytes beside."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if depth == 0:
        raise InvalidInput("malformed front matter: nested too deeply.")
    if isinstance(value, dict):
        return {scalar("a key", key): _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item, depth - 1) for item in value]
    raise InvalidInput(f"malformed front matter: {type(value).__name__} is not text.")


def scalar(field: str, value: object) -> str:
    """A plain value as text: YAML makes numbers, dates and truth values of words that were meant as words."""
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str | int | float):
        raise InvalidInput(f"{field} must be text, not {type(value).__name__}.", field=field)
    try:
        return str(value)
    except ValueError:  # Python shows no number of more than 4,300 digits
        raise InvalidInput(f"{field} is a number of too many digits.", field=field) from None
