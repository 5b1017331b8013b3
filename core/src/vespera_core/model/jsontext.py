"""Canonical JSON: one text for one value, so that hashes and digests agree everywhere."""

from __future__ import annotations

import json
import json.encoder
from typing import Any

_encoder = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)

# `JSONEncoder.encode` makes a new encoder in C for every call, which costs as much as encoding a small value.
_make = getattr(json.encoder, "c_make_encoder", None)
_chunks = _make and _make(None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", True, False, False)


def canonical(value: Any) -> str:
    """Text of a JSON value: keys sorted, no spaces, Unicode kept. Raises ValueError for numbers JSON cannot carry."""
    return "".join(_chunks(value, 0)) if _chunks else _encoder.encode(value)


parse = json.JSONDecoder().decode


def parse_object(text: str | None) -> dict[str, Any]:
    """The object that `text` holds; an empty one for None or empty text."""
    value = parse(text) if text else {}
    return value if isinstance(value, dict) else {}
