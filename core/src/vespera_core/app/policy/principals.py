"""Principals: who acts in the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from vespera_core.app.policy.answers import Grant, Member, Principal, PrincipalAnswer, PrincipalsAnswer
from vespera_core.app.policy.requests import AddPrincipal, ListPrincipals, PrincipalRef
from vespera_core.app.policy.standing import ACTIVE, PRINCIPAL, REMOVED, standing_of
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import DuplicateId, NotFound
from vespera_core.model.basics import MAX_WORD, check_choice, check_text
from vespera_core.model.entity import Entity

KINDS: Final = ("person", "agent", "plugin", "service")


def add_principal(unit: Unit, request: AddPrincipal) -> PrincipalAnswer:
    """Register a principal; one that was removed comes back, without what it had."""
    name = check_text("name", request.name, MAX_WORD, empty=False)
    check_choice("kind", request.kind, KINDS)
    check_text("description", request.description)
    old = unit.reader.entity(PRINCIPAL, name)
    if old is not None and old.state == ACTIVE:
        raise DuplicateId(
            f"There is a principal {name!r} already.", principal=name,
            next="Run 'vespera principal list' to see all of them.",
        )  # fmt: skip
    data = {"kind": request.kind, "description": request.description}
    new = Entity(PRINCIPAL, name, state=ACTIVE, data=data)
    return PrincipalAnswer(principal_of(unit.put_entity(old, new, "principal.added")))


def list_principals(session: Session, request: ListPrincipals) -> PrincipalsAnswer:
    """Principals by name."""
    if request.kind is not None:
        check_choice("kind", request.kind, KINDS)
    found = session.reader.entities(PRINCIPAL, state=None if request.removed else ACTIVE)
    return PrincipalsAnswer(tuple(principal_of(one) for one in found if request.kind in (None, one.data["kind"])))


def get_principal(session: Session, request: PrincipalRef) -> PrincipalAnswer:
    """One principal with its memberships and grants, removed or not."""
    standing = standing_of(session.reader, request.name)
    if standing.principal is None:
        raise _unknown(session, request.name)
    members, grants = tuple(map(member_of, standing.members)), tuple(map(grant_of, standing.grants))
    return PrincipalAnswer(principal_of(standing.principal), members, grants)


def remove_principal(unit: Unit, request: PrincipalRef) -> PrincipalAnswer:
    """Remove a principal with its memberships and grants: in a role or from elsewhere it may do nothing any more."""
    old = active_principal(unit, request.name)
    standing = standing_of(unit.reader, request.name)
    for one in (*standing.members, *standing.grants):
        unit.put_entity(one, replace(one, state=REMOVED), f"{one.kind}.removed")
    return PrincipalAnswer(principal_of(unit.put_entity(old, replace(old, state=REMOVED), "principal.removed")))


def active_principal(session: Session, name: str) -> Entity:
    """The principal of this name, which was not removed. Raises NotFound."""
    found = session.reader.entity(PRINCIPAL, name)
    if found is None or found.state != ACTIVE:
        raise _unknown(session, name)
    return found


def _unknown(session: Session, name: str) -> NotFound:
    names = ", ".join(one.entity_id for one in session.reader.entities(PRINCIPAL, state=ACTIVE)[:10]) or "none yet"
    return NotFound(
        f"There is no principal {name!r}; there are: {names}.", principal=name,
        next="Run 'vespera principal list', or register it with 'vespera principal add NAME'.",
    )  # fmt: skip


def principal_of(entity: Entity) -> Principal:
    """An entity of the kind ``principal`` as callers see it."""
    return Principal(
        entity.entity_id, entity.data["kind"], entity.data["description"], entity.state, entity.created_at,
        entity.updated_at, entity.version,
    )  # fmt: skip


def member_of(entity: Entity) -> Member:
    """An entity of the kind ``member`` as callers see it."""
    role = str(entity.data["role"])
    return Member(entity.owner, entity.project_id, role, entity.state, entity.updated_at, entity.version)


def grant_of(entity: Entity) -> Grant:
    """An entity of the kind ``grant`` as callers see it."""
    return Grant(
        entity.owner, entity.data["action"], entity.project_id or None, entity.state, entity.updated_at, entity.version
    )
