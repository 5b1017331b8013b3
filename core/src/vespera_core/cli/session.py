"""One run of the command line: what was said before and around the command, and the workspace, opened when needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from vespera_core.cli import output

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera

T = TypeVar("T")


class Run:
    """The common options of this run, and the way to the ledger; commands, plugins' too, get it as ``ctx.obj``."""

    def __init__(self) -> None:
        self.json = False
        self.actor: str | None = None
        self.folder: str | None = None
        self.storage: str | None = None
        self.project: str | None = None
        self.idempotency_key: str | None = None
        self._ledger: Vespera | None = None

    @property
    def ledger(self) -> Vespera:
        """The open workspace. Raises NoWorkspace, ConfigError, PluginFault or StoreFault."""
        if self._ledger is None:
            from vespera_core.app.application import Vespera

            self._ledger = Vespera.open(
                self.folder, actor=self.actor, origin="cli", storage=self.storage, project=self.project
            )
        return self._ledger

    def call(self, operation: str, request: Any) -> Any:
        """Perform an operation of the table."""
        return self.ledger.call(operation, request, idempotency_key=self.idempotency_key)

    def show(self, answer: T, view: Callable[[T], str], data: Any = None) -> None:
        """Print an answer: as one line of JSON (of `data`, where that says it better), or as the view's text."""
        if self.json:
            from vespera_core.model.public import public

            output.write_json(public(answer if data is None else data))
        else:
            output.write(view(answer))

    def close(self) -> None:
        """Let go of the workspace."""
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()
