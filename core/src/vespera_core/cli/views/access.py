"""Principals, members and grants as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.text import block, clean, table, when

if TYPE_CHECKING:
    from vespera_core.app.policy.answers import (
        Grant,
        GrantAnswer,
        GrantsAnswer,
        MemberAnswer,
        MembersAnswer,
        PrincipalAnswer,
        PrincipalsAnswer,
    )


def principal_line(verb: str, answer: PrincipalAnswer) -> str:
    """One principal, and what was done with it."""
    return clean(f"{verb} {answer.principal.kind} {answer.principal.name}")


def principals(answer: PrincipalsAnswer) -> str:
    """One line for each."""
    rows = [
        (one.name, one.kind, "" if one.state == "active" else one.state, one.description) for one in answer.principals
    ]
    return table(rows, "") or "No principals."


def principal_detail(answer: PrincipalAnswer) -> str:
    """One principal with what it has."""
    one = answer.principal
    facts = [("kind", one.kind), ("state", one.state), ("since", when(one.created_at)), ("version", one.version)]
    parts = [f"{clean(one.name)}\n{table(facts)}"]
    if one.description:
        parts.append(f"Description:\n{block(one.description)}")
    if answer.members:
        parts.append(f"Member of:\n{table([(member.project_id, member.role) for member in answer.members])}")
    if answer.grants:
        parts.append(f"Granted:\n{table([(grant.action, _where(grant)) for grant in answer.grants])}")
    return "\n".join(parts)


def member_line(verb: str, answer: MemberAnswer) -> str:
    """One membership, and what was done with it."""
    one = answer.member
    return clean(f"{verb} {one.principal} as {one.role} in {one.project_id}")


def members(answer: MembersAnswer) -> str:
    """One line for each."""
    return table([(one.project_id, one.principal, one.role) for one in answer.members], "") or "No members."


def grant_line(verb: str, answer: GrantAnswer) -> str:
    """One grant, and what was done with it."""
    one = answer.grant
    return clean(f"{verb} {one.action}: {one.principal}, {_where(one)}")


def grants(answer: GrantsAnswer) -> str:
    """One line for each."""
    return table([(one.principal, one.action, _where(one)) for one in answer.grants], "") or "No grants."


def _where(grant: Grant) -> str:
    return "in every project" if grant.project_id is None else f"in {grant.project_id}"
