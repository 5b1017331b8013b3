"""Which engine runs the graph: Kuzu, or its maintained fork, which has the same interface and other files."""

from __future__ import annotations

import importlib
import importlib.util  # Kuzu hides some of its own errors where this is not imported
from typing import Any, Final, NamedTuple

from vespera_core.errors import EngineFault

MODULES: Final = ("kuzu", "ladybug")
"""Tried in this order."""


class Engine(NamedTuple):
    """An installed engine; `storage` is the version of its file format."""

    name: str
    version: str
    storage: int
    module: Any

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def installed() -> tuple[str, ...]:
    """The engines that could be imported."""
    return tuple(name for name in MODULES if importlib.util.find_spec(name) is not None)


def load_engine(wanted: str, writer: str | None) -> Engine:
    """The engine of that name; for ``auto`` the one that wrote the files, where it is installed, or the first.

    Raises EngineFault where it is not installed or cannot be imported.
    """
    found = installed()
    name = wanted if wanted != "auto" else writer if writer in found else next(iter(found), MODULES[0])
    try:
        module = importlib.import_module(name)
        return Engine(name, module.__version__, int(module.Database.get_storage_version()), module)
    except Exception as error:
        raise EngineFault(
            f"The graph engine {name} cannot be imported: {error}.",
            next=f"Install it with 'pip install {name}', or answer without it: 'vespera config set graph memory'.",
        ) from error
