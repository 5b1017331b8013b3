"""Words as BERT sees them: lower case, without accents, punctuation and Chinese characters each on their own.

The rules are those of the uncased BERT models; a test holds them against recorded answers of the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import category, normalize

# Lower-case letters and digits, or one mark: all that is left of an ASCII text.
_ASCII = re.compile(r"[0-9a-z]+|[!-/:-@\[-`{-~]")
_ASCII_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_REMOVED = frozenset(("Cc", "Cf", "Co", "Cs"))  # controls, marks of direction, private use, lone surrogates
_ASCII_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def words(text: str) -> list[str]:
    """The words of a text, marks of punctuation among them."""
    if text.isascii():
        text = text if text.isprintable() else text.translate(_ASCII_CONTROLS)
        return _ASCII.findall(text.lower())
    return "".join(_spaced(_plain(text))).split()


def _plain(text: str) -> str:
    """Without accents, in lower case, letter by letter: a sigma at the end of a word is like any other."""
    cleaned = "".join(_cleaned(text))
    return "".join(letter.lower() for letter in normalize("NFD", cleaned) if category(letter) != "Mn")


def _cleaned(text: str) -> Iterator[str]:
    """Without control characters; Chinese characters with spaces around them."""
    for letter in text:
        if letter in "\t\n\r" or (kind := category(letter)) == "Zs":
            yield " "
        elif _is_chinese(ord(letter)):
            yield f" {letter} "
        elif kind not in _REMOVED and letter != "\ufffd":
            yield letter


def _spaced(text: str) -> Iterator[str]:
    """With spaces around every mark of punctuation."""
    for letter in text:
        yield f" {letter} " if letter in _ASCII_MARKS or category(letter)[0] == "P" else letter


def _is_chinese(code: int) -> bool:
    return code >= 0x3400 and any(first <= code <= last for first, last in _CHINESE)
