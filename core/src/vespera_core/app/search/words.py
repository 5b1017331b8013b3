"""The words of a query: what is looked up, and how a word of a text is known again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

MOST: Final = 32
"""Words of a query that count; what comes after them is left to the meaning."""

_LONGEST: Final = 100
_WORD: Final = re.compile(r"\w+")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENDINGS: Final = (
    "ations", "ation", "ating", "ated", "ates", "ate", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "ment",
    "er", "e", "y",
)  # fmt: skip

_LITTLE: Final = (
    "a an and are as at be but by for from has have how i if in into is it its of on or our so such that the their then"
    " there these they this to was we were what when where which while who will with you your"
)
STOP: Final = frozenset(_LITTLE.split())
"""Words that say nothing about a task: sought only where a query has no other."""


def terms(text: str) -> tuple[str, ...]:
    """The words to look up, each once, in lower case; ``fooBar`` and ``foo_bar`` also by their parts."""
    found: dict[str, None] = {}
    spare: dict[str, None] = {}
    for word in _spoken(text):
        (spare if word.lower() in STOP else found).update(dict.fromkeys(_forms(word)))
        if len(found) >= MOST:
            break
    return tuple(found or spare)[:MOST]


def _spoken(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word = match.group()[:_LONGEST]
        if any(char.isalnum() for char in word):
            yield word


def _forms(word: str) -> list[str]:
    """The word itself, and the parts of an identifier."""
    parts = [part.lower() for part in _PART.findall(word)] if word.isascii() else []
    return [word.lower(), *(part for part in parts if len(part) > 1 and len(parts) > 1)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending, roughly: enough to show where in a text it stands."""
    low = word.lower()
    for ending in _ENDINGS:
        if low.endswith(ending) and len(low) - len(ending) >= 3:
            return low[: -len(ending)]
    return low


@lru_cache(maxsize=64)
def _beginning(stems: frozenset[str]) -> re.Pattern[str]:
    """Words, or parts of them between ``_``, that begin with a stem."""
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, sorted(stems)))})[^\W_]*", re.IGNORECASE)


def places(text: str, stems: frozenset[str]) -> list[tuple[int, int, str]]:
    """Where in a text words with these stems stand: from, up to, stem."""
    if not stems:
        return []
    found = ((one.start(), one.end(), stem(one.group())) for one in _beginning(stems).finditer(text))
    return [one for one in found if one[2] in stems]


def vocabulary(text: str) -> set[str]:
    """The words of a text that say something, in lower case."""
    words = {word.lower() for word in _spoken(text)}
    return {word for word in words - STOP if len(word) > 2 and not word.isdecimal()}
