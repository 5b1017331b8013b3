"""The sets that ship pass their suite, and their roles are what they promise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.errors import AssignmentRefused
from vespera_core.model.role import NOTHING
from vespera_testkit import RoleTemplateConformance

SETS = {
    "default": {"developer", "tester", "reviewer", "documenter", "orchestrator"},
    "enhanced": {"architect", "coder", "tester", "reviewer", "researcher", "documenter", "debugger", "orchestrator",
                 "data_analyst", "designer", "devops"},
}  # fmt: skip


class TestDefault(RoleTemplateConformance):
    provider = "default"


class TestEnhanced(RoleTemplateConformance):
    provider = "enhanced"


@pytest.fixture(params=SETS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vespera]:
    monkeypatch.setenv("VESPERA_ROLES", request.param)
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened


def test_the_roles_are_those_that_are_documented(ledger: Vespera) -> None:
    answer = ledger.roles.list()
    assert {one.name for one in answer.roles} == SETS[str(answer.chosen)]
    assert all(one.instructions and one.capabilities and one.max_concurrent_tasks for one in answer.roles)


def test_who_judges_plans_or_researches_edits_nothing(ledger: Vespera) -> None:
    for one in ledger.roles.list().roles:
        assert (one.edit == NOTHING) == (one.name in {"reviewer", "orchestrator", "researcher"})


def test_who_judges_takes_nothing_that_somebody_else_works_on(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="tester")
    ledger.tasks.claim(task.task_id)
    with pytest.raises(AssignmentRefused, match="reviewer judges what others made"):
        ledger.roles.assign(task.task_id, "reviewer")


def test_it_speaks_through_two_hooks(ledger: Vespera) -> None:
    status = ledger.kernel.plugins.status("roles")
    assert status.hooks == ("vespera_check_assignment", "vespera_role_templates")
    ledger.roles.list()
    assert ledger.kernel.plugins.status("roles").status == "loaded"
