"""Evidence: what is kept, what counts, and completions that need more than a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.evidence.requests import AddEvidence
from vespera_core.app.requests import TaskRef
from vespera_core.errors import EvidenceNeeded, HeldByOther, InvalidInput, StaleFence
from vespera_core.model.evidence import LEVELS, reaches

POLICY = {"evidence": {"bug": "ran", "feature": "proved", "*": "said"}}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        opened.projects.update("web", workflow=POLICY)
        for kind in ("bug", "feature", "task"):
            opened.tasks.create_task(f"A {kind}", type=kind, task_id=f"web-{kind}")
        yield opened


def add(ledger: Vespera, task: str, level: str = "ran", **fields: Any) -> None:
    values = {"command": "make test", "exit_code": 0, **fields}
    ledger.call(f"evidence.{level}", AddEvidence(task_id=task, **values))


def level(ledger: Vespera, task: str) -> str:
    found: str = ledger.call("evidence.list", TaskRef(task_id=task)).level
    return found


def test_a_word_is_enough_where_nothing_else_is_asked(ledger: Vespera) -> None:
    done = ledger.tasks.complete_task("web-task").tasks[0]
    assert done.status == "completed"
    (event,) = [one for one in ledger.tasks.history("web-task").events if one.kind == "task.completed"]
    assert "evidence" not in event.payload


def test_a_bug_is_not_done_before_something_ran(ledger: Vespera) -> None:
    with pytest.raises(EvidenceNeeded, match="needs evidence of the level 'ran'; it has 'said'") as raised:
        ledger.tasks.complete_task("web-bug")
    assert raised.value.next == "Run its tests, then 'vespera evidence add web-bug --command CMD --exit-code N'."
    assert ledger.tasks.get_task("web-bug").status == "pending"
    ledger.tasks.complete_task("web-bug", command="make test", exit_code=0)
    (event,) = [one for one in ledger.tasks.history("web-bug").events if one.kind == "task.completed"]
    assert event.payload["evidence"] == "ran"


def test_a_failed_command_proves_nothing_and_takes_back_what_it_proved(ledger: Vespera) -> None:
    add(ledger, "web-bug", exit_code=1)
    assert level(ledger, "web-bug") == "said"
    add(ledger, "web-bug")
    assert level(ledger, "web-bug") == "ran"
    add(ledger, "web-bug", exit_code=2)
    with pytest.raises(EvidenceNeeded):
        ledger.tasks.complete_task("web-bug")
    with pytest.raises(EvidenceNeeded):
        ledger.tasks.complete_task("web-bug", command="make test", exit_code=2)
    assert len(ledger.call("evidence.list", TaskRef(task_id="web-bug")).items) == 3, "nothing of a refusal is kept"


def test_evidence_of_earlier_work_does_not_count(ledger: Vespera) -> None:
    ledger.tasks.complete_task("web-bug", command="make test", exit_code=0)
    ledger.tasks.reopen("web-bug")
    (item,) = ledger.call("evidence.list", TaskRef(task_id="web-bug")).items
    assert (item.counts, level(ledger, "web-bug")) == (False, "said")
    ledger.tasks.claim("web-bug")
    with pytest.raises(EvidenceNeeded):
        ledger.tasks.complete_task("web-bug")


def test_the_levels_stand_above_each_other(ledger: Vespera) -> None:
    for one in LEVELS[1:]:
        with pytest.raises(EvidenceNeeded):
            ledger.tasks.complete_task("web-feature")
        add(ledger, "web-feature", one, source="https://ci.example.org/1")
        assert level(ledger, "web-feature") == one
    assert ledger.tasks.complete_task("web-feature").tasks[0].status == "completed"
    assert [reaches("seen", one) for one in LEVELS] == [True, True, True, False]


def test_force_is_recorded(ledger: Vespera) -> None:
    ledger.tasks.complete_task("web-bug", force=True)
    (event,) = [one for one in ledger.tasks.history("web-bug").events if one.kind == "task.completed"]
    assert "needs evidence" in event.payload["forced"][0]


def test_what_a_holder_ran_is_said_by_the_holder(ledger: Vespera, tmp_path: Path) -> None:
    fence = ledger.tasks.claim("web-bug").fence
    with Vespera.open(tmp_path, actor="bob") as other:
        with pytest.raises(HeldByOther):
            add(other, "web-bug")
        with pytest.raises(StaleFence):
            add(other, "web-bug", fence=fence + 1)
        add(other, "web-bug", "proved", source="https://ci.example.org/2")
    assert level(ledger, "web-bug") == "proved"


@pytest.mark.parametrize(
    "fields",
    [{"command": ""}, {"exit_code": None}, {"exit_code": True}, {"exit_code": 1000}, {"note": "\x00"}],
    ids=["no command", "no code", "a code of another type", "a code that is none", "NUL"],
)
def test_bad_evidence_changes_nothing(ledger: Vespera, fields: dict[str, Any]) -> None:
    before = ledger.tasks.get_task("web-bug")
    with pytest.raises(InvalidInput):
        add(ledger, "web-bug", **fields)
    with pytest.raises(InvalidInput):
        add(ledger, "web-bug", "proved", source="")
    assert ledger.tasks.get_task("web-bug") == before


@pytest.mark.parametrize("policy", [[], {"bug": "sworn"}, {"A bug": "ran"}, {"bug": None}])
def test_a_bad_policy_is_refused(ledger: Vespera, policy: Any) -> None:
    with pytest.raises(InvalidInput):
        ledger.projects.update("web", workflow={"evidence": policy})
