"""What is claimed without being named: only what policy lets the caller claim, judged in the transaction."""

from __future__ import annotations

from typing import Any

import pytest

from core.policy.conftest import coming_from
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.app.runs.requests import StartRun
from vespera_core.errors import EvidenceNeeded, PermissionDenied


def make(ledger: Vespera, task_id: str, **fields: Any) -> None:
    ledger.tasks.create_task("T", task_id=task_id, project_id=task_id.split("-", maxsplit=1)[0], **fields)


def going_on(ledger: Vespera, task_id: str) -> str | None:
    """Complete a task and go on with the next: which one that is."""
    answer = ledger.call("task.complete", ask.CompleteTasks(task_ids=(task_id,), claim_next=True))
    return None if answer.claimed.task is None else str(answer.claimed.task.task_id)


@pytest.fixture
def work(ledger: Vespera) -> Vespera:
    """The more urgent task is in the project web."""
    make(ledger, "mem-first")
    make(ledger, "web-next", priority="critical")
    make(ledger, "mem-next", priority="low")
    return ledger


@pytest.mark.parametrize("way", ["member", "grant"])
def test_going_on_stays_in_the_projects_of_the_caller(work: Vespera, way: str) -> None:
    work.access.add_principal("bot")
    if way == "member":
        work.access.add_member("bot", "only-testing", project_id="mem")
    else:
        work.access.grant("bot", "task.*", project_id="mem")
    bot = coming_from(work, "bot")
    assert going_on(bot, "mem-first") == "mem-next"
    assert going_on(bot, "mem-next") is None
    assert work.tasks.get_task("web-next").status == "pending"


def test_a_grant_elsewhere_widens_it(work: Vespera) -> None:
    work.access.add_principal("bot")
    work.access.add_member("bot", "only-testing", project_id="mem")
    work.access.grant("bot", "task.claim", project_id="web")
    assert going_on(coming_from(work, "bot"), "mem-first") == "web-next"


def test_who_may_claim_nothing_completes_nothing_by_going_on(work: Vespera) -> None:
    work.access.add_principal("bot")
    work.access.grant("bot", "task.complete", project_id="mem")
    bot = coming_from(work, "bot")
    with pytest.raises(PermissionDenied, match=r"may not task\.claim in mem, nor in any other project: nothing allows"):
        going_on(bot, "mem-first")
    assert work.tasks.get_task("mem-first").status == "pending"
    bot.tasks.complete_task("mem-first")


def test_who_works_as_something_else_is_passed_over_in_that_project(work: Vespera) -> None:
    work.access.add_principal("bot")
    work.access.add_member("bot", "only-testing", project_id="mem")
    work.access.add_member("bot", "only-code_writing", project_id="web")
    work.access.grant("bot", "*")
    tester = coming_from(work, "bot", "cli", "only-testing")
    with pytest.raises(PermissionDenied, match="as only-code_writing, not as only-testing"):
        tester.tasks.claim("web-next")
    assert tester.tasks.claim().task.task_id == "mem-first"
    make(work, "mem-then", priority="low")
    assert going_on(tester, "mem-first") == "mem-next"
    assert tester.call("run.start", StartRun()).task.task_id == "mem-then"


def test_an_archived_project_counts_for_nothing(work: Vespera) -> None:
    work.access.add_principal("bot")
    work.access.add_member("bot", "only-testing", project_id="mem")
    work.call("project.archive", ask.ProjectRef(project_id="web"))
    assert going_on(coming_from(work, "bot"), "mem-first") == "mem-next"


def test_persons_and_agents_without_a_role_go_on_anywhere(work: Vespera) -> None:
    assert going_on(work, "mem-first") == "web-next"


# ---------------------------------------------------------------- tasks that are made as completed


@pytest.fixture
def strict(ledger: Vespera) -> Vespera:
    """A ledger in whose project mem a bug needs evidence."""
    ledger.projects.update("mem", workflow={"evidence": {"bug": "ran", "*": "said"}})
    return ledger


@pytest.mark.parametrize("origin", ["cli", "rest"])
def test_a_role_makes_no_task_as_completed_that_needs_evidence(strict: Vespera, origin: str) -> None:
    strict.access.add_principal("bot")
    strict.access.add_member("bot", "only-project_management", project_id="mem")
    role = "only-project_management" if origin == "cli" else None
    bot = coming_from(strict, "bot", origin, role)
    with pytest.raises(EvidenceNeeded, match="A bug of the project mem needs evidence of the level 'ran'") as raised:
        bot.tasks.create_task("x", type="bug", status="completed")
    assert "when there is evidence" in raised.value.next
    plans = (ask.PlannedTask(title="a"), ask.PlannedTask(title="b", children=(
        ask.PlannedTask(title="c", type="bug", status="completed"),
    )))  # fmt: skip
    with pytest.raises(EvidenceNeeded):
        bot.call("task.create_many", ask.CreateTasks(tasks=plans))
    made = bot.tasks.create_task("x", type="bug")
    with pytest.raises(EvidenceNeeded):
        bot.tasks.update_task(made.task_id, status="completed")
    assert strict.tasks.list_tasks(status=("completed",)).tasks == ()
    assert bot.tasks.create_task("x", status="completed").status == "completed"
    assert bot.tasks.create_task("x", type="bug", status="cancelled").status == "cancelled"


def test_history_can_still_be_brought_in(strict: Vespera, tmp_path: Any) -> None:
    assert strict.tasks.create_task("x", task_id="mem-old", type="bug", status="completed").status == "completed"
    path = tmp_path / "all.jsonl"
    strict.call("exchange.export", ask.ExportFile(path=str(path), format="jsonl"))
    with Vespera.in_memory(actor="ann") as other:
        other.projects.update("mem", workflow={"evidence": {"*": "proved"}})
        other.call("exchange.import", ask.ImportFile(path=str(path), format="jsonl"))
        assert other.tasks.get_task("mem-old").status == "completed"
