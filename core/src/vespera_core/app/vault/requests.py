"""What operations on keys and sealed secrets are asked."""

from __future__ import annotations

from typing import Any

from vespera_core.model.record import record
from vespera_core.ports.keys import ENCRYPTION


class _Request:
    __slots__ = ()
    __pydantic_config__: dict[str, Any] = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads exactly this


@record(frozen=True, slots=True, kw_only=True)
class RevealTask(_Request):
    """One task, by id or unique prefix, whose sensitive metadata is to be shown."""

    task_id: str


@record(frozen=True, slots=True, kw_only=True)
class KeyStatus(_Request):
    """Nothing to say."""


@record(frozen=True, slots=True, kw_only=True)
class RotateKeys(_Request):
    """Which keys: those for ``encryption`` or for ``signing``. `dry_run` only counts."""

    purpose: str = ENCRYPTION
    dry_run: bool = False
