"""What a request of this room must be like before anything is worked out: values of the types that it declares."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from vespera_core.errors import InvalidInput

_WORDS: Final[Mapping[object, str]] = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "nothing",
    dict: "an object", tuple: "a list",
}  # fmt: skip


def check_types(request: Any) -> None:
    """Raise InvalidInput that names the first field whose value is not of the type that the request declares.

    Transports see to this by themselves; whoever calls from Python is told in the same words.
    """
    for name, wanted in _fields(type(request)).items():
        value = getattr(request, name)
        if not any(_fits(value, one) for one in wanted):
            kinds = " or ".join(_WORDS[get_origin(one) or one] for one in wanted)
            raise InvalidInput(f"{name} must be {kinds}; got {value!r:.100}.", field=name)


def _fields(kind: type) -> dict[str, tuple[Any, ...]]:
    """The types that each field of a request may have."""
    hints = get_type_hints(kind)
    return {name: _alternatives(hints[name]) for name in getattr(kind, "__dataclass_fields__", ())}


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """The types of a union, or the only one; a moment is a whole number."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return tuple(getattr(one, "__supertype__", one) for one in kinds)


def _fits(value: object, wanted: Any) -> bool:
    if get_origin(wanted) is tuple:
        return isinstance(value, tuple | list)
    if get_origin(wanted) is dict:
        key, _ = get_args(wanted)
        return isinstance(value, dict) and all(isinstance(one, key) for one in value)
    if wanted in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (wanted is float and isinstance(value, float) and isfinite(value))
    return isinstance(value, wanted)


def check_count(field: str, value: object, least: int = 1, most: int = 1_000_000) -> int:
    """Return a whole number within bounds; raise InvalidInput that names the field."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(f"{field} must be a whole number from {least:,} to {most:,}; got {value!r}.", field=field)
    return value
