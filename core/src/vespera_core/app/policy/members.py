"""Members: which principal works in which project, and in which role there."""

from __future__ import annotations

from dataclasses import replace

from vespera_core.app.policy.answers import MemberAnswer, MembersAnswer
from vespera_core.app.policy.principals import active_principal, member_of
from vespera_core.app.policy.requests import AddMember, ListMembers, RemoveMember
from vespera_core.app.policy.standing import ACTIVE, MEMBER, REMOVED
from vespera_core.app.session import Session
from vespera_core.app.tasks.creation import default_project
from vespera_core.app.unit import Unit
from vespera_core.errors import NotFound
from vespera_core.model.basics import MAX_WORD, check_text
from vespera_core.model.entity import Entity


def add_member(unit: Unit, request: AddMember) -> MemberAnswer:
    """Make a principal a member of a project, or give it another role there."""
    active_principal(unit, request.principal)
    project = unit.writable_project(request.project_id or default_project(unit))
    role = check_text("role", request.role, MAX_WORD, empty=False)
    name = _id(project.project_id, request.principal)
    old = unit.reader.entity(MEMBER, name)
    new = Entity(MEMBER, name, project.project_id, request.principal, ACTIVE, {"role": role})
    kind = "member.added" if old is None or old.state != ACTIVE else "member.changed"
    return MemberAnswer(member_of(unit.put_entity(old, new, kind)))


def list_members(session: Session, request: ListMembers) -> MembersAnswer:
    """Memberships that have not ended."""
    if request.project_id is not None:
        session.project(request.project_id)
    found = session.reader.entities(MEMBER, project_id=request.project_id, owner=request.principal, state=ACTIVE)
    return MembersAnswer(tuple(map(member_of, found)))


def remove_member(unit: Unit, request: RemoveMember) -> MemberAnswer:
    """End a membership."""
    project_id = request.project_id or default_project(unit)
    old = unit.reader.entity(MEMBER, _id(project_id, request.principal))
    if old is None or old.state != ACTIVE:
        raise NotFound(
            f"{request.principal} is no member of {project_id}.", principal=request.principal, project_id=project_id,
            next="Run 'vespera member list' to see who is.",
        )  # fmt: skip
    return MemberAnswer(member_of(unit.put_entity(old, replace(old, state=REMOVED), "member.removed")))


def _id(project_id: str, principal: str) -> str:
    """No project's id holds a slash, so that no two memberships share an id."""
    return f"{project_id}/{principal}"
