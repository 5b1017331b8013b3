"""Provider descriptors: what a plugin returns from a backend hook. Describing is cheap; `open` does the heavy work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any, Generic, TypeVar

from vespera_core.model.record import record

T = TypeVar("T")


@record(frozen=True, slots=True)
class OpenContext:
    """What a provider may know when it opens.

    `folder` is the workspace's `.vespera` folder (None for a store without one, as in tests); `clock` gives the
    present moment in microseconds since the epoch, UTC.
    """

    folder: Path | None
    clock: Callable[[], int]


@record(frozen=True, slots=True, kw_only=True)
class Provider(Generic[T]):
    """A backend that can be selected by name in the configuration.

    `open(settings, context)` imports its engine and returns the opened backend, or raises a `VesperaError`.
    `create(settings, context)` makes an empty place to keep things, and does nothing where one is already.
    `restore(settings, context, backup, check)` puts a backup in the place of a store that is missing, damaged or empty,
    once `check` has looked at an opened copy of it without raising; it answers where the store lies and where what was
    there is kept (None: nothing was there). None: this provider restores nothing.
    `settings` are the defaults of the provider's own configuration table; unknown keys in it are refused.
    """

    name: str
    summary: str
    open: Callable[[dict[str, Any], OpenContext], T]
    create: Callable[[dict[str, Any], OpenContext], None] = lambda _settings, _context: None
    restore: Callable[[dict[str, Any], OpenContext, Path, Callable[[T], None]], tuple[Path, Path | None]] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    capabilities: frozenset[str] = frozenset()
