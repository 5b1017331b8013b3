"""Which types can be said in JSON, as answers of operations are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Literal, NewType, Union, get_args, get_origin, get_type_hints

SCALARS: Final = (NoneType, Any)
PLAIN: Final = (str, int, float, tuple, list, dict)


def unspeakable(hint: Any, within: str, seen: frozenset[Any] = frozenset()) -> Iterator[str]:
    """The places of a type that JSON has no word for."""
    if not _plain(hint):
        parts = dict(_parts(hint, within, seen))
        if not parts and hint not in seen and not is_dataclass(hint):
            yield f"{within}: {hint}"
        inner = seen | {hint} if is_dataclass(hint) else seen
        for place, part in parts.items():
            yield from unspeakable(part, place, inner)


def _plain(hint: Any) -> bool:
    return hint in SCALARS or get_origin(hint) is Literal or (isinstance(hint, type) and issubclass(hint, PLAIN))


def _parts(hint: Any, within: str, seen: frozenset[Any]) -> Iterator[tuple[str, Any]]:
    """What a type is made of."""
    shape, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, NewType):
        yield within, hint.__supertype__
    elif isinstance(hint, type) and is_dataclass(hint) and hint not in seen:
        hints = get_type_hints(hint)
        yield from ((f"{within}.{spec.name}", hints[spec.name]) for spec in fields(hint))
    elif shape in (Union, UnionType, tuple, list) or (shape is dict and inner[0] is str):
        yield from ((f"{within}[{place}]", one) for place, one in enumerate(inner) if one is not Ellipsis)
