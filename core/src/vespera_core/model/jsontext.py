"""Canonical JSON: one text for one value, so that hashes and digests agree everywhere."""

from __future__ import annotations

import json
from typing import Any

canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
"""Text of a JSON value: keys sorted, no spaces, Unicode kept."""

parse = json.JSONDecoder().decode


def parse_object(text: str | None) -> dict[str, Any]:
    """The object that `text` holds; an empty one for None or empty text."""
    value = parse(text) if text else {}
    return value if isinstance(value, dict) else {}
