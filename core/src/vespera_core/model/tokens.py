"""Tokens: how much of a language model's attention a text takes, estimated without any model's vocabulary."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

BYTES_A_TOKEN: Final = 3.5
"""English prose has about 4.5 bytes of UTF-8 a token, code and ids 3 to 3.5, other scripts 2.5 to 4."""
_CHARACTERS_A_TOKEN: Final = 128
_LONG: Final = 16


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

    English comes out less than twice too high, other scripts more so; see `pieces`.
    """
    from vespera_core.model.pieces import cost_of, pieces_of

    return sum(map(cost_of, pieces_of(text)))


def cut_to_most(text: str, tokens: int) -> str:
    """The beginning of a text that takes at most so many tokens by `most_tokens`; only long runs are parted."""
    from vespera_core.model.pieces import cost_of, pieces_of

    taken, left = 0, tokens
    for piece in pieces_of(text[: max(tokens, 0) * _CHARACTERS_A_TOKEN]):
        cost = cost_of(piece)
        if cost > left:
            return text[: taken + _part(text, taken, len(piece), tokens)] if cost > _LONG else text[:taken]
        left -= cost
        taken += len(piece)
    return text[:taken]


def _part(text: str, start: int, size: int, tokens: int) -> int:
    """How much of a long run of signs or letters still fits behind the `start` of a text."""
    reach = min(size, tokens * _CHARACTERS_A_TOKEN)
    fits = bisect_right(range(reach), tokens, key=lambda end: most_tokens(text[: start + end])) - 1
    while fits > 0 and most_tokens(text[: start + fits]) > tokens:
        fits -= 1
    return max(0, fits)
