"""Requests of this room."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class AddPrincipal(_Request):
    """Who or what acts under a name: a ``person``, ``agent``, ``plugin`` or ``service``."""

    name: str
    kind: str = "agent"
    description: str = ""


@record(frozen=True, slots=True, kw_only=True)
class ListPrincipals(_Request):
    """Principals, of one kind where given; `removed` ones too where asked for."""

    kind: str | None = None
    removed: bool = False


@record(frozen=True, slots=True, kw_only=True)
class PrincipalRef(_Request):
    """One principal, by its name."""

    name: str


@record(frozen=True, slots=True, kw_only=True)
class AddMember(_Request):
    """A principal that works in a project, and in which role there. Without a project the workspace's is taken."""

    principal: str
    role: str
    project_id: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class ListMembers(_Request):
    """Members of a project, or the memberships of a principal, or all."""

    project_id: str | None = None
    principal: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class RemoveMember(_Request):
    """A membership that ends. Without a project the workspace's is meant."""

    principal: str
    project_id: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class AddGrant(_Request):
    """What a principal may do beyond its role: a capability such as ``task_creation``, an action or operation, or a
    pattern such as ``task.*``.

    Without a project it holds in every one.
    """

    principal: str
    action: str
    project_id: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class ListGrants(_Request):
    """Grants of a principal, or those of a project, or all."""

    principal: str | None = None
    project_id: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class RemoveGrant(_Request):
    """A grant that ends, named as it was given."""

    principal: str
    action: str
    project_id: str | None = None
