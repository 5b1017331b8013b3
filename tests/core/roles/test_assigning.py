"""Assigning through the command line's door: repeated requests, a plugin that judges, and two at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.plugins.conftest import Site
from core.roles.conftest import write
from racing import raced
from vespera_core.app.application import Vespera
from vespera_core.errors import AssignmentRefused, IdempotencyMismatch

SCRIPT = Path(sys.executable).with_name("vespera")
DONE = "It works."


def kinds(ledger: Vespera, task_id: str) -> list[str]:
    return [one.kind for one in reversed(ledger.tasks.history(task_id).events)]


def test_a_repeated_assignment_changes_nothing_more(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", type="epic").task_id
    first = ledger.roles.assign(task, "checker", force=True, reason="as agreed", idempotency_key="k1")
    assert len(first.forced) == 2
    ledger.roles.unassign(task, idempotency_key="k2")
    assert ledger.roles.assign(task, "checker", force=True, reason="as agreed", idempotency_key="k1") == first
    ledger.roles.assign(task, "dev")
    assert ledger.roles.unassign(task, idempotency_key="k2").task.role is None
    assert ledger.tasks.get_task(task).role == "dev"
    assert kinds(ledger, task).count("role.assigned") == 2
    for again in (lambda: ledger.roles.assign(task, "dev", idempotency_key="k1"),
                  lambda: ledger.roles.unassign(task, reason="other", idempotency_key="k2")):  # fmt: skip
        with pytest.raises(IdempotencyMismatch):
            again()


def test_a_refused_assignment_keeps_no_answer(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", role="dev").task_id
    for _ in range(2):
        with pytest.raises(AssignmentRefused):
            ledger.roles.assign(task, "checker", idempotency_key="k")
    ledger.tasks.update_task(task, acceptance_criteria=DONE)
    assert ledger.roles.assign(task, "checker", idempotency_key="k").task.role == "checker"


# ---------------------------------------------------------------- a plugin of somebody else

CODE = """
@hookimpl
def vespera_check_assignment(assignment):
    said = assignment.task.title
    if said == "raises":
        raise RuntimeError("out of order")
    if said == "several":
        return (one for one in ("It is too late.", "It is too early."))
    return {"objects": "Not on Fridays.", "garbage": 5, "half": ["Really not.", 7], "dict": {1: 2}}.get(said)
"""


@pytest.fixture
def judged(ledger: Vespera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace, beside an installed distribution that judges assignments by the title of the task."""
    site = tmp_path / "site"
    site.mkdir()
    Site(site).install("vespera-judging", "1.0", CODE)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def typed(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run([SCRIPT, "--json", *words], cwd=folder, capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout or done.stderr)
    return done.returncode, found


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("objects", ["Not on Fridays."]),
        ("several", ["It is too late.", "It is too early."]),
        ("raises", ["The plugin 'judging' failed while it judged the assignment: out of order"]),
        ("garbage", ["The plugin 'judging' answered 5, which is no objection in words."]),
        ("half", ["The plugin 'judging' answered ['Really not.', 7], which is no objection in words."]),
        ("dict", ["The plugin 'judging' answered {1: 2}, which is no objection in words."]),
    ],
)
def test_an_installed_plugin_speaks_against_assignments_and_not_against_claims(
    ledger: Vespera, judged: Path, title: str, says: list[str]
) -> None:
    task = ledger.tasks.create_task(title).task_id
    code, said = typed(judged, "role", "assign", task, "dev")
    assert (code, said["error"]["code"]) == (1, "assignment_refused")
    assert said["error"]["violations"] == [{"rule": "plugin judging", "message": one} for one in says]
    assert "vespera role suitable --task" in said["error"]["next"]
    assert kinds(ledger, task) == ["task.created"]
    assert typed(judged, "role", "check", task, "dev")[1]["data"]["allowed"] is False
    assert typed(judged, "role", "assign", task, "dev", "--force", "--idempotency-key", "k")[0] == 0
    assert ledger.tasks.history(task).events[0].payload["forced"] == says
    assert typed(judged, "claim", task)[0] == 0


def test_what_a_plugin_does_not_mind_goes_through(ledger: Vespera, judged: Path) -> None:
    task = ledger.tasks.create_task("fine").task_id
    for _ in range(2):
        code, said = typed(judged, "role", "assign", task, "dev", "--idempotency-key", "k")
        assert (code, said["data"]["task"]["role"]) == (0, "dev")
    assert kinds(ledger, task) == ["task.created", "role.assigned"]


# ---------------------------------------------------------------- two at once


def test_of_tasks_that_are_held_one_gets_the_last_place_of_a_role(ledger: Vespera, tmp_path: Path) -> None:
    tasks = [f"web-c{one}" for one in range(4)]
    for task in tasks:
        ledger.tasks.create_task("c", task_id=task, acceptance_criteria=DONE)
        ledger.acting_as(f"by-{task}").tasks.claim(task)
    assign = 'print(ledger.roles.assign(sys.argv[3], "checker").task.task_id)'
    said = sorted(raced(tmp_path, assign, [(f"by-{task}", task) for task in tasks]))
    assert said[:3] == ["assignment_refused capacity"] * 3
    assert [one.task_id for one in ledger.tasks.list_tasks(role="checker").tasks] == [said[3]]


def test_a_role_whose_place_was_given_away_says_so_before_anything_is_written(ledger: Vespera, tmp_path: Path) -> None:
    held, task = (ledger.tasks.create_task("x", acceptance_criteria=DONE).task_id for _ in range(2))
    ledger.roles.assign(held, "checker")
    ledger.tasks.claim(held)
    with pytest.raises(AssignmentRefused, match="Workers hold 1 tasks of the role checker, which allows 1"):
        ledger.roles.assign(task, "checker")
    assert ledger.tasks.get_task(task).version == 1
    write(tmp_path, "checker", "max_concurrent_tasks: 2\n")
    assert ledger.roles.assign(task, "checker").task.role == "checker"
