"""Every operation, for every role, in its own, in another and in no project: the verdicts that the table declares.

Operations and roles come from their registries; what is declared is read off the table once more, in other words.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from itertools import product
from typing import Any

import pytest

from core.policy.conftest import ROLES, coming_from
from vespera_core.app.application import Vespera
from vespera_core.app.call import Call
from vespera_core.app.operations import builtin_operations
from vespera_core.app.policy import roles
from vespera_core.app.policy.capabilities import RULES
from vespera_core.errors import PermissionDenied
from vespera_core.model.role import RoleDefinition
from vespera_core.ports.operation import Operation

OPERATIONS = {one.name: one for one in builtin_operations()}
PLACES = {"own": "mem", "other": "web", "none": None}
OF_PLUGINS = {
    name: Operation(name=name, summary="", input="", output="", handler="", action=action, kind="read")
    for name, action in (("hello.look", "hello.read"), ("hello.greet", "hello.write"), ("hello.odd", "odd"))
}

EVERYONE = {
    "task.claim", "task.heartbeat", "task.release", "task.checkpoint", "task.complete", "task.comment", "evidence.ran",
    "search.feedback", "system.stats", "run.start", "run.progress", "run.finish", "task.create", "task.capture",
    "relation.add",
}  # fmt: skip
PLANNING = {
    "task.create_many", "task.update", "task.reopen", "task.cancel", "task.defer", "task.block",
    "task.delete", "task.restore", "relation.remove", "project.create", "project.update",
    "project.archive", "event.undo", "run.cancel", "role.assign", "role.unassign",
}  # fmt: skip
PERSONS = {"principal", "member", "grant", "service", "index", "exchange", "system", "plugin"}
SPOKEN_FOR = {
    "task",
    "relation",
    "project",
    "event",
    "evidence",
    "search",
    "graph",
    "dependency",
    "run",
    "guard",
    "role",
    *PERSONS,
}


@dataclass
class About:
    """A request about a project, and nothing else."""

    project_id: str | None


def told(operation: Operation, role: RoleDefinition) -> bool:
    """What the issue says of a role, in words of its own: whether the role is enough."""
    noun = operation.name.partition(".")[0]
    if operation.name in EVERYONE:
        return True
    if noun in PERSONS or operation.action in ("system.read", "sensitive.read") or operation.name == "task.reap":
        return False
    if operation.name in PLANNING:
        return "project_management" in role.capabilities
    if operation.name == "graph.query":
        return bool({"project_management", "data_analysis"} & set(role.capabilities))
    return operation.action.endswith(".read")


def verdict(ledger: Vespera, operation: Operation, project_id: str | None) -> bool:
    """Whether the kernel lets the call pass, all policies asked."""
    kernel = ledger.kernel
    try:
        Call(kernel, operation, About(project_id), ledger.caller, None).authorize()
    except PermissionDenied:
        return False
    return True


def declared(operation: Operation, role: RoleDefinition) -> tuple[str, str]:
    """Who the table lets do it, and whether the project matters."""
    rule = next(
        one for one in RULES if fnmatchcase(operation.name, one.pattern) or fnmatchcase(operation.action, one.pattern)
    )
    enough = rule.who == "every role" or bool(rule.who == "capability" and {*rule.capabilities} & {*role.capabilities})
    return "yes" if enough else "no", rule.scope


def roles_in_force() -> dict[str, RoleDefinition]:
    """Made-up roles, and those of vespera-roles where it is installed."""
    found = dict(ROLES)
    if find_spec("vespera_roles") is not None:
        with Vespera.in_memory(actor="ann") as ledger:
            found.update(_templates(ledger))
    return found


def _templates(ledger: Vespera) -> dict[str, RoleDefinition]:
    from vespera_core.app.roles.catalogue import catalogue_of

    return catalogue_of(ledger.kernel).roles


@pytest.fixture
def all_roles(monkeypatch: pytest.MonkeyPatch) -> dict[str, RoleDefinition]:
    found = roles_in_force()
    monkeypatch.setattr(roles, "roles_of", lambda _: found.get)
    return found


@pytest.mark.parametrize("origin", ["cli", "rest"])
def test_members_of_a_project(ledger: Vespera, all_roles: dict[str, RoleDefinition], origin: str) -> None:
    """A principal that is a member in a role: the role's actions, in its own project alone."""
    wrong: list[Any] = []
    for place, role in enumerate(all_roles.values()):
        ledger.access.add_principal(name := f"bot{place}", kind="agent")
        ledger.access.add_member(name, role.name, project_id="mem")
        bot = coming_from(ledger, name, origin, role.name if origin == "cli" else None)
        for operation, where in product([*OPERATIONS.values(), *OF_PLUGINS.values()], PLACES):
            answer, scope = declared(operation, role)
            wanted = answer == "yes" and (scope == "workspace" or where == "own")
            if verdict(bot, operation, PLACES[where]) != wanted:
                wrong.append((operation.name, role.name, where, wanted))
    assert wrong == []


def test_workers_in_a_role_who_are_no_members(ledger: Vespera, all_roles: dict[str, RoleDefinition]) -> None:
    """Somebody at the workspace's files who works in a role: the role's actions, everywhere; from elsewhere nothing."""
    wrong: list[Any] = []
    for role, operation, where in product(all_roles.values(), OPERATIONS.values(), PLACES):
        wanted = declared(operation, role)[0] == "yes"
        here, away = (coming_from(ledger, "bob", origin, role.name) for origin in ("worker", "mcp"))
        if verdict(here, operation, PLACES[where]) != wanted or verdict(away, operation, PLACES[where]):
            wrong.append((operation.name, role.name, where, wanted))
    assert wrong == []


def test_persons_at_the_files_may_do_everything(ledger: Vespera) -> None:
    assert all(verdict(ledger, one, project) for one, project in product(OPERATIONS.values(), PLACES.values()))


def test_nobody_from_elsewhere_may_do_anything(ledger: Vespera) -> None:
    ledger.access.add_principal("idle", kind="agent")
    for actor in ("idle", "stranger"):
        away = coming_from(ledger, actor)
        assert not any(verdict(away, one, project) for one, project in product(OPERATIONS.values(), PLACES.values()))


@pytest.mark.parametrize("name", sorted(one for one in OPERATIONS if one.partition(".")[0] in SPOKEN_FOR))
def test_the_table_says_what_was_meant(name: str) -> None:
    operation = OPERATIONS[name]
    assert {role.name for role in ROLES.values() if declared(operation, role)[0] == "yes"} == {
        role.name for role in ROLES.values() if told(operation, role)
    }


def test_every_line_of_the_table_decides_about_something() -> None:
    """But for lines that speak for rooms and plugins which are still to come."""
    everything = [*OPERATIONS.values(), *OF_PLUGINS.values()]
    used = {
        next(r.pattern for r in RULES if fnmatchcase(o.name, r.pattern) or fnmatchcase(o.action, r.pattern))
        for o in everything
    }
    nouns = {one.name.partition(".")[0] for one in everything}
    idle = [one.pattern for one in RULES if one.pattern not in used and one.pattern.partition(".")[0] in nouns]
    assert idle == []
