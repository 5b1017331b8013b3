"""Answers of this room."""

from __future__ import annotations

from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True)
class Principal:
    """Somebody or something that acts. `state` is ``active`` or ``removed``."""

    name: str
    kind: str
    description: str
    state: str
    created_at: Micros
    updated_at: Micros
    version: int


@record(frozen=True, slots=True)
class Member:
    """A principal in a project, with the role that it has there."""

    principal: str
    project_id: str
    role: str
    state: str
    updated_at: Micros
    version: int


@record(frozen=True, slots=True)
class Grant:
    """What a principal may do beyond its role; `project_id` None: in every project."""

    principal: str
    action: str
    project_id: str | None
    state: str
    updated_at: Micros
    version: int


@record(frozen=True, slots=True)
class PrincipalAnswer:
    """One principal with what it has."""

    principal: Principal
    members: tuple[Member, ...] = ()
    grants: tuple[Grant, ...] = ()


@record(frozen=True, slots=True)
class PrincipalsAnswer:
    """Principals by name."""

    principals: tuple[Principal, ...]


@record(frozen=True, slots=True)
class MemberAnswer:
    """One membership."""

    member: Member


@record(frozen=True, slots=True)
class MembersAnswer:
    """Memberships by project and principal."""

    members: tuple[Member, ...]


@record(frozen=True, slots=True)
class GrantAnswer:
    """One grant."""

    grant: Grant


@record(frozen=True, slots=True)
class GrantsAnswer:
    """Grants by project, action and principal."""

    grants: tuple[Grant, ...]
