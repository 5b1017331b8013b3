"""Annotations of the core, told to pydantic: what is a moment there is RFC 3339 text here, and nothing is "unset"."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BeforeValidator, WithJsonSchema

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros, Unset
from vespera_core.model.times import parse_moment

_RFC3339: Final = r"^[1-9]\d{3}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})$"
_is_rfc3339 = re.compile(_RFC3339, re.ASCII).match


def _moment(value: Any) -> int:
    if not isinstance(value, str) or not _is_rfc3339(value):
        raise ValueError("a moment is RFC 3339 text with its offset from UTC, such as 2026-11-22T14:30:00Z")
    try:
        return parse_moment(value.upper())
    except InvalidInput as error:
        raise ValueError(error.message) from None


Moment = Annotated[
    int, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time", "pattern": _RFC3339})
]
"""A moment of the core, from RFC 3339 text."""


def translated(annotation: Any, of_class: Callable[[type], Any], moment: Any = Moment) -> Any:
    """An annotation for pydantic. `of_class` says what stands for a dataclass or a named tuple, `moment` for a time."""
    if annotation is Micros:
        return moment
    if isinstance(annotation, type) and (is_dataclass(annotation) or is_named_tuple(annotation)):
        return of_class(annotation)
    arguments = tuple(translated(one, of_class, moment) for one in get_args(annotation) if one is not Unset)
    origin = get_origin(annotation)
    if not arguments or origin is None or arguments == get_args(annotation):
        return annotation
    if origin in _UNIONS:
        return reduce(or_, arguments)
    return origin[arguments]


_UNIONS: Final = (Union, types.UnionType)


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """What a value may be: the members of a union, or the annotation alone."""
    return get_args(annotation) if get_origin(annotation) in _UNIONS else (annotation,)


def is_named_tuple(kind: type) -> bool:
    """Whether a class was made with `typing.NamedTuple`."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields")
