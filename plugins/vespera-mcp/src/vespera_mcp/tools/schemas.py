"""Schemas: the types of requests as slim JSON schemas, which cost a model few tokens.

They leave out titles, defaults, bounds and null: the core judges what a value may be, once, and its error says it.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from vespera_core.model.basics import Micros, Unset
from vespera_mcp.tools.tool import Schema

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
YES_OR_NO: Final[Schema] = {"type": "boolean"}
OBJECT: Final[Schema] = {"type": "object"}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}

_PLAIN: Final[dict[Any, Schema]] = {
    str: TEXT, int: WHOLE, float: {"type": "number"}, bool: YES_OR_NO, Micros: TEXT,
}  # fmt: skip


def one_of(*words: str) -> Schema:
    """One of these words."""
    return {"enum": [*words]}


def schema_of(hint: Any) -> Schema:
    """The schema of a type; of several that a value may have, the first that is not null."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) in (Union, UnionType):
        return schema_of(next(one for one in get_args(hint) if one not in (NoneType, Unset)))
    if get_origin(hint) is tuple:
        return {"type": "array", "items": schema_of(get_args(hint)[0])}
    if isinstance(hint, type) and is_dataclass(hint):
        return record_schema(hint)
    return OBJECT


def record_schema(kind: type) -> Schema:
    """The schema of an object; one that holds its like is not followed further."""
    hints = get_type_hints(kind)
    names = [name for name in hints if kind not in _inner(hints[name])]
    return {"type": "object", "properties": {name: schema_of(hints[name]) for name in names}}


def _inner(hint: Any) -> tuple[Any, ...]:
    """The types that a type is made of, and itself."""
    return (hint, *(inner for one in get_args(hint) for inner in _inner(one)))
