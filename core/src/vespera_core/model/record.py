"""Records: dataclasses that cost little to define.

`vespera ready` is run all day, and each frozen dataclass costs it more than a millisecond, most of it spent on writing
and compiling methods that one shared function does as well. A record is a standard dataclass with shared `__eq__`,
`__hash__` and `__repr__`. That it is frozen is a promise that type checkers hold the code to; nothing checks it while
the program runs, which also makes records cheaper to create. No store ever hands out an object that it keeps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool = False, **options: Any) -> Callable[[type], type]:
        """As `dataclasses.dataclass`; `frozen` makes instances hashable, and tells readers not to change them."""

        def made(cls: type) -> type:
            kind = dataclasses.dataclass(eq=False, repr=False, **options)(cls)
            kind.__eq__, kind.__repr__, kind.__hash__ = _equal, _shown, _hashed if frozen else None
            return kind

        return made


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    names: tuple[str, ...] = tuple(self.__dataclass_fields__)
    return all(getattr(self, name) == getattr(other, name) for name in names)


def _hashed(self: Any) -> int:
    return hash(tuple(getattr(self, name) for name in self.__dataclass_fields__))


def _shown(self: Any) -> str:
    shown = (name for name, spec in self.__dataclass_fields__.items() if spec.repr)
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{self.__class__.__qualname__}({values})"


__all__ = ["record"]
