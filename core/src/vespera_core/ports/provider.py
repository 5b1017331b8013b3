"""Provider descriptors: what a plugin returns from a backend hook. Describing is cheap; `open` does the heavy work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from vespera_core.model.record import record

if TYPE_CHECKING:
    from vespera_core.ports.storage import Storage

T = TypeVar("T")


@record(frozen=True, slots=True)
class OpenContext:
    """What a provider may know when it opens.

    `folder` is where it may keep files: for a store the workspace's `.vespera` folder (None for a store without one, as
    in tests), for an index a folder of its own, which the core deletes with the index. `clock` gives the present moment
    in microseconds since the epoch, UTC.

    Indexes get three facts more. `storage` is the open primary store, for those that read it themselves; None for an
    isolated one, which runs in another process. `name` is unlike any other index's, of this workspace or another, for
    engines that share a server. `dimension` is the length of the vectors to be held, and `model` what made them.
    """

    folder: Path | None
    clock: Callable[[], int]
    storage: Storage | None = None
    name: str = ""
    dimension: int = 0
    model: str = ""


@record(frozen=True, slots=True, kw_only=True)
class Provider(Generic[T]):
    """A backend that can be selected by name in the configuration.

    `open(settings, context)` imports its engine and returns the opened backend, or raises a `VesperaError`.
    `create(settings, context)` makes an empty place to keep things, and does nothing where one is already.
    `restore(settings, context, backup, check)` puts a backup in the place of a store that is missing, damaged or empty,
    once `check` has looked at an opened copy of it without raising; it answers where the store lies and where what was
    there is kept (None: nothing was there). None: this provider restores nothing.
    `isolated` asks the core to open the backend in a child process, since its engine may crash or hold the interpreter:
    `open` is then a function at the top of its module, and what its methods take and answer can be pickled.
    `settings` are the defaults of the provider's own configuration table; unknown keys in it are refused.
    `capabilities` are words of `vespera_core.ports.capabilities`: each is a promise, and so is its absence.
    """

    name: str
    summary: str
    open: Callable[[dict[str, Any], OpenContext], T]
    create: Callable[[dict[str, Any], OpenContext], None] = lambda _settings, _context: None
    restore: Callable[[dict[str, Any], OpenContext, Path, Callable[[T], None]], tuple[Path, Path | None]] | None = None
    isolated: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    capabilities: frozenset[str] = frozenset()
