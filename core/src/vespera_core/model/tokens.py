"""Tokens: how much of a language model's attention a text takes, estimated without any model's vocabulary."""

from __future__ import annotations

import re
from typing import Final

BYTES_A_TOKEN: Final = 3.5
"""English prose has about 4.5 bytes of UTF-8 a token, code and ids 3 to 3.5, other scripts 2.5 to 4."""


def estimated_tokens(text: str) -> int:
    """About how many tokens a text takes: one for every 3.5 bytes of its UTF-8, rounded up; 0 for an empty text."""
    return -int(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN)


def cut_to(text: str, tokens: int) -> str:
    """The beginning of a text that takes at most so many tokens, cut between words where there are any."""
    if estimated_tokens(text) <= tokens:
        return text
    room = text.encode("utf-8", "replace")[: max(0, int(tokens * BYTES_A_TOKEN))].decode("utf-8", "ignore")
    start, space, _ = room.rpartition(" ")
    return (start if space and len(start) > len(room) // 2 else room).rstrip()


def most_tokens(text: str) -> int:
    """At least as many tokens as a text takes in the vocabulary o200k: for budgets that must hold.

    A token stands for one byte of UTF-8 or more. That bound is made tighter where it is safe: a common word is one
    token, digits are taken by threes, and of letters that are no common word five make three tokens or fewer, since
    nearly every pair of them is one. English comes out almost twice too high, other scripts more so.
    """
    if text.isascii():
        return _most_of_ascii(text) + _END
    return sum(_most_of_chunk(chunk) for chunk in _CHUNK.findall(text)) + _END


_END: Final = 1
"""A space at the end is a token of its own; any other belongs to the word behind it."""
_CHUNK: Final = re.compile(r"\S+|\s+")
_PIECE: Final = re.compile(r"([A-Z]?[a-z]+)|([A-Z]+[a-z]*)|([0-9]+)| ( *)|([^A-Za-z0-9 ])")
"""What is counted by itself: a word, capitals, digits, spaces, any other sign."""
_RARE: Final = re.compile(r"[bgklntwyz]q|q[^u]|[gkqxz]k|[jrxz]j|[kj]z|wz|j[vz]|x[gvw]|zv")
"""Pairs of letters that are no token: where one stands, each letter may be a token of its own."""


def _most_of_chunk(chunk: str) -> int:
    return _most_of_ascii(chunk) if chunk.isascii() else len(chunk.encode("utf-8", "surrogatepass"))


def _most_of_ascii(text: str) -> int:
    from vespera_core.model.common_words import COMMON_WORDS

    count = 0
    for word, capitals, digits, spaces, other in _PIECE.findall(text):
        if word:
            count += _most_of_word(word) if word.lower() not in COMMON_WORDS else 1 if word.islower() else 2
        elif other:
            count += 1
        elif digits:
            count += -(-len(digits) // 3) + 1  # a space before digits is a token of its own
        elif capitals:
            count += len(capitals)
        elif spaces:
            count += 1 + -(-len(spaces) // 8)
    return count


def _most_of_word(word: str) -> int:
    if _RARE.search(word):
        return len(word)
    return min(len(word), len(word) * 3 // 5 + 1 + (not word.islower()))
