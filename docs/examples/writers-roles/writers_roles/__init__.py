"""Roles for a team that writes documentation: the files in the folder `roles`, as a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from vespera_core.ports.roles import RoleTemplates


@hookimpl
def vespera_role_templates() -> RoleTemplates:
    from importlib.resources import files

    from vespera_core.ports.roles import RoleTemplates

    folder = files("writers_roles").joinpath("roles")
    return RoleTemplates(name="writers", summary="Three roles for a team that writes documentation.", folder=folder)
