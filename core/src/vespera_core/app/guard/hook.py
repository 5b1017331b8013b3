"""The hook as a whole: a message in, the answer out. Where the role is named and kept, the ledger stays closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vespera_core.app.guard import claude
from vespera_core.app.guard.decision import Guard
from vespera_core.app.guard.force import named
from vespera_core.app.guard.root import Root
from vespera_core.app.roles import kept

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera


def answer(
    data: bytes, folder: str, role: str | None, ledger: Callable[[], Vespera], *, if_role: bool = False
) -> str | None:
    """What the client is told: JSON that refuses, or None, which objects to nothing.

    `folder` is the workspace's `.vespera`, `role` the role that an option names; `ledger` opens the workspace, for what
    is not kept. With `if_role`, nothing is objected to where no role is in force; else whatever changes a file is.
    Raises Malformed, and the errors of opening a workspace and of finding a role.
    """
    call = claude.read(data)
    if call is None:
        return None
    guards = _guards(folder, named(role), ledger)
    if if_role and not guards:
        return None
    reason = claude.judge(call, guards)
    return None if reason is None else claude.refusal(f"Vespera's guard: {reason}")


def _guards(folder: str, role: str | None, ledger: Callable[[], Vespera]) -> Sequence[Guard]:
    known = None if role is None else kept.read(folder, role)
    if known is not None:
        return [Guard(known, Root(folder.rpartition("/")[0] or "/"))]
    from vespera_core.app.guard.force import guard_of, roles_in_force

    opened = ledger()
    return [guard_of(opened.kernel, one) for one in roles_in_force(opened.kernel, opened.caller, role)]
