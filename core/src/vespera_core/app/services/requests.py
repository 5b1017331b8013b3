"""What the operations on services and indexes take."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class ServiceNames(_Request):
    """Services by name; none means all."""

    names: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class ConfigureService(_Request):
    """New settings of a service; an empty text returns one to what the file or the service says."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


@record(frozen=True, slots=True, kw_only=True)
class RebuildIndexes(_Request):
    """Which indexes to make anew: ``vectors``, ``graph``, or one by its name; None means all."""

    index: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class ReapLeases(_Request):
    """Give back what is held under leases that lapsed at least so many seconds ago."""

    grace_seconds: int = 3600
    limit: int = 100


@record(frozen=True, slots=True, kw_only=True)
class Repair(_Request):
    """No input."""
