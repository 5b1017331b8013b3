"""Judging: what the ledger itself says about callers in a role, and about principals that come from elsewhere.

A role forbids whatever was granted. Members of projects are held to their projects, but for what they were granted
elsewhere. A grant, or a role that a membership proves, allows. A role that a caller with access to the workspace's
files says of itself counts as well: it can only take away from what such a caller may do anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vespera_core.app.policy.capabilities import Rule, is_granted, rule_of
from vespera_core.app.policy.standing import EVERYWHERE, REMOVED, Standing
from vespera_core.model.entity import Entity
from vespera_core.model.role import RoleDefinition
from vespera_core.ports.access import AccessRequest, Verdict

Roles = Callable[[str], RoleDefinition | None]
"""The definition of a role by its name; None for one that is not defined."""


def judge(asked: AccessRequest, standing: Standing, projects: tuple[str, ...], roles: Roles) -> Verdict | None:
    """The verdict about a request that is about these projects; None where the ledger has no opinion."""
    verdicts = [_judged(about(asked, one), standing, roles) for one in projects or (None,)]
    refused = next((one for one in verdicts if one is not None and not one.allowed), None)
    return refused or (None if None in verdicts else verdicts[0])


def about(asked: AccessRequest, project_id: str | None) -> AccessRequest:
    """The same request, about one project."""
    return asked if asked.project_id == project_id else replace(asked, project_id=project_id)


def _judged(asked: AccessRequest, standing: Standing, roles: Roles) -> Verdict | None:
    rule = rule_of(asked.operation, asked.action)
    if rule.who == "anybody":
        return Verdict(allowed=True)
    refusal = _refusal(asked, standing, rule, roles)
    granted = _is_granted(asked, standing)
    if refusal is None and not granted:
        refusal = _outside(asked, standing, rule)
    if refusal is not None:
        return Verdict(allowed=False, reason=refusal)
    return Verdict(allowed=True) if granted or _is_due(asked, standing, rule, roles) else None


def _refusal(asked: AccessRequest, standing: Standing, rule: Rule, roles: Roles) -> str | None:
    """What stands against it whatever was granted, and which rule that is."""
    if standing.principal is not None and standing.principal.state == REMOVED:
        return f"the principal {asked.actor} was removed"
    name = _binding_role(asked, standing)
    if rule.who == "person" and (name is not None or standing.kind not in (None, "person")):
        return f"the rule {rule.pattern!r} leaves it to persons who work in no role"
    if name is None:
        return None
    role = roles(name)
    if role is None:
        return f"there is no role {name!r}"
    if rule.forbids(role):
        return f"the rule {rule.pattern!r} asks for {' or '.join(rule.capabilities)}, which the role {name} has not"
    member = standing.member(asked.project_id)
    if member is not None and member.data["role"] != name:
        return f"{asked.actor} is a member of {member.project_id} as {member.data['role']}, not as {name}"
    return None


def _binding_role(asked: AccessRequest, standing: Standing) -> str | None:
    """The role that limits the caller: the one it works in, else that of its membership, unless it is a person."""
    if asked.role is not None or standing.kind == "person":
        return asked.role
    member = standing.member(asked.project_id)
    return None if member is None else str(member.data["role"])


def _outside(asked: AccessRequest, standing: Standing, rule: Rule) -> str | None:
    """Why a member of projects may not do it there."""
    if rule.scope == "workspace" or not standing.members or standing.member(asked.project_id) is not None:
        return None
    if asked.project_id is not None:
        return f"{asked.actor} is no member of the project {asked.project_id}"
    homes = ", ".join(one.project_id for one in standing.members)
    return f"{asked.actor} is a member of {homes} only, and this is about no one project: name one"


def _is_granted(asked: AccessRequest, standing: Standing) -> bool:
    return any(
        grant.project_id in (EVERYWHERE, asked.project_id)
        and is_granted(grant.data["action"], asked.operation, asked.action)
        for grant in standing.grants
    )


def _is_due(asked: AccessRequest, standing: Standing, rule: Rule, roles: Roles) -> bool:
    """Whether a role is enough: one that a membership proves, or one said by who may do everything without it."""
    names = [str(one.data["role"]) for one in standing.members if _counts(one, asked, rule)]
    if asked.role is not None and asked.owner:
        names.append(asked.role)
    found = (roles(name) for name in names if asked.role in (None, name))
    return any(role is not None and rule.allows(role) for role in found)


def _counts(member: Entity, asked: AccessRequest, rule: Rule) -> bool:
    return rule.scope == "workspace" or member.project_id == asked.project_id
