"""Pieces of text as tokenizers part it, and the most tokens that each can become.

A byte-pair vocabulary parts a text into words, numbers and signs before it joins bytes, and no token crosses such a
part. Within one, two neighbours are always joined where the vocabulary has their union. What follows holds for
o200k_base, and tests hold it to that: nearly every pair of small letters is a token, so that of three letters in a row
no two stand alone; a number takes a token for three digits; a character of three bytes whose first two are a token
takes two at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vespera_core.model.words import CAPITALS, EVEN, ROUGH, SIGNS, SMALL

_OTHER: Final = r"[^\x00-\x7f]"
"""A class that is the complement of a small one compiles ten times as fast as one of large ranges."""
_PIECE: Final = re.compile(
    rf"""
      [\x00-\t\x0b\x0c\x0e-/:-@\[-`{{-\x7f]?(?:[A-Z]*+[a-z]++|[A-Z]++(?![a-z]))(?!'|{_OTHER})  # a word with its sign
    | [A-Za-z]++(?:'[A-Za-z]*+)++                                  # words with apostrophes
    | [0-9]++(?!{_OTHER})
    | [A-Za-z0-9]*+(?:{_OTHER}++[A-Za-z0-9']*+)++                  # whatever other scripts may join
    | (?<!{_OTHER})(?:[ ]{{1,32}}(?=[ ][^ \t-\r])|[ ]{{2,32}}+(?!{_OTHER}))  # the last may join what follows
    | (?<!{_OTHER})[ ]?[!-/:-@\[-`{{-~]{{1,40}}+(?!{_OTHER})
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
pieces_of: Final[Callable[[str], list[str]]] = _PIECE.findall
"""The pieces of a text, in order; together they are the text."""

_APART: Final = re.compile(
    "b(?=q)|g(?=[kq])|j(?=[vz])|k(?=[qz])|[lnty](?=q)|q(?=[fgjkvz])|r(?=j)|w(?=[qz])|x(?=[gjkqvw])|z(?=[jqv])"
)
"""Pairs of small letters that are no token."""

_LIGHT: Final = (
    "[\u0900-\u0fbf\u1e00-\u1f7f\u1fc0-\u233f\u2440-\u26bf\u2700-\u27bf\u3000-\u317f\u4e00-\u5d3f\u5dc0-\u6abf"
    "\u6b00-\u877f\u8840-\u977f\u97c0-\u9bbf\uac00-\uad7f\uc040-\uc2ff\uc500-\uc7bf\uc800-\uc93f\U0001f000-\U0001ffff]"
)
"""Characters that take one token less than they have bytes; only texts that have some pay for compiling it."""

_JOINING: Final = ("", " ")
_KEPT: Final = 24
_REMEMBERED: Final = 20_000


class _Costs(dict[str, int]):
    """The cost of each short piece that was met."""

    def __missing__(self, piece: str) -> int:
        cost = _cost(piece)
        if len(piece) <= _KEPT and len(self) < _REMEMBERED:
            self[piece] = cost
        return cost


cost_of: Final[Callable[[str], int]] = _Costs().__getitem__
"""The most tokens that a piece can become."""


def _cost(piece: str) -> int:
    size = len(piece)
    if not piece.isascii():
        return len(piece.encode("utf-8", "replace")) - len(re.findall(_LIGHT, piece))
    if piece.isdigit():
        return -(-size // 3)
    if piece.isspace():
        return 1 if piece.isprintable() else size
    word = piece if piece[0].isalpha() else piece[1:]
    if word.isalpha():
        return _cost_of_word(piece[: size - len(word)], word)
    return 1 if piece.strip() in SIGNS else max(1, size - (piece[0] == " "))


def _cost_of_word(front: str, word: str) -> int:
    """Of small letters no three in a row begin tokens, except where two of them are no token together."""
    small = word if word.islower() else word[1:]
    if known := _cost_of_known(front, word):
        return known
    if not small.islower():
        return len(word) + bool(front)
    capital = len(word) - len(small)
    return capital + bool(front) + sum(-(-2 * len(run) // 3) for run in _runs(small))


def _cost_of_known(front: str, word: str) -> int:
    """What a common word costs by what stands in front of it; 0 for other words."""
    if len(word) == 1:
        return 1 if front in _JOINING else 2
    whole = word.lower() if word[1:].islower() else ""
    if whole in EVEN:
        return 1 if front in _JOINING else 2
    if whole in ROUGH or word in SMALL or word in CAPITALS:
        return 1 if front in _JOINING else 3
    return 0


def _runs(small: str) -> list[str]:
    return _APART.sub(lambda found: found[0] + " ", small).split(" ")
