"""Ids: short, readable, and apart from each other even when two branches make them at once."""

from __future__ import annotations

import os
from typing import Final

_DIGIT_OF_BYTE: Final = bytes(b"0123456789abcdefghijklmnopqrstuvwxyz"[byte % 36] for byte in range(256))
_MIN_LENGTH: Final = 4


def new_id(prefix: str, events: int) -> str:
    """``PREFIX-k3f9``: a random base-36 number that grows with the ledger.

    Long enough that among as many ids as there are events, the chance that any two of independent branches meet stays
    below one in four (birthday bound: n^2 / (2 * 36^length)); within one store a taken id is noticed and made anew.
    """
    length = _MIN_LENGTH
    while events * events > 36**length // 2:
        length += 1
    return f"{prefix}-{os.urandom(length).translate(_DIGIT_OF_BYTE).decode()}"
