"""Checking: everything that speaks against giving a task to a role.

The rules of the ledger are judged on a snapshot or in a transaction; what plugins say is asked outside of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.roles.answers import CheckAnswer, Violation
from vespera_core.app.roles.capacity import live_claims
from vespera_core.app.roles.catalogue import Catalogue, catalogue_of
from vespera_core.app.roles.requests import CheckAssignment
from vespera_core.app.rules.reasons import ancestors
from vespera_core.app.session import Session
from vespera_core.errors import RoleFault, UnknownRole
from vespera_core.model.role import RoleDefinition
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.roles import Assignment

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

HOOK: Final = "vespera_check_assignment"
_FIELDS: Final = {"estimate": "estimate_minutes", "due": "due_at", "parent": "parent_id"}
"""Validation rules that go by another name than the field that they look at."""


def check_assignment(kernel: Kernel, request: CheckAssignment, caller: Caller) -> CheckAnswer:
    """Every rule that speaks against an assignment, those of plugins included."""
    catalogue = catalogue_of(kernel)
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        task = session.task(request.task_id)
        found = violations(session, catalogue, task, request.role)
    found += plugin_violations(kernel, catalogue, task, request.role, caller)
    return CheckAnswer(task_id=task.task_id, role=request.role, allowed=not found, violations=tuple(found))


def violations(session: Session, catalogue: Catalogue, task: Task, name: str) -> list[Violation]:
    """What the ledger's own rules say."""
    try:
        found = unfit(catalogue, task, name, lambda one: sum(1 for _ in ancestors(session, one)))
    except RoleFault as error:
        return [Violation(rule="role", message=error.message)]
    role = catalogue.roles.get(name)
    full = () if role is None else _capacity(session, role, task)
    return [*found, *(Violation(rule="capacity", message=one) for one in full)]


def unfit(catalogue: Catalogue, task: Task, name: str, depth: Callable[[Task], int]) -> list[Violation]:
    """What the definition of a role says against a task, whoever holds which tasks now. Raises RoleFault.

    `depth` is asked how far below the top of the tree a task stands, where that matters.
    """
    try:
        role = catalogue.get(name)
    except UnknownRole as error:
        return [Violation(rule="role", message=error.message)] if catalogue.in_force else []
    return [
        Violation(rule=rule, message=message)
        for rule, messages in (
            ("capabilities", _capabilities(role, task)), ("task_type", _type(role, task)),
            ("depth", _depth(depth, role, task)), ("validation", _validation(role, task)),
        )
        for message in messages
    ]  # fmt: skip


def requirements(task: Task) -> tuple[str, ...] | None:
    """The capabilities that a task's metadata requires; None where they are not a list of words."""
    given: Any = task.metadata.get("requires", [])
    words = [given] if isinstance(given, str) else given
    if not isinstance(words, list | tuple) or not all(isinstance(one, str) for one in words):
        return None
    return tuple(dict.fromkeys(words))


def _capabilities(role: RoleDefinition, task: Task) -> Iterator[str]:
    required = requirements(task)
    if required is None:
        yield f"metadata.requires of {task.task_id} must be a list of words."
        return
    missing = [one for one in required if one not in role.capabilities]
    if missing:
        yield f"{task.task_id} requires {', '.join(missing)}, which the role {role.name} cannot do."


def _type(role: RoleDefinition, task: Task) -> Iterator[str]:
    if role.task_types is not None and task.type not in role.task_types:
        yield f"The role {role.name} takes {', '.join(role.task_types) or 'no type of task'}, not a {task.type}."


def _depth(depth: Callable[[Task], int], role: RoleDefinition, task: Task) -> Iterator[str]:
    limit = role.restrictions.max_task_depth
    if limit is not None and (stands := depth(task)) > limit:
        yield f"{task.task_id} stands {stands} levels below the top; the role {role.name} goes down to {limit}."


def _validation(role: RoleDefinition, task: Task) -> Iterator[str]:
    for rule in role.validation:
        if getattr(task, _FIELDS.get(rule, rule)) in (None, "", ()):
            yield f"{task.task_id} has no {rule}, which the role {role.name} asks for."


def _capacity(session: Session, role: RoleDefinition, task: Task) -> Iterator[str]:
    limit = role.max_concurrent_tasks
    if limit is None:
        return
    live = live_claims(session, role.name, without=(task.task_id,))
    if live >= limit:
        yield f"Workers hold {live} tasks of the role {role.name}, which allows {limit}."


def plugin_violations(kernel: Kernel, catalogue: Catalogue, task: Task, name: str, caller: Caller) -> list[Violation]:
    """What plugins say; a plugin that cannot judge speaks against it."""
    role = catalogue.roles.get(name)
    if role is None or not kernel.plugins.implements(HOOK):
        return []
    asked = Assignment(task=task, role=role, actor=caller.actor)
    return [
        Violation(rule=f"plugin {plugin}", message=message)
        for plugin, answer in kernel.plugins.call_each(HOOK, assignment=asked)
        for message in _objections(plugin, answer)
    ]


def _objections(plugin: str, answer: Any) -> list[str]:
    if answer is None:
        return []
    if isinstance(answer, Exception):
        return [f"The plugin {plugin!r} failed while it judged the assignment: {answer}"]
    if isinstance(answer, str):
        return [answer]
    found = list(answer) if isinstance(answer, Iterable) else [answer]
    if all(isinstance(one, str) for one in found):
        return found
    return [f"The plugin {plugin!r} answered {answer!r}, which is no objection in words."]
