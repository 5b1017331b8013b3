"""The executor without a process: the calling agent does the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vespera_core.errors import InvalidInput
from vespera_core.ports.executor import Execution, Executor, Work
from vespera_core.ports.provider import OpenContext


def open_manual(_settings: dict[str, Any], _context: OpenContext) -> Executor:
    """As `Provider.open`."""
    return ManualExecutor()


class ManualExecutor(Executor):
    """Hands the work over: the caller gets the briefing, and finishes the run when it is done."""

    def check(self, command: tuple[str, ...], folder: Path) -> None:  # noqa: ARG002
        """Raise InvalidInput for any command: there is nothing here that would run it."""
        if command:
            raise InvalidInput(
                "The executor manual runs no command.",
                field="command",
                next="Leave it out, or take --executor command.",
            )

    def start(self, work: Work, ended: Callable[[], None]) -> Execution | None:  # noqa: ARG002
        """Nothing to start."""
        return None
