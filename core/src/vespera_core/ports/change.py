"""The change: what `vespera_before_write` sees of a write that has not begun."""

from __future__ import annotations

from typing import Any

from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader


class Change:
    """An operation about to write. Tasks looked at through `task` must have the same version in the transaction."""

    def __init__(self, operation: str, input: Any, caller: Caller, snapshot: Reader) -> None:
        self.operation = operation
        self.input = input
        self.caller = caller
        self._snapshot = snapshot
        self.seen: dict[str, int | None] = {}

    def task(self, task_id: str) -> Task | None:
        """The task as the snapshot has it, by exact id; None where there is none."""
        found = self._snapshot.tasks([task_id]).get(task_id)
        self.seen[task_id] = found.version if found else None
        return found
