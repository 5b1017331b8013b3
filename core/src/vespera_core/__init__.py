"""Vespera: the work ledger for people and AI agents.

The public API. `Vespera.open(path)` opens a workspace; hook plugins use `hookimpl`. Names are resolved when they are
first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera as Vespera
    from vespera_core.errors import VesperaError as VesperaError
    from vespera_core.hookspecs import hookimpl as hookimpl
    from vespera_core.model.basics import Micros as Micros
    from vespera_core.model.project import Project as Project
    from vespera_core.model.task import Relation as Relation
    from vespera_core.model.task import Task as Task
    from vespera_core.model.times import as_datetime as as_datetime
    from vespera_core.model.times import parse_moment as parse_moment

__version__ = "0.1.0"

_HOMES = {
    "Vespera": "app.application",
    "VesperaError": "errors",
    "hookimpl": "hookspecs",
    "Micros": "model.basics",
    "Project": "model.project",
    "Relation": "model.task",
    "Task": "model.task",
    "as_datetime": "model.times",
    "parse_moment": "model.times",
}

__all__ = [
    "Micros",
    "Project",
    "Relation",
    "Task",
    "Vespera",
    "VesperaError",
    "as_datetime",
    "hookimpl",
    "parse_moment",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
