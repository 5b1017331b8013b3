"""The board: what all processes of a workspace know of its services, as notes in the primary store.

Whoever hosts services writes their states; whoever commands them writes what is wanted; hosts look twice a second.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.projections.locks import ProcessLock
from vespera_core.model.record import record

if TYPE_CHECKING:
    from vespera_core.ports.storage import Storage

SPACE: Final = "service"
RUNNING, STANDBY, STOPPED, FAILED = "running", "standby", "stopped", "failed"


@record(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of a service: whether it runs, how often it was restarted by command, and its settings."""

    runs: bool = True
    restarts: int = 0
    settings: Mapping[str, Any]


class Notes:
    """One look at the board."""

    def __init__(self, memos: Mapping[str, Any]) -> None:
        self._memos = memos

    def state(self, name: str) -> dict[str, Any]:
        """What the leader of a service last said of it."""
        return dict(self._memos.get(f"state:{name}") or {})

    def states(self) -> list[dict[str, Any]]:
        """What the leaders of all services last said."""
        return list(self.named_states().values())

    def named_states(self) -> dict[str, dict[str, Any]]:
        """The same, by service."""
        return {key.partition(":")[2]: kept for key, kept in self._memos.items() if key.startswith("state:")}

    def health(self) -> dict[str, Any]:
        """The last sample of the health monitor."""
        return dict(self._memos.get("health") or {})

    def wanted(self, name: str) -> Wanted:
        """What is wanted of a service."""
        kept = self._memos.get(f"wanted:{name}") or {}
        return Wanted(
            runs=kept.get("runs", True),
            restarts=kept.get("restarts", 0),
            settings=self._memos.get(f"settings:{name}") or {},
        )

    def hosts(self) -> dict[str, dict[str, Any]]:
        """Processes that host services, by key: pid, hostname, moments, and what each does with every service."""
        return {key: kept for key, kept in self._memos.items() if key.startswith("host:")}


class Board:
    """Reads and writes the notes."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def look(self) -> Notes:
        with self._storage.read() as reader:
            return Notes(reader.memos(SPACE))

    def note(self, memos: Mapping[str, Any]) -> None:
        """Write notes, all of them or none; None takes one off."""
        self._storage.write(lambda unit: unit.put_memos(SPACE, memos))

    def want(self, names: list[str], *, runs: bool | None = None, restart: bool = False) -> None:
        """Say whether services should run, or that they should start anew."""
        notes = self.look()
        memos: dict[str, Any] = {}
        for name in names:
            now = notes.wanted(name)
            memos[f"wanted:{name}"] = {
                "runs": now.runs if runs is None else runs,
                "restarts": now.restarts + restart,
            }
        self.note(memos)


def service_lock(workspace: Path, name: str) -> ProcessLock:
    """The lock whose holder leads a service."""
    return ProcessLock(workspace / "services" / f"{name}.lock")


def host_key() -> str:
    """The name of this process on the board."""
    return f"host:{hostname()}:{os.getpid()}"


def hostname() -> str:
    """The name of this machine."""
    import socket

    return socket.gethostname()
