"""Inputs: requests made of JSON or of words, for callers that have no schema of their own to hold them to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros, Unset
from vespera_core.model.times import parse_moment

_NEXT: Final = "Every operation and what it takes is described in docs/reference/operations.md."
_WORDS: Final[Mapping[object, str]] = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null",
    dict: "an object", tuple: "a list", Micros: "a time such as 2026-11-22T14:30:00Z",
}  # fmt: skip


@cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The types of a request's fields."""
    return get_type_hints(kind)


def request_of(kind: type, given: Mapping[str, Any], within: str = "") -> Any:
    """A request of some kind, of JSON. Raises InvalidInput that names the first field that is not as it should be."""
    hints = hints_of(kind)
    known = {spec.name: spec for spec in fields(kind)}
    for name in given:
        if name not in known:
            raise _unknown(within + name, name, list(known))
    for name, spec in known.items():
        if name not in given and spec.default is MISSING and spec.default_factory is MISSING:
            raise InvalidInput(f"{within}{name} is missing.", field=within + name, next=_NEXT)
    return kind(**{name: value_of(hints[name], value, within + name) for name, value in given.items()})


def json_of_words(kind: type, words: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The JSON that pairs of a field and a text stand for: text for text, else JSON; lists by naming one repeatedly."""
    hints = hints_of(kind)
    found: dict[str, Any] = {}
    for name, text in words:
        if name not in hints:
            raise _unknown(name, name, [spec.name for spec in fields(kind)])
        item = next((get_args(one)[0] for one in _alternatives(hints[name]) if get_origin(one) is tuple), None)
        if item is not None:
            found.setdefault(name, []).append(_word(item, text, name))
        elif name in found:
            raise InvalidInput(f"{name} is given twice, and takes one value.", field=name, next="Give it once.")
        else:
            found[name] = _word(hints[name], text, name)
    return found


def _word(hint: Any, text: str, field: str) -> Any:
    if {str, Micros} & set(_alternatives(hint)):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong(hint, text, field) from None


def value_of(hint: Any, value: Any, field: str) -> Any:
    """A value of some type, of JSON. Raises InvalidInput that names the field and what it must be."""
    for one in _alternatives(hint):
        if _fits(one, value):
            return _made(one, value, field)
    raise _wrong(hint, value, field)


def _fits(wanted: Any, value: object) -> bool:
    """Whether a value has the shape of a type; what is in it is looked at when it is made."""
    if wanted is Micros:
        return isinstance(value, str)
    if wanted in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (wanted is float and isinstance(value, float) and isfinite(value))
    if is_dataclass(wanted):
        return isinstance(value, dict)
    shape = get_origin(wanted) or wanted
    return isinstance(value, list if shape is tuple else shape)


def _made(wanted: Any, value: Any, field: str) -> Any:
    if wanted is Micros:
        return parse_moment(value, field)
    if isinstance(wanted, type) and is_dataclass(wanted):
        return request_of(wanted, value, f"{field}.")
    if get_origin(wanted) is tuple:
        return _several(get_args(wanted), value, field)
    if get_origin(wanted) is dict:
        _, item = get_args(wanted)
        return {key: value_of(item, one, f"{field}.{key}") for key, one in value.items()} if item is not Any else value
    return value


def _several(items: tuple[Any, ...], values: list[Any], field: str) -> tuple[Any, ...]:
    """A list of one type, or a row of so many."""
    kinds = (items[0],) * len(values) if items[-1] is Ellipsis else items
    if len(kinds) != len(values):
        raise InvalidInput(f"{field} must have {len(kinds)} values; got {len(values)}.", field=field, next=_NEXT)
    return tuple(
        value_of(kind, one, f"{field}[{place}]") for place, (kind, one) in enumerate(zip(kinds, values, strict=True))
    )


def _alternatives(hint: Any) -> list[Any]:
    """The types that a value may have."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return [one for one in kinds if one is not Unset]


def _wrong(hint: Any, value: object, field: str) -> InvalidInput:
    kinds = [_WORDS.get(get_origin(one) or one, "an object") for one in _alternatives(hint)]
    return InvalidInput(f"{field} must be {' or '.join(kinds)}; got {value!r:.100}.", field=field, next=_NEXT)


def _unknown(field: str, name: str, known: list[str]) -> InvalidInput:
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known) or 'none'}."
    return InvalidInput(f"There is no field {field[:100]!r}; {hint}", field=field[:100], next=_NEXT)
