"""A ledger with two projects, and made-up roles that are in force in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.policy import roles
from vespera_core.app.requests import CreateProject
from vespera_core.model.role import CAPABILITIES, RoleDefinition

ROLES = {
    one.name: one
    for one in (
        RoleDefinition(name="bare"),
        *(RoleDefinition(name=f"only-{one}", capabilities=(one,)) for one in CAPABILITIES),
        RoleDefinition(name="odd", capabilities=("tea_making",)),
        RoleDefinition(name="everything", capabilities=CAPABILITIES),
    )
}


@pytest.fixture(autouse=True)
def _roles_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """The room of roles has its own tests; here, roles are values."""
    monkeypatch.delenv("VESPERA_ROLE", raising=False)
    monkeypatch.setattr(roles, "roles_of", lambda _: ROLES.get)


@pytest.fixture
def ledger() -> Iterator[Vespera]:
    """For the person ann; beside the project mem there is web."""
    with Vespera.in_memory(actor="ann") as opened:
        opened.call("project.create", CreateProject(project_id="web"))
        yield opened


def coming_from(ledger: Vespera, actor: str, origin: str = "rest", role: str | None = None) -> Vespera:
    """The same ledger for somebody who comes through another door."""
    return Vespera(ledger.kernel, replace(ledger.caller, actor=actor, origin=origin, role=role))
