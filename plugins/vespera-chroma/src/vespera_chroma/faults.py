"""What goes wrong inside Chroma, in the words of the core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from vespera_core.errors import EngineFault, VesperaError

REBUILD: Final = "Make the index anew from the store with 'vespera rebuild vectors'."
_FULL: Final = ("disk is full", "no space left", "disk quota exceeded")


@contextmanager
def engine(doing: str) -> Iterator[None]:
    """Whatever Chroma raises in the block becomes an EngineFault; panics of its native code are BaseExceptions."""
    try:
        yield
    except (VesperaError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise fault(f"Chroma could not {doing}: {_said(error)}", error) from error


def fault(message: str, cause: BaseException | None = None) -> EngineFault:
    """An EngineFault with a next step that helps."""
    if cause is not None and any(word in str(cause).lower() for word in _FULL):
        return EngineFault(message, next="Free some space on the disk; the index then catches up by itself.")
    return EngineFault(message, next=REBUILD)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
