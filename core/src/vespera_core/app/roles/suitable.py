"""Suitable roles: which fit what is needed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.roles.answers import Suitable, SuitableAnswer
from vespera_core.app.roles.capacity import live_claims
from vespera_core.app.roles.catalogue import catalogue_of
from vespera_core.app.roles.checking import requirements
from vespera_core.app.roles.requests import SuitableRoles
from vespera_core.app.session import Session
from vespera_core.errors import InvalidInput
from vespera_core.model.query import check_limit
from vespera_core.model.role import RoleDefinition
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def suitable_roles(kernel: Kernel, request: SuitableRoles, caller: Caller) -> SuitableAnswer:
    """Roles that have some of the capabilities and take the type, the best first.

    The score is the share of the capabilities that a role has, less a little for every one that it has beyond them, so
    that among roles that can do it all the one made for it stands first, and for a role that has no place left now.
    """
    limit = check_limit(request.limit)
    roles = catalogue_of(kernel).roles
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        needed, kind = _needed(session, request)
        fits = [one for one in roles.values() if one.task_types is None or kind is None or kind in one.task_types]
        found = [_judged(session, one, needed, kind) for one in fits]
    ranked = sorted((one for one in found if one.score > 0), key=lambda one: (-one.score, one.role))
    return SuitableAnswer(capabilities=needed, type=kind, roles=tuple(ranked[: limit or None]))


def _needed(session: Session, request: SuitableRoles) -> tuple[tuple[str, ...], str | None]:
    needed, kind = dict.fromkeys(request.capabilities), request.type
    if request.task_id is not None:
        task = session.task(request.task_id)
        needed |= dict.fromkeys(requirements(task) or ())
        kind = kind or task.type
    if not needed and kind is None:
        raise InvalidInput("Nothing was said about what is needed.", field="capabilities",
                           next="Name a task, capabilities, or a type.")  # fmt: skip
    return tuple(needed), kind


def _judged(session: Session, role: RoleDefinition, needed: tuple[str, ...], kind: str | None) -> Suitable:
    has = [one for one in needed if one in role.capabilities]
    lacks = tuple(one for one in needed if one not in role.capabilities)
    reasons = [f"has {', '.join(has)}"] if has else []
    score = len(has) / len(needed) if needed else 0.5
    score -= 0.02 * min(len(set(role.capabilities) - set(needed)), 10)
    if kind is not None and role.task_types is None:
        score -= 0.05
    elif kind is not None:
        reasons.append(f"is made for tasks of the type {kind}")
    full = role.max_concurrent_tasks
    if full is not None and (live := live_claims(session, role.name)) >= full:
        score -= 0.1
        reasons.append(f"has no place now: workers hold {live} of {full}")
    if lacks:
        reasons.append(f"lacks {', '.join(lacks)}")
    fitting = score if has or not needed else 0.0
    return Suitable(role=role.name, score=round(min(max(fitting, 0.0), 1.0), 3), reasons=tuple(reasons), lacks=lacks)
