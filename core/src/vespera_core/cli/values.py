"""Values as people type them: moments, spans, texts from files, and words of other tools."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import MAX_TEXT, UNSET, Micros, Unset

T = TypeVar("T")

_MAX_BYTES: Final = 4 * MAX_TEXT
"""Text of more bytes than this is too long in any case: it need not be read to its end to be refused."""

STATUS_WORDS: Final = {
    "open": "pending", "todo": "pending", "new": "pending", "to-do": "pending", "doing": "in_progress",
    "started": "in_progress", "in-progress": "in_progress", "wip": "in_progress", "active": "in_progress",
    "review": "in_review", "in-review": "in_review", "done": "completed", "closed": "completed",
    "complete": "completed", "finished": "completed", "canceled": "cancelled", "dropped": "cancelled",
    "on-hold": "blocked", "held": "blocked",
}  # fmt: skip
"""Words for statuses in other tools; a project's own status of that name comes first."""


def retried(call: Callable[[T], Any], said: T, meant: T) -> Any:
    """Call with the words as they were said; where they name no status of the project, with what they usually mean."""
    try:
        return call(said)
    except InvalidInput as error:
        if meant == said or error.details.get("field") != "status":
            raise
    return call(meant)


def now() -> Micros:
    """The present moment, for spans that count from it."""
    import time

    return Micros(time.time_ns() // 1000)


def moment(text: str | None, field: str) -> Micros | None:
    """A moment to come: a time, or a span from now; "none" clears it."""
    if text is None or text.strip().lower() in ("none", "never", ""):
        return None
    from vespera_core.model.times import parse_when

    return parse_when(text, now(), field)


def past(text: str | None) -> Micros | None:
    """A moment that was: a time, or a span such as ``2h ago``."""
    if text is None:
        return None
    from vespera_core.model.times import parse_moment, parse_span

    bare = text.strip()
    if bare.endswith("ago"):
        return Micros(now() - parse_span(bare.removesuffix("ago"), "as-of") * 1_000_000)
    return parse_moment(bare, "as-of")


def seconds(text: str) -> int:
    """A lease: ``15m``, ``1h``; a bare number counts minutes."""
    from vespera_core.model.times import parse_span

    return parse_span(text, "lease")


def span(text: str | None, field: str) -> float | None:
    """A span in seconds; a bare number counts seconds, and None stays None."""
    if text is None:
        return None
    from vespera_core.model.times import parse_span

    return float(parse_span(text, field, unit="s"))


def minutes(text: str | None, field: str = "estimate") -> int | None:
    """A span of work: ``90m``, ``2h``; a bare number counts minutes, and seconds are rounded up."""
    if text is None or text.strip().lower() == "none":
        return None
    from vespera_core.model.times import parse_span

    return -(-parse_span(text, field) // 60)


def given(value: Any, read: Callable[[str], T] | None = None) -> T | Unset | Any:
    """`UNSET` for an option that was not typed; else its value, read."""
    if value is None:
        return UNSET
    return value if read is None else read(value)


def clearable(text: str | None) -> str | Unset | None:
    """An option of a field that may be empty: "" and "none" clear it."""
    if text is None:
        return UNSET
    return None if text in ("", "none") else text


def json_object(text: str, field: str) -> dict[str, Any]:
    """Text that holds one JSON object."""
    import json

    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"{field} is not JSON: {error}.", field=field, next='Write an object such as {"key": "value"}.'
        ) from None
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{field} must be a JSON object.", field=field, next='Write an object such as {"key": "value"}.'
        )
    return value


def text_of(inline: str | None, path: str | None, field: str = "description") -> str | None:
    """Text from an option, or from a file (``-``: standard input), but not from both."""
    if path is None:
        return inline
    if inline is not None:
        raise InvalidInput(f"{field} was given twice: as text and as a file.", field=field, next="Give one of the two.")
    return read_text(path, field)


def read_text(path: str, field: str) -> str:
    """A file of UTF-8 text, verbatim. Raises InvalidInput, naming what is wrong with it."""
    name = "Standard input" if path == "-" else path
    try:
        if path == "-":
            data = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            with open(path, "rb") as stream:  # noqa: PTH123 - the start path goes without pathlib
                data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(
            f"{name} cannot be read: {error.strerror or error}.", field=field, next="Name a file that exists."
        ) from None
    if len(data) > _MAX_BYTES:
        raise InvalidInput(
            f"{name} is longer than the {MAX_TEXT:,} characters that a {field} may have.",
            field=field,
            next="Attach a reference to the file instead.",
        )
    return decoded(data, name, field)


def decoded(data: bytes, name: str, field: str) -> str:
    """Bytes as UTF-8 text. Raises InvalidInput, naming the place where they are none."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{name} is not UTF-8 text: see byte {error.start + 1:,}.",
            field=field,
            next="Save it as UTF-8 and try again.",
        ) from None
