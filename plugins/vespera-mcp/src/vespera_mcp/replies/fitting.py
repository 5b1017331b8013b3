"""Fitting: a reply within its budget of model tokens, and what is said where something had to be left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vespera_core.model.tokens import cut_to, most_tokens
from vespera_mcp.replies.fencing import fenced
from vespera_mcp.replies.wanted import MOST

_NOTE: Final = 60
"""Tokens that are kept for saying what was left out."""
_FRAME: Final = 40
"""Tokens that fences and the count of what is missing may take."""


def fits(text: str, budget: int) -> bool:
    """Whether a text takes no more tokens than this, whatever it says."""
    return len(text) * 4 <= budget or len(text.encode("utf-8", "replace")) <= budget or most_tokens(text) <= budget


def fitted_rows(head: str, rows: Sequence[str], tail: str, budget: int, left_out: Callable[[int], str]) -> str:
    """Head, rows and tail; or as many rows as there is room for, and in place of the tail what `left_out` says.

    It is called with how many rows are told.
    """
    whole = "\n".join(filter(None, (head, *rows, tail)))
    if fits(whole, budget):
        return whole
    room = budget - most_tokens(head) - max(_NOTE, most_tokens(left_out(len(rows))) + 4)
    told = 0
    for row in rows:
        room -= most_tokens(row) + 1
        if room < 0:
            break
        told += 1
    shown = list(rows[:told])
    if rows and not told:  # so that whoever goes on where a reply ended comes to its end
        shown, told = [cut_whole(rows[0], max(1, room + most_tokens(rows[0])))], 1
    return cut_whole("\n".join(filter(None, (head, *shown, left_out(told)))), budget)


def lines_left_out(rows: Sequence[str], whole: int) -> Callable[[int], str]:
    """What is said of lines that had no room: how many, and the budget that they would have in all."""

    def said(told: int) -> str:
        enough = min(MOST, -(-whole // 100) * 100)
        return f"({len(rows) - told} more lines: repeat with budget {enough}.)"

    return said


def fitted_texts(head: str, texts: Sequence[tuple[str, str]], budget: int, call: Callable[[int], str]) -> str:
    """A head with texts under their labels; each gets an even share of the room, and is cut where it needs more.

    `call` says how to get the whole, in so many tokens.
    """
    whole = "\n".join((head, *(f"{label}\n{fenced(text)}" for label, text in texts)))
    if fits(whole, budget):
        return whole
    note = f"\n(Cut: {call(min(MOST, -(-most_tokens(whole) // 500) * 500))})"
    room = budget - most_tokens(head) - most_tokens(note)
    parts = [head]
    for place, (label, text) in enumerate(texts):
        share = room // (len(texts) - place)
        told = _begun(label, text, share)
        parts.extend(filter(None, (told,)))
        room -= most_tokens(told) + 1
    return cut_whole("\n".join(parts) + note, budget)


def _begun(label: str, text: str, share: int) -> str:
    """As much of a text as has room under its label; nothing where there is none for the label."""
    most = share - most_tokens(label) - _FRAME
    if most < 1:
        return ""
    begun = text
    while begun and most_tokens(begun) > most:
        begun = begun[: min(len(begun) - 1, len(begun) * most // most_tokens(begun))]
    more = f" ({len(text) - len(begun):,} more characters)" if len(begun) < len(text) else ""
    return f"{label}{more}\n{fenced(begun)}" if begun else f"{label}{more}"


def cut_whole(text: str, budget: int) -> str:
    """A text cut where there is no more room: the last resort, which holds whatever came before."""
    while not fits(text, budget):
        shorter = cut_to(text, max(1, budget * len(text) // (2 * max(most_tokens(text), 1))))
        text = shorter if len(shorter) < len(text) else text[: len(text) // 2]
    return text
