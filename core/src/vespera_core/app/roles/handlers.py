"""Looking at roles: which there are, what one says, and what is wrong with a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.requests import Nothing
from vespera_core.app.roles.answers import RoleAnswer, RolesAnswer, ValidationAnswer
from vespera_core.app.roles.catalogue import catalogue_of
from vespera_core.app.roles.drafts import Draft
from vespera_core.app.roles.requests import RoleRef, ValidateRoles
from vespera_core.model.basics import check_text
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def list_roles(kernel: Kernel, _request: Nothing, _caller: Caller) -> RolesAnswer:
    """Every role that can be used, and what is wrong with the others."""
    found = catalogue_of(kernel)
    return RolesAnswer(
        roles=tuple(found.roles.values()), in_force=found.in_force, chosen=found.chosen, sets=found.sets,
        problems=found.problems,
    )  # fmt: skip


def get_role(kernel: Kernel, request: RoleRef, _caller: Caller) -> RoleAnswer:
    """One role. Raises UnknownRole or RoleFault."""
    found = catalogue_of(kernel)
    return RoleAnswer(role=found.get(request.role), in_force=found.in_force)


def validate_roles(kernel: Kernel, request: ValidateRoles, _caller: Caller) -> ValidationAnswer:
    """What is wrong with the role files in use, or with the text of one that is not in use yet."""
    found = catalogue_of(kernel)
    if request.text is None:
        return ValidationAnswer(valid=tuple(found.roles), problems=found.problems)
    from vespera_core.app.roles.inheriting import resolve
    from vespera_core.app.roles.reading import read_text

    drafts, problems = read_text(check_text("text", request.text), request.source)
    names = {one.name for one in drafts}
    others = [Draft(name=one, given={}, source=two.source, line=1) for one, two in found.roles.items()]
    resolved = resolve(others, drafts, {one.role: one for one in problems if one.role is not None})
    wrong = [one for one in resolved.problems if one.role in names]
    return ValidationAnswer(valid=tuple(one for one in resolved.roles if one in names), problems=(*problems, *wrong))
