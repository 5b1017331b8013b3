"""Values of the engine as plain JSON values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

_HIDDEN: Final = frozenset({"_id", "_src", "_dst", "_label"})
"""The engine's own marks of nodes and relations, which mean nothing outside of its files."""


def plain(value: Any) -> Any:
    """A value as JSON can carry it: nodes and relations by their properties, times as RFC 3339 text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, dict):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _word(value)


def _mapping(value: dict[Any, Any]) -> dict[str, Any]:
    marks = {str(key).lower(): item for key, item in value.items() if str(key).lower() in {*_HIDDEN, "_nodes", "_rels"}}
    if set(marks) == {"_nodes", "_rels"}:
        return {"nodes": plain(marks["_nodes"]), "relations": plain(marks["_rels"])}
    if "_label" in marks:
        return {"label": marks["_label"]} | {
            str(key): plain(item) for key, item in value.items()
            if str(key).lower() not in _HIDDEN and item is not None
        }  # fmt: skip
    return {str(key): plain(item) for key, item in value.items()}


def _word(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value) if isinstance(value, UUID) else repr(value)
