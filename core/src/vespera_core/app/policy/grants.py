"""Grants: what a principal may do beyond its role."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from vespera_core.app.policy.answers import GrantAnswer, GrantsAnswer
from vespera_core.app.policy.capabilities import WORDS
from vespera_core.app.policy.principals import active_principal, grant_of
from vespera_core.app.policy.requests import AddGrant, ListGrants, RemoveGrant
from vespera_core.app.policy.standing import ACTIVE, EVERYWHERE, GRANT, REMOVED
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import InvalidInput, NotFound
from vespera_core.model.entity import Entity

_ACTION: Final = re.compile(r"\*|[a-z][a-z0-9_-]{0,49}(\.[a-z0-9_-]{1,50}){0,3}\.(\*|[a-z0-9_-]{1,50})")


def add_grant(unit: Unit, request: AddGrant) -> GrantAnswer:
    """Grant a principal an action, in one project or in all; the same grant again changes nothing."""
    active_principal(unit, request.principal)
    action = check_granted(request.action)
    project_id = EVERYWHERE if request.project_id is None else unit.writable_project(request.project_id).project_id
    name = _id(request)
    old = unit.reader.entity(GRANT, name)
    new = Entity(GRANT, name, project_id, request.principal, ACTIVE, {"action": action})
    return GrantAnswer(grant_of(unit.put_entity(old, new, "grant.added")))


def list_grants(session: Session, request: ListGrants) -> GrantsAnswer:
    """Grants that have not ended."""
    if request.project_id is not None:
        session.project(request.project_id)
    found = session.reader.entities(GRANT, project_id=request.project_id, owner=request.principal, state=ACTIVE)
    return GrantsAnswer(tuple(map(grant_of, found)))


def remove_grant(unit: Unit, request: RemoveGrant) -> GrantAnswer:
    """End a grant."""
    old = unit.reader.entity(GRANT, _id(request))
    if old is None or old.state != ACTIVE:
        where = "everywhere" if request.project_id is None else f"in {request.project_id}"
        raise NotFound(
            f"{request.principal} was not granted {request.action!r} {where}.", principal=request.principal,
            action=request.action, next="Run 'vespera grant list' to see what was granted.",
        )  # fmt: skip
    return GrantAnswer(grant_of(unit.put_entity(old, replace(old, state=REMOVED), "grant.removed")))


def check_granted(action: str) -> str:
    """The same word or pattern; raises InvalidInput for what no grant can say."""
    if action not in WORDS and not _ACTION.fullmatch(action):
        raise InvalidInput(
            f"{action!r} is neither a capability nor an action; capabilities are: {', '.join(WORDS)}.", field="action",
            next="Take one of these words, or write an action as 'task.claim', a whole family as 'task.*'.",
        )  # fmt: skip
    return action


def _id(grant: AddGrant | RemoveGrant) -> str:
    """Neither a project's id nor an action holds a slash, so that no two grants share an id."""
    return f"{grant.project_id or '*'}/{grant.action}/{grant.principal}"
