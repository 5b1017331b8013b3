"""The operation: one entry of the table of what the system can do."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Literal

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Operation:
    """What can be done, described once; the CLI, REST and MCP are projections of it.

    `input` and `output` name dataclasses and `handler` names a function, each as ``module:attribute``: they are
    imported when the operation is first used, so that a long table costs nothing at start. `action` is what policies
    judge; an operation without one stops the start. A ``read`` handler is called with (Session, input), a ``write``
    handler with (Unit, input) inside the write transaction, a ``service`` handler with (Kernel, input, Caller).
    `around` names what a ``write`` does outside of its transaction: it is called with (Kernel, input, Caller, write),
    and answers what ``write(...)`` does, which hands what it is given to the handler after the input. An answer that
    is kept under an idempotency key is given without it. Where `around_if` names a field of the input, there is nothing
    to do around requests that do not give it.
    """

    name: str
    summary: str
    input: str
    output: str
    handler: str
    action: str
    kind: Literal["read", "write", "service"]
    around: str | None = None
    around_if: str | None = None

    def stands_around(self, request: Any) -> bool:
        """Whether anything is done outside of the transaction for this input."""
        return self.around is not None and (self.around_if is None or getattr(request, self.around_if) is not None)


@cache
def resolve(target: str) -> Any:
    """The object behind ``module:attribute``."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
