"""The small types that all values share: moments, the mark for "not given", and the checks on text."""

from __future__ import annotations

import re
from enum import Enum
from math import isfinite
from typing import Any, Final, Literal, NewType

from vespera_core.errors import InvalidInput

Micros = NewType("Micros", int)
"""A moment: whole microseconds since 1970-01-01T00:00:00Z. JSON shows it as RFC 3339 text in UTC."""

SECOND: Final = 1_000_000
EPOCH: Final = Micros(0)


class Unset(Enum):
    """The type of `UNSET`: tells "not given" from None, which clears a field."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET

MAX_TITLE: Final = 500
MAX_TEXT: Final = 1_000_000
MAX_WORD: Final = 200

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~@+#-]{0,127}")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,49}")


EARLIEST: Final = Micros(-30_610_224_000_000_000)
LATEST: Final = Micros(253_402_300_799_999_999)
"""Moments are kept from the year 1000 to the end of the year 9999: what RFC 3339 text can show both ways."""

MAX_NUMBER: Final = 10**300


def check_moment(field: str, value: object) -> Micros:
    """Return `value` if it is a moment that can be kept and shown; raise InvalidInput otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or not EARLIEST <= value <= LATEST:
        raise InvalidInput(f"{field} must be whole microseconds since 1970, of the years 1000 to 9999.", field=field)
    return Micros(value)


def check_text(field: str, value: object, limit: int = MAX_TEXT, *, empty: bool = True) -> str:
    """Return `value` if it is storable text of at most `limit` characters; raise InvalidInput otherwise.

    Text is kept verbatim: nothing is stripped, escaped or forbidden for its meaning.
    """
    if not isinstance(value, str):
        raise InvalidInput(f"{field} must be text, not {type(value).__name__}.", field=field)
    if len(value) > limit:
        raise InvalidInput(f"{field} has {len(value):,} characters; at most {limit:,} are kept.", field=field)
    if not empty and not value.strip():
        raise InvalidInput(f"{field} must not be empty.", field=field)
    if "\x00" in value:
        raise InvalidInput(
            f"{field} contains a NUL character, which text files and databases cannot carry.", field=field
        )
    if not value.isascii():
        _check_unicode(field, value)
    return value


def _check_unicode(field: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"{field} is not valid Unicode text: a lone surrogate stands at character {error.start}.", field=field
        ) from None


def check_id(field: str, value: object) -> str:
    """Return `value` if it may serve as an id: 1-128 letters, digits and ``. _ ~ @ + # -``, a letter or digit first."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InvalidInput(
            f"{field} {value!r} is not an id: use 1-128 letters, digits or . _ ~ @ + # -, a letter or digit first.",
            field=field,
        )
    return value


def check_word(field: str, value: object) -> str:
    """Return `value` if it is a plain lower-case word, as types, statuses and relation kinds are."""
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise InvalidInput(
            f"{field} {value!r} is not a word: use up to 50 of a-z, 0-9, _ and -, starting with a letter.", field=field
        )
    return value


def check_choice(field: str, value: object, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`."""
    if value not in choices:
        raise InvalidInput(f"{field} {value!r} is unknown; it is one of: {', '.join(choices)}.", field=field)
    return str(value)


def check_json(field: str, value: object, depth: int = 20) -> Any:
    """Return `value` if it is JSON of at most `depth` levels whose text is storable; raise InvalidInput otherwise."""
    if isinstance(value, dict | list | tuple):
        _check_nested(field, value, depth)
    elif isinstance(value, str):
        check_text(field, value)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        _check_number(field, value)
    elif value is not None and not isinstance(value, bool):
        raise InvalidInput(f"{field} contains {type(value).__name__}, which JSON cannot carry.", field=field)
    return value


def _check_nested(field: str, value: dict[Any, Any] | list[Any] | tuple[Any, ...], depth: int) -> None:
    if depth == 0:
        raise InvalidInput(f"{field} is nested more than 20 levels deep.", field=field)
    for key in value if isinstance(value, dict) else ():
        check_text(f"a key in {field}", key, MAX_WORD)
    for item in value.values() if isinstance(value, dict) else value:
        check_json(field, item, depth - 1)


def _check_number(field: str, value: float) -> None:
    if isinstance(value, float) and not isfinite(value):
        raise InvalidInput(f"{field} contains {value}, which JSON cannot carry.", field=field)
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        raise InvalidInput(f"{field} contains a whole number of more than 300 digits.", field=field)
