"""Tokens: how much of a language model's attention a text takes, estimated without any model's vocabulary."""

from __future__ import annotations

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

    English comes out less than twice too high, other scripts more so; see `pieces`.
    """
    from vespera_core.model.pieces import cost_of, pieces_of

    return sum(map(cost_of, pieces_of(text)))
