"""Ids: short, readable, and apart from each other even when two branches make them at once."""

from __future__ import annotations

import secrets
from typing import Final

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MIN_LENGTH: Final = 4


def new_id(prefix: str, events: int) -> str:
    """``PREFIX-k3f9``: a random base-36 number that grows with the ledger.

    Long enough that among as many ids as there are events, the chance that any two of independent branches meet stays
    below one in four (birthday bound: n^2 / (2 * 36^length)); within one store a taken id is noticed and made anew.
    """
    length = _MIN_LENGTH
    while events * events > 36**length // 2:
        length += 1
    return f"{prefix}-{''.join(secrets.choice(_DIGITS) for _ in range(length))}"
