"""How many tokens of a real model's vocabulary (o200k_base) a text takes."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of how the package opens its own data
    import bpe_openai

    _O200K = bpe_openai.get_encoding("o200k_base")


def tokens(text: str) -> int:
    """The exact count."""
    return len(_O200K.encode(text))
