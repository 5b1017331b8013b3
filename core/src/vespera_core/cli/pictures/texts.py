"""Stored text in pictures: nothing in it is markup, and none of it is wider than its place."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from vespera_core.cli.views.text import clean, width_of

_NO_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
_NARROW: Final = frozenset("iIjl.,:;'!|()[]ft ")
_BROAD: Final = frozenset("mwMW@%")


def legible(text: object) -> str:
    """Cleaned text without the characters that no XML may hold, nor anything that is read as such."""
    return _NO_XML.sub("\ufffd", clean(text))


def xml(text: object) -> str:
    """Text for an element or an attribute of XML."""
    return escape(legible(text), quote=True)


def advance(text: str, size: float) -> float:
    """About how wide cleaned text is in a sans-serif face of this size, in pixels: rather too wide than too narrow."""
    ems = 0.0
    for one in text:
        if one.isascii():
            ems += 0.36 if one in _NARROW else 0.95 if one in _BROAD else 0.7 if one.isupper() else 0.61
        else:
            ems += 0.65 * width_of(one) if width_of(one) < 2 else 1.05
    return ems * size


def cut(text: str, size: float, room: float) -> str:
    """Text that fits into `room` pixels, with a mark where it was cut."""
    if advance(text, size) <= room:
        return text
    kept, used = 0, advance("\u2026", size)
    for one in text:
        used += advance(one, size)
        if used > room:
            break
        kept += 1
    return text[:kept].rstrip() + "\u2026"


def wrapped(text: object, size: float, room: float, lines: int) -> list[str]:
    """Text on at most so many lines, broken between words where it can be."""
    words = [piece for word in clean(text).split(" ") for piece in _pieces(word, size, room)]
    found = [""]
    for place, word in enumerate(words):
        longer = f"{found[-1]} {word}".strip()
        if advance(longer, size) <= room or not found[-1]:
            found[-1] = longer
        elif len(found) < lines:
            found.append(word)
        else:
            found[-1] = " ".join([found[-1], *words[place:]])
            break
    return [cut(one, size, room) for one in found]


def _pieces(word: str, size: float, room: float) -> list[str]:
    """A word, in pieces where it is wider than a line."""
    if advance(word, size) <= room:
        return [word]
    fits = max(1, len(cut(word, size, room)) - 1)
    return (
        [word[:fits], word[fits : 2 * fits], word[2 * fits :]] if len(word) > 2 * fits else [word[:fits], word[fits:]]
    )
