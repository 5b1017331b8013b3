"""The judge: asks the ledger about a call, before it begins and once more within its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from vespera_core.app.policy import roles
from vespera_core.app.policy.judging import judge
from vespera_core.app.policy.standing import projects_of, standing_of
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import PermissionDenied
from vespera_core.ports.access import AccessRequest

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.policy.judging import Roles
    from vespera_core.model.role import RoleDefinition

T = TypeVar("T")


class Judge:
    """Judges one call. Roles are read once, where one first matters: before the transaction, which waits for none."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._roles: Roles | None = None
        self._default = kernel.default_project

    def __call__(self, session: Session, asked: AccessRequest) -> tuple[AccessRequest, bool]:
        """What is asked, with the one project that it is about, and whether the ledger itself allows it.

        Raises PermissionDenied where it forbids it. Where it has no opinion, other policies decide.
        """
        projects = projects_of(session, asked.input, self._default)
        verdict = judge(asked, standing_of(session.reader, asked.actor), projects, self._role)
        if verdict is not None and not verdict.allowed:
            raise PermissionDenied(
                f"{asked.actor} may not {asked.operation}: {verdict.reason}.", policy="builtin", action=asked.action
            )
        return replace(asked, project_id=projects[0] if len(projects) == 1 else None), verdict is not None

    def _role(self, name: str) -> RoleDefinition | None:
        if self._roles is None:
            self._roles = roles.roles_of(self._kernel)
        return self._roles(name)

    def again(self, handler: Callable[[Unit, Any], T], asked: AccessRequest, by_ledger: bool) -> Callable[..., T]:
        """A handler that is judged again within its transaction: a grant may have been taken back meanwhile."""

        def judged(unit: Unit, request: Any) -> T:
            _, allowed = self(unit, asked)
            if by_ledger and not allowed:
                raise PermissionDenied(f"{asked.actor} may not {asked.operation} any more.", policy="builtin")
            return handler(unit, request)

        return judged
