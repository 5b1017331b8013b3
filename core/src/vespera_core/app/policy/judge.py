"""The judge: asks the ledger about a call, before it begins and once more within its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from vespera_core.app.policy import roles
from vespera_core.app.policy.confining import Bounds, bounds_of
from vespera_core.app.policy.judging import about, judge
from vespera_core.app.policy.standing import standing_of, subjects_of
from vespera_core.app.session import Session
from vespera_core.app.unit import RolesNeeded, Unit
from vespera_core.errors import PermissionDenied
from vespera_core.ports.access import AccessRequest, Caller

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
        self._within: frozenset[str] | None = None
        self._about: str | None = None
        self._default = kernel.default_project

    def __call__(
        self, session: Session, asked: AccessRequest, known: Roles | None = None
    ) -> tuple[AccessRequest, bool]:
        """What is asked, with the one project that it is about, and whether the ledger itself allows it.

        Raises PermissionDenied where it forbids it. Where it has no opinion, other policies decide.
        """
        subjects, standing = subjects_of(session, asked.input, self._default), standing_of(session.reader, asked.actor)
        projects, self._within = subjects.projects, bounds_of(asked, standing)
        if self._within is not None and subjects.is_beyond(self._within, asked.project_id):
            raise PermissionDenied(
                f"{asked.actor} may not {asked.operation}: what is named is nothing in "
                f"{', '.join(sorted(self._within))}.", policy="builtin", action=asked.action,
            )  # fmt: skip
        self._about = projects[0] if len(projects) == 1 else None
        asked = about(asked, self._about)
        verdict = judge(asked, standing, projects, known or self._role)
        if verdict is not None and not verdict.allowed:
            raise PermissionDenied(
                f"{asked.actor} may not {asked.operation}: {verdict.reason}.", policy="builtin", action=asked.action
            )
        return asked, verdict is not None

    def bounded(self, request: Any, caller: Caller, work: Callable[[Any, Caller], Any]) -> Any:
        """What `work` answers, held to what the caller may know of."""
        if self._within is None:
            return work(request, caller)
        return Bounds(self._within, self._about, self._kernel.storage).keep(request, caller, work)

    def _role(self, name: str) -> RoleDefinition | None:
        if self._roles is None:
            self._roles = roles.roles_of(self._kernel)
        return self._roles(name)

    def again(self, handler: Callable[..., T], asked: AccessRequest, by_ledger: bool) -> Callable[..., T]:
        """A handler that is judged again within its transaction: a grant may have been taken back meanwhile."""

        def judged(unit: Unit, request: Any, *known: Any) -> T:
            _, allowed = self(unit, asked, self._known_role)
            if by_ledger and not allowed:
                raise PermissionDenied(f"{asked.actor} may not {asked.operation} any more.", policy="builtin")
            unit.barred = lambda operation: self._barred(unit, self._instead(asked, operation), by_ledger)
            return handler(unit, request, *known)

        return judged

    def _instead(self, asked: AccessRequest, operation: str | None) -> AccessRequest:
        """The same caller, asking for another operation."""
        if operation is None:
            return asked
        return replace(asked, operation=operation, action=self._kernel.operations[operation].action)

    def _barred(self, unit: Unit, asked: AccessRequest, by_ledger: bool) -> tuple[str, ...]:
        """Projects in which the ledger refuses what is asked, or does not allow it where nobody else did.

        Raises PermissionDenied where that leaves none, and RolesNeeded: roles are not read within a transaction.
        """
        standing = standing_of(unit.reader, asked.actor)
        verdicts = {
            one.project_id: judge(asked, standing, (one.project_id,), self._known_role)
            for one in unit.reader.projects()
            if one.status != "archived"
        }
        refused = {
            project_id: "nothing allows it" if verdict is None else verdict.reason
            for project_id, verdict in verdicts.items()
            if (by_ledger if verdict is None else not verdict.allowed)
        }
        if refused and len(refused) == len(verdicts):
            project_id, reason = next(iter(refused.items()))
            raise PermissionDenied(
                f"{asked.actor} may not {asked.operation} in {project_id}, nor in any other project: {reason}.",
                policy="builtin", action=asked.action,
            )  # fmt: skip
        return tuple(refused)

    def _known_role(self, name: str) -> RoleDefinition | None:
        if self._roles is None and not self._kernel.roles.is_read:
            raise RolesNeeded
        return self._role(name)
