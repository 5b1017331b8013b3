"""Where policy gets the definitions of roles from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.roles.catalogue import catalogue_of
from vespera_core.model.role import RoleDefinition

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.policy.judging import Roles


def roles_of(kernel: Kernel) -> Roles:
    """The roles of a workspace as they are now, by name. Where none are in force, any word is a role of no capability.

    Raises RoleFault for a role whose definition cannot be used.
    """
    catalogue = catalogue_of(kernel)

    def role_named(name: str) -> RoleDefinition | None:
        found = catalogue.find(name)
        return RoleDefinition(name=name) if found is None and not catalogue.in_force else found

    return role_named
