"""Approvals: what a role holds happens after a person's yes, and never before, whoever asks and by which way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from racing import raced
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import CompleteTasks, Nothing, TaskRef
from vespera_core.app.runs.requests import FinishRun
from vespera_core.errors import ApprovalNeeded, Conflict, InvalidInput, NotFound, PermissionDenied
from vespera_core.model.task import Task

ROLES = {
    "releaser": "capabilities: [deployment]\nrestrictions: {require_approval: [execution]}\n",
    "maker": "capabilities: [code_writing]\nrestrictions: {require_approval: [completion]}\n",
    "both": "capabilities: [testing]\nrestrictions: {require_approval: [execution, completion]}\n",
    "free": "capabilities: [documentation]\n",
}


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vespera]:
    """A workspace of ann, a person, whose roles hold one step, both, or none."""
    monkeypatch.delenv("VESPERA_ROLES", raising=False)
    init_workspace(tmp_path, prefix="web", actor="ann")
    folder = tmp_path / ".vespera" / "roles"
    folder.mkdir()
    for name, text in ROLES.items():
        (folder / f"{name}.yaml").write_text(text)
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened


def waiting(ledger: Vespera) -> list[tuple[str, str]]:
    return [(one.task_id, one.step) for one in ledger.approvals.list().approvals]


def submitted(ledger: Vespera, role: str = "maker", **fields: object) -> Task:
    """A task that a worker has finished, as it is then."""
    task = ledger.tasks.create_task("x", role=role, **fields)
    bot = ledger.acting_as("bot", role=role)
    held = bot.tasks.claim(task.task_id)
    return bot.tasks.complete_task(task.task_id, fence=held.fence).tasks[0]


# ---------------------------------------------------------------- execution


def test_no_worker_holds_a_task_before_a_person_says_yes(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("Release", role="releaser")
    bot = ledger.acting_as("bot", role="releaser")
    with pytest.raises(ApprovalNeeded, match=r"execution of .* waits for a person") as raised:
        bot.tasks.claim(task.task_id)
    assert raised.value.code == "approval_needed"
    assert f"vespera approval approve {task.task_id}" in raised.value.next
    assert bot.tasks.claim().task is None
    assert waiting(ledger) == [(task.task_id, "execution")]
    found = ledger.tasks.explain(task.task_id)
    assert [one.kind for one in found.waits_for] == ["approval"]
    answer = ledger.approvals.approve(task.task_id, reason="Go")
    assert (answer.approval.state, answer.approval.decided_by, answer.approval.reason) == ("approved", "ann", "Go")
    assert waiting(ledger) == []
    assert ledger.tasks.explain(task.task_id).waits_for == ()
    assert bot.tasks.claim().task.task_id == task.task_id


def test_other_work_is_taken_meanwhile_and_a_person_may_hold_it(ledger: Vespera) -> None:
    held = ledger.tasks.create_task("Release", role="releaser", priority="critical")
    free = ledger.tasks.create_task("Write", role="free")
    assert ledger.tasks.claim().task.task_id == free.task_id
    assert ledger.tasks.claim(held.task_id, human=True).task.hold_kind == "human"


def test_a_yes_is_for_one_role_and_until_the_task_is_reopened(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("Release", role="releaser")
    ledger.approvals.approve(task.task_id)
    ledger.tasks.update_task(task.task_id, role="both")
    with pytest.raises(ApprovalNeeded):
        ledger.tasks.claim(task.task_id)
    ledger.tasks.update_task(task.task_id, role="releaser")
    fence = ledger.tasks.claim(task.task_id).fence
    ledger.tasks.complete_task(task.task_id, fence=fence)
    ledger.tasks.reopen(task.task_id)
    with pytest.raises(ApprovalNeeded):
        ledger.tasks.claim(task.task_id)


def test_a_second_yes_after_a_reopening_counts(ledger: Vespera) -> None:
    for role in ("releaser", "both"):
        task = ledger.tasks.create_task("Release", role=role)
        for _ in range(2):
            ledger.approvals.approve(task.task_id)
            fence = ledger.tasks.claim(task.task_id).fence
            done = ledger.tasks.complete_task(task.task_id, fence=fence).tasks[0]
            if role == "both":
                assert done.status == "in_review"
                assert ledger.approvals.approve(task.task_id).task.status == "completed"
            ledger.tasks.reopen(task.task_id)


def test_a_failed_try_needs_no_second_yes(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("Release", role="releaser")
    ledger.approvals.approve(task.task_id)
    fence = ledger.tasks.claim(task.task_id).fence
    ledger.tasks.release(task.task_id, fence=fence)
    assert ledger.tasks.claim(task.task_id).task.task_id == task.task_id


def test_a_no_holds_the_task(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("Release", role="releaser")
    answer = ledger.approvals.reject(task.task_id, "Not on a Friday")
    assert (answer.task.status, answer.task.block_reason) == ("blocked", "Not on a Friday")
    ledger.tasks.reopen(task.task_id)
    with pytest.raises(ApprovalNeeded):
        ledger.tasks.claim(task.task_id)


# ---------------------------------------------------------------- completion


def test_finished_work_is_in_review_until_a_person_says_yes(ledger: Vespera) -> None:
    task = submitted(ledger)
    after = ledger.tasks.create_task("After", depends_on=(task.task_id,))
    assert (task.status, task.hold_kind, task.closed_at) == ("in_review", None, None)
    assert ledger.tasks.claim().task is None
    assert waiting(ledger) == [(task.task_id, "completion")]
    assert ledger.approvals.list().approvals[0].asked_by == "bot"
    assert "approval" in [one.kind for one in ledger.tasks.explain(task.task_id).waits_for]
    answer = ledger.approvals.approve(task.task_id)
    assert (answer.task.status, answer.task.closed_by, answer.unblocked) == ("completed", "ann", (after.task_id,))
    assert [event.kind for event in ledger.tasks.history(task.task_id).events][:1] == ["task.completed"]


def test_a_no_sends_it_back_with_the_reason_and_the_checkpoint(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="maker")
    bot = ledger.acting_as("bot", role="maker")
    fence = bot.tasks.claim(task.task_id).fence
    bot.tasks.checkpoint(task.task_id, {"step": 3}, fence=fence)
    bot.tasks.complete_task(task.task_id, fence=fence)
    answer = ledger.approvals.reject(task.task_id, "The tests are missing")
    assert (answer.task.status, answer.task.checkpoint) == ("pending", {"step": 3})
    comments = ledger.call("task.get", TaskRef(task_id=task.task_id)).comments
    assert [one.text for one in comments] == ["Not approved: The tests are missing"]
    assert bot.tasks.claim(task.task_id).fence == fence + 1


def test_a_yes_is_for_the_work_that_was_looked_at(ledger: Vespera) -> None:
    task = submitted(ledger)
    ledger.tasks.reopen(task.task_id)
    fence = ledger.tasks.claim(task.task_id).fence
    with pytest.raises(Conflict, match="does not wait for an approval"):
        ledger.approvals.approve(task.task_id)
    assert waiting(ledger) == []
    ledger.tasks.complete_task(task.task_id, fence=fence)
    assert waiting(ledger) == [(task.task_id, "completion")]
    assert ledger.approvals.approve(task.task_id).task.status == "completed"


def test_no_way_to_completed_leads_around_it(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="maker")
    bot = ledger.acting_as("bot", role="maker")
    fence = bot.tasks.claim(task.task_id).fence
    forced = bot.call("task.complete", CompleteTasks(task_ids=(task.task_id,), fence=fence, force=True))
    assert forced.tasks[0].status == "in_review"
    again = bot.call("task.complete", CompleteTasks(task_ids=(task.task_id,), force=True))
    assert again.tasks[0].status == "in_review"
    with pytest.raises(PermissionDenied):
        bot.tasks.update_task(task.task_id, status="completed")
    let_go = ledger.tasks.create_task("z", role="maker")
    fence = ledger.tasks.claim(let_go.task_id).fence
    ledger.tasks.release(let_go.task_id, fence=fence)
    assert ledger.tasks.complete_task(let_go.task_id).tasks[0].status == "in_review"
    held = ledger.tasks.create_task("y", role="maker")
    fence = ledger.tasks.claim(held.task_id).fence
    with pytest.raises(ApprovalNeeded, match="completion"):
        ledger.tasks.update_task(held.task_id, status="completed", fence=fence)
    assert ledger.tasks.get_task(held.task_id).status == "in_progress"


def test_a_run_that_succeeded_leaves_its_task_in_review(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="maker")
    started = ledger.runs.start(task.task_id)
    request = FinishRun(
        run_id=started.run.run_id, outcome="succeeded", fence=started.fence, command="make", exit_code=0
    )
    answer = ledger.call("run.watched", request)
    assert (answer.run.state, answer.task.status) == ("succeeded", "in_review")
    assert ledger.approvals.approve(task.task_id).task.status == "completed"


def test_a_person_who_holds_it_completes_it(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="maker")
    ledger.tasks.claim(task.task_id, human=True)
    assert ledger.tasks.complete_task(task.task_id).tasks[0].status == "completed"


# ---------------------------------------------------------------- who decides


@pytest.mark.parametrize("kind", ["agent", "plugin", "service"])
def test_only_persons_decide(ledger: Vespera, kind: str) -> None:
    task = submitted(ledger)
    ledger.access.add_principal("bot", kind=kind)
    for caller in (
        ledger.acting_as("bot"),
        ledger.acting_as("bot", role="maker"),
        ledger.acting_as("ann", role="free"),
    ):
        with pytest.raises(PermissionDenied):
            caller.approvals.approve(task.task_id)
        with pytest.raises(PermissionDenied):
            caller.approvals.reject(task.task_id, "no")
    assert ledger.tasks.get_task(task.task_id).status == "in_review"


def test_a_second_word_is_a_conflict_unless_it_is_the_same(ledger: Vespera) -> None:
    task = submitted(ledger)
    first = ledger.approvals.approve(task.task_id)
    assert ledger.approvals.approve(task.task_id).approval == first.approval
    with pytest.raises(Conflict, match="ann approved it before"):
        ledger.acting_as("eve").approvals.approve(task.task_id)
    with pytest.raises(Conflict):
        ledger.approvals.reject(task.task_id, "After all")


def test_bad_input_changes_nothing(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="free")
    events = ledger.tasks.history(task.task_id).events
    with pytest.raises(NotFound):
        ledger.approvals.approve("web-none")
    with pytest.raises(Conflict, match="does not wait"):
        ledger.approvals.approve(task.task_id)
    with pytest.raises(InvalidInput, match="step"):
        ledger.approvals.approve(task.task_id, step="reading")
    with pytest.raises(InvalidInput, match="reason"):
        ledger.approvals.reject(task.task_id, "")
    with pytest.raises(InvalidInput, match="reason"):
        ledger.approvals.approve(task.task_id, reason="x" * 10_001)
    waits = submitted(ledger)
    ledger.tasks.delete_task(waits.task_id)
    with pytest.raises(NotFound):
        ledger.approvals.approve(waits.task_id)
    assert ledger.tasks.history(task.task_id).events == events
    with pytest.raises(NotFound):
        ledger.approvals.list(project_id="nowhere")


def test_of_two_words_at_once_one_counts(ledger: Vespera, tmp_path: Path) -> None:
    task = submitted(ledger)
    decide = """
if sys.argv[3] == "yes":
    print(ledger.approvals.approve(TASK).approval.state)
else:
    print(ledger.approvals.reject(TASK, "no").approval.state)
""".replace("TASK", repr(task.task_id))
    said = raced(tmp_path, decide, [("ann", "yes"), ("eve", "no")])
    assert said in (["approved", "conflict"], ["conflict", "rejected"])
    assert ledger.tasks.get_task(task.task_id).status == ("completed" if said[0] == "approved" else "pending")


def test_what_was_decided_is_listed_and_the_log_leads_there(ledger: Vespera) -> None:
    yes, no = submitted(ledger), submitted(ledger)
    ledger.approvals.approve(yes.task_id)
    ledger.approvals.reject(no.task_id, "Again")
    found = {one.task_id: (one.state, one.reason) for one in ledger.approvals.list(decided=True).approvals}
    assert found == {yes.task_id: ("approved", ""), no.task_id: ("rejected", "Again")}
    assert ledger.approvals.list().approvals == ()
    assert ledger.call("system.doctor", Nothing()).healthy
