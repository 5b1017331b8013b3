"""Claims by workers: what a role refuses, named or next-ready, and what finding the next one costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.roles.conftest import write
from vespera_core.app.application import Vespera
from vespera_core.app.requests import CompleteTasks, CreateTasks, PlannedTask
from vespera_core.errors import AssignmentRefused, CapacityReached, RoleFault

DONE = "It works."


def made(ledger: Vespera, plans: list[PlannedTask]) -> None:
    ledger.call("task.create_many", CreateTasks(tasks=tuple(plans)))


def rules(error: AssignmentRefused) -> list[str]:
    return [one["rule"] for one in error.details["violations"]]


@pytest.mark.parametrize(
    ("fields", "rule", "says"),
    [
        ({"type": "epic"}, "task_type", "takes bug, task, not a epic"),
        ({"acceptance_criteria": ""}, "validation", "has no acceptance_criteria"),
        ({"metadata": {"requires": ["design"]}}, "capabilities", "requires design"),
        ({"metadata": {"requires": 5}}, "capabilities", "must be a list of words"),
    ],
)
def test_a_claim_by_name_is_refused_by_the_rule_that_says_so(
    ledger: Vespera, fields: dict[str, Any], rule: str, says: str
) -> None:
    task = ledger.tasks.create_task("x", role="checker", **{"acceptance_criteria": DONE, **fields})
    with pytest.raises(AssignmentRefused, match=says) as raised:
        ledger.tasks.claim(task.task_id)
    assert raised.value.code == "assignment_refused"
    assert rules(raised.value) == [rule]
    assert "vespera role suitable --task" in raised.value.next
    assert ledger.tasks.claim().task is None
    assert ledger.tasks.get_task(task.task_id).fence == 0
    assert ledger.tasks.claim(task.task_id, human=True).task.hold_kind == "human"


def test_a_task_too_deep_is_passed_over_and_one_within_the_limit_is_not(ledger: Vespera) -> None:
    plan = PlannedTask(title="top", task_id="web-0", role="checker", acceptance_criteria=DONE, children=(
        PlannedTask(title="one", task_id="web-1", role="checker", acceptance_criteria=DONE, children=(
            PlannedTask(title="two", task_id="web-2", role="checker", acceptance_criteria=DONE, priority="critical"),
        )),
    ))  # fmt: skip
    made(ledger, [plan])
    with pytest.raises(AssignmentRefused, match="web-2 stands 2 levels below the top") as raised:
        ledger.tasks.claim("web-2")
    assert rules(raised.value) == ["depth"]
    ledger.tasks.create_task("side", task_id="web-3", parent_id="web-0", role="checker", acceptance_criteria=DONE)
    assert ledger.tasks.claim().task.task_id == "web-3"


def test_every_rule_is_named_before_the_lack_of_a_place(ledger: Vespera) -> None:
    held = ledger.tasks.create_task("x", role="checker", acceptance_criteria=DONE)
    ledger.tasks.claim(held.task_id)
    task = ledger.tasks.create_task("x", role="checker", type="epic")
    with pytest.raises(AssignmentRefused) as raised:
        ledger.tasks.claim(task.task_id)
    assert rules(raised.value) == ["task_type", "validation"]
    ledger.tasks.update_task(task.task_id, type="bug", acceptance_criteria=DONE)
    with pytest.raises(CapacityReached):
        ledger.tasks.claim(task.task_id)


def test_a_role_that_is_not_defined_any_more_holds_nothing(ledger: Vespera, tmp_path: Path) -> None:
    task = ledger.tasks.create_task("x", role="dev")
    (tmp_path / ".vespera" / "roles" / "dev.yaml").unlink()
    with pytest.raises(AssignmentRefused, match="There is no role 'dev'") as raised:
        ledger.tasks.claim(task.task_id)
    assert rules(raised.value) == ["role"]
    write(tmp_path, "dev", "nmae: dev\n")
    with pytest.raises(RoleFault, match="cannot be used"):
        ledger.tasks.claim(task.task_id)
    assert ledger.tasks.claim().task is None
    with pytest.raises(RoleFault):
        ledger.tasks.claim(role="dev")


def test_what_a_person_passed_over_stays_passed_over_in_that_role_alone(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", type="epic", acceptance_criteria=DONE)
    ledger.roles.assign(task.task_id, "checker", force=True)
    ledger.tasks.update_task(task.task_id, acceptance_criteria="")
    with pytest.raises(AssignmentRefused) as raised:
        ledger.tasks.claim(task.task_id)
    assert rules(raised.value) == ["validation"]
    ledger.tasks.update_task(task.task_id, acceptance_criteria=DONE)
    assert ledger.tasks.claim().task.task_id == task.task_id
    ledger.tasks.release(task.task_id)
    ledger.tasks.update_task(task.task_id, type="bug")
    ledger.roles.assign(task.task_id, "checker")  # nothing speaks against it now, so nothing is passed over any more
    ledger.tasks.update_task(task.task_id, type="epic")
    with pytest.raises(AssignmentRefused):
        ledger.tasks.claim(task.task_id)


def test_a_task_that_has_its_role_already_can_be_let_pass(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="checker", type="epic")
    assert len(ledger.roles.assign(task.task_id, "checker", force=True).forced) == 2
    assert ledger.tasks.claim(task.task_id).task.hold_kind == "worker"


def test_a_caller_in_a_role_takes_what_is_of_it_and_what_is_of_none(ledger: Vespera) -> None:
    other = ledger.tasks.create_task("other", role="dev", priority="critical")
    wrong = ledger.tasks.create_task("wrong", type="epic", acceptance_criteria=DONE, priority="high")
    right = ledger.tasks.create_task("right", acceptance_criteria=DONE)
    checker = ledger.acting_as("bot", "checker")
    with pytest.raises(AssignmentRefused, match="is for the role dev, and bot works as checker"):
        checker.tasks.claim(other.task_id)
    with pytest.raises(AssignmentRefused, match="takes bug, task"):
        checker.tasks.claim(wrong.task_id)
    with pytest.raises(AssignmentRefused, match="takes bug, task"):
        checker.tasks.claim(wrong.task_id, human=True)
    assert checker.tasks.claim(role="dev").task is None
    assert checker.tasks.claim().task.task_id == right.task_id
    assert checker.tasks.claim().task is None
    assert ledger.tasks.claim().task.task_id == other.task_id


def test_a_completion_that_goes_on_passes_over_what_does_not_fit(ledger: Vespera) -> None:
    first = ledger.tasks.create_task("first", role="dev", priority="critical")
    ledger.tasks.create_task("unfit", role="checker", type="epic", priority="critical")
    fit = ledger.tasks.create_task("fit", role="checker", acceptance_criteria=DONE, priority="low")
    ledger.tasks.claim(first.task_id)
    answer = ledger.call("task.complete", CompleteTasks(task_ids=(first.task_id,), claim_next=True))
    assert answer.claimed.task.task_id == fit.task_id


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that a store runs from here on."""
    seen: list[str] = []
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def traced(*words: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*words, **options)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr("sqlite3.connect", traced)
    return seen


def test_2000_unfit_tasks_cost_a_bounded_number_of_statements(statements: list[str], ledger: Vespera) -> None:
    above = PlannedTask(title="above", task_id="web-top", type="epic")
    made(ledger, [above])
    unfit = [
        PlannedTask(title="unfit", role="checker", type="epic" if one % 2 else "task", priority="critical",
                    parent_id="web-top" if one % 3 else None)
        for one in range(2_000)
    ]  # fmt: skip
    for start in range(0, 2_000, 500):
        made(ledger, unfit[start : start + 500])
    ledger.tasks.create_task("fit", task_id="web-fit", role="checker", acceptance_criteria=DONE, priority="low")
    statements.clear()
    assert ledger.tasks.claim().task.task_id == "web-fit"
    assert len(statements) < 100


def test_a_full_role_is_left_out_as_a_whole(statements: list[str], ledger: Vespera) -> None:
    ledger.tasks.create_task("held", task_id="web-held", role="checker", acceptance_criteria=DONE)
    ledger.tasks.claim("web-held")
    made(
        ledger,
        [PlannedTask(title="x", role="checker", acceptance_criteria=DONE, priority="critical") for _ in range(500)],
    )
    ledger.tasks.create_task("fit", task_id="web-fit", role="dev", priority="low")
    statements.clear()
    assert ledger.tasks.claim().task.task_id == "web-fit"
    assert len([one for one in statements if "ready_at" in one and one.startswith("SELECT * FROM (")]) <= 3


def test_the_explanation_of_a_ready_task_says_what_keeps_workers_from_it(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="checker", type="epic", acceptance_criteria=DONE)
    said = ledger.tasks.explain(task.task_id)
    assert said.ready
    assert [(one.kind, one.message) for one in said.waits_for] == [
        ("role", "The role checker takes bug, task, not a epic.")
    ]
    ledger.roles.assign(task.task_id, "checker", force=True)
    assert ledger.tasks.explain(task.task_id).waits_for == ()
    held = ledger.tasks.claim(task.task_id).task
    fit = ledger.tasks.create_task("y", role="checker", acceptance_criteria=DONE)
    assert [one.kind for one in ledger.tasks.explain(fit.task_id).waits_for] == ["role"]
    assert [one.kind for one in ledger.tasks.explain(held.task_id).waits_for] == ["hold"]
    (foreign,) = ledger.acting_as("bot", "dev").tasks.explain(fit.task_id).waits_for
    assert foreign.message == "It is for the role checker, and bot works as dev."
