"""What the operations of this room do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vespera_core.app.guard.answers import DiffAnswer, GuardAnswer
from vespera_core.app.guard.decision import READERS, Decision, Guard, Operation
from vespera_core.app.guard.diff import judged
from vespera_core.app.guard.force import guard_of, roles_in_force
from vespera_core.app.guard.requests import CheckAccess, CheckDiff
from vespera_core.errors import InvalidInput, NotFound
from vespera_core.model.basics import check_choice

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller

_OPERATIONS: Final[tuple[Operation, ...]] = ("read", "edit")


def check(kernel: Kernel, request: CheckAccess, caller: Caller) -> GuardAnswer:
    """Judge a tool, a file, or both. Where several roles are in force, one that allows it is enough."""
    if request.operation is not None:
        check_choice("operation", request.operation, _OPERATIONS)
    roles = roles_in_force(kernel, caller, request.role)
    if not roles:
        raise NotFound(
            "No role is in force: none was named, and no task that you hold has one.",
            next="Name a role with --role or VESPERA_ROLE, or claim a task that has one.",
        )
    answers = [_checked(guard_of(kernel, role), request) for role in roles]
    return next((answer for answer in answers if answer.allowed), answers[0])


def diff(kernel: Kernel, request: CheckDiff, caller: Caller) -> DiffAnswer:
    """Judge the changes of a git working tree. Where several roles are in force, one that allows all is enough."""
    roles = roles_in_force(kernel, caller, request.role)
    if not roles:
        return DiffAnswer(allowed=True, role=None, files=(), changed=0)
    answers = [judged(kernel, role, request) for role in roles]
    return next((answer for answer in answers if answer.allowed), answers[0])


def _checked(guard: Guard, request: CheckAccess) -> GuardAnswer:
    try:
        decision = _decided(guard, request)
    finally:
        guard.root.close()
    return GuardAnswer(
        allowed=decision.allowed, role=guard.role, rule=decision.rule, reason=decision.reason,
        pattern=decision.pattern, place=decision.place,
    )  # fmt: skip


def _decided(guard: Guard, request: CheckAccess) -> Decision:
    if request.tool is not None:
        decision = guard.tool(request.tool)
        if not decision.allowed or request.path is None:
            return decision
    if request.path is None:
        raise InvalidInput("Neither a tool nor a file was named.", field="path", next="Name a tool, a path, or both.")
    return guard.path(request.path, _operation(request))


def _operation(request: CheckAccess) -> Operation:
    if request.operation is None:
        return "read" if request.tool in READERS else "edit"
    return "read" if request.operation == "read" else "edit"
