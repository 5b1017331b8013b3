"""Packing: dataclasses to JSON and back without loss, for answers that are kept under an idempotency key."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from vespera_core.model.basics import UNSET, Unset


def pack(value: Any) -> Any:
    """JSON of a value; fields that were not given are left out."""
    if is_dataclass(value):
        pairs = ((spec.name, getattr(value, spec.name)) for spec in fields(value))
        return {name: pack(item) for name, item in pairs if item is not UNSET}
    if isinstance(value, dict):
        return {key: pack(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [pack(item) for item in value]
    return value


def unpack(kind: Any, data: Any) -> Any:
    """The value of type `kind` that `pack` made `data` of."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: unpack(hints[name], item) for name, item in data.items()})  # type: ignore[operator]
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return None if data is None else unpack(_chosen(get_args(kind), data), data)
    if origin is tuple:
        return tuple(unpack(get_args(kind)[0], item) for item in data)
    if isinstance(kind, type) and issubclass(kind, tuple) and isinstance(data, list):
        return kind(*data)
    return data


def _chosen(kinds: tuple[Any, ...], data: Any) -> Any:
    given = [kind for kind in kinds if kind not in (type(None), Unset)]
    shaped = [kind for kind in given if is_dataclass(kind)] if isinstance(data, dict) else []
    return (shaped or given)[0]
