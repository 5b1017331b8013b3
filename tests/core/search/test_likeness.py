"""Likeness: similar tasks, duplicates, a look before creating, and the threshold behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.requests import CreateTask, CreateTasks, PlannedTask
from vespera_core.app.search.matrices import Vectors
from vespera_core.app.search.state import SPACE
from vespera_core.app.search.tuning import CAP, DEFAULT_THRESHOLD, FLOOR, measured_threshold, threshold
from vespera_core.errors import InvalidInput, NotFound, SimilarExists

SUBJECTS = ("login", "invoice", "search", "backup", "export", "colour", "network", "keyboard")
VERBS = ("Repair", "Document", "Measure", "Rewrite", "Remove", "Translate")


@pytest.fixture
def filled(ledger: Vespera) -> Vespera:
    """Forty-eight different tasks, and one that is there twice."""
    for subject in SUBJECTS:
        for verb in VERBS:
            ledger.tasks.create_task(f"{verb} {subject} handling", task_id=f"t-{verb}-{subject}".lower())
    ledger.tasks.create_task("Printer jams whenever somebody prints labels", task_id="t-jam")
    ledger.tasks.create_task("Printer jams whenever somebody prints labels", task_id="t-jam2", type="bug")
    return ledger


def test_the_likest_come_first(filled: Vespera) -> None:
    answer = filled.search.similar("t-repair-login")
    assert len(answer.similar) == 5
    assert all("repair" in one.task_id or "login" in one.task_id for one in answer.similar)
    assert "t-repair-login" not in {one.task_id for one in answer.similar}
    assert [one.likeness for one in answer.similar] == sorted((one.likeness for one in answer.similar), reverse=True)
    assert filled.search.similar("t-jam").similar[0].task_id == "t-jam2"
    assert filled.search.similar("t-jam").similar[0].likeness == pytest.approx(1, abs=1e-4)


def test_similar_tasks_may_be_narrowed(filled: Vespera) -> None:
    filled.tasks.complete_task("t-jam2")
    assert "t-jam2" not in {one.task_id for one in filled.search.similar("t-jam", open=True, limit=0).similar}
    everything = filled.search.similar("t-jam", limit=0).similar
    assert len({one.task_id for one in everything}) == len(everything) == 49
    with pytest.raises(NotFound):
        filled.search.similar("t-nobody")
    with pytest.raises(NotFound):
        filled.search.similar("t-jam", project_id="nowhere")


def test_a_task_whose_vector_is_old_is_compared_by_its_text(filled: Vespera) -> None:
    filled.search.similar("t-jam")
    filled.tasks.update_task("t-jam", title="Translate keyboard handling")
    assert filled.search.similar("t-jam").similar[0].task_id == "t-translate-keyboard"


def test_duplicates_are_grouped_with_reasons(filled: Vespera) -> None:
    filled.tasks.create_task("Printer jams whenever somebody prints labels!", task_id="t-jam3")
    answer = filled.search.duplicates()
    group = next(one for one in answer.groups if "t-jam" in {task.task_id for task in one.tasks})
    assert {task.task_id for task in group.tasks} == {"t-jam", "t-jam2", "t-jam3"}
    assert any("same title" in pair.reasons for pair in group.pairs)
    assert all(pair.likeness >= answer.threshold for pair in group.pairs)
    assert answer.compared == 51


def test_what_is_settled_is_no_suspicion(filled: Vespera) -> None:
    def suspected() -> bool:
        groups = filled.search.duplicates().groups
        return any({"t-jam", "t-jam2"} <= {task.task_id for task in group.tasks} for group in groups)

    assert suspected()
    filled.tasks.link("t-jam2", "t-jam", "duplicate_of")
    assert not suspected()


def test_closed_pairs_are_only_told_on_demand(filled: Vespera) -> None:
    for one in ("t-jam", "t-jam2"):
        filled.tasks.complete_task(one)
    assert not any("t-jam" in pair.first for group in filled.search.duplicates().groups for pair in group.pairs)
    groups = filled.search.duplicates(closed=True).groups
    assert any("t-jam" in pair.first for group in groups for pair in group.pairs)


@pytest.mark.parametrize("value", [0, -1, 1.1, "x", True, float("nan")])
def test_a_threshold_is_a_likeness(filled: Vespera, value: Any) -> None:
    with pytest.raises(InvalidInput):
        filled.search.duplicates(threshold=value)


def test_pairs_are_those_of_all_with_all(filled: Vespera) -> None:
    answer = filled.search.duplicates(threshold=0.3, limit=0)
    found = {frozenset((pair.first, pair.second)) for group in answer.groups for pair in group.pairs}
    assert len(found) == sum(len(group.pairs) for group in answer.groups), "each pair once"
    one = filled.search.duplicates(threshold=0.3, limit=1)
    assert len(one.groups) == 1
    assert one.total == answer.total


# ---------------------------------------------------------------- before another is made


def create(ledger: Vespera, title: str, how: str | None, **fields: Any) -> Any:
    return ledger.call("task.create", CreateTask(title=title, if_similar=how, **fields))


def count(ledger: Vespera) -> int:
    return ledger.tasks.list_tasks(limit=1).total


JAM = "Printer jams whenever somebody prints labels"


def test_warn_makes_it_and_names_the_others(filled: Vespera) -> None:
    answer = create(filled, JAM, "warn")
    assert answer.created
    assert {one.task_id for one in answer.similar} == {"t-jam", "t-jam2"}
    assert count(filled) == 51
    assert create(filled, "Buy a hedgehog", "warn").similar == ()


def test_return_existing_makes_none(filled: Vespera) -> None:
    before = count(filled)
    answer = create(filled, JAM.upper(), "return_existing")
    assert (answer.created, answer.task.task_id) == (False, "t-jam")
    assert count(filled) == before
    assert create(filled, "Buy a hedgehog", "return_existing").created


def test_refuse_names_them(filled: Vespera) -> None:
    with pytest.raises(SimilarExists) as caught:
        create(filled, JAM, "refuse")
    assert caught.value.details["similar"] == ["t-jam", "t-jam2"]
    assert "vespera show t-jam" in caught.value.next
    assert create(filled, "Buy a hedgehog", "refuse").created


def test_no_look_unless_asked(filled: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filled.kernel, "_engines", None)
    assert create(filled, JAM, None).similar == ()
    assert filled.kernel._engines is None, "no engine was opened"
    with pytest.raises(InvalidInput):
        create(filled, JAM, "sometimes")
    with pytest.raises(InvalidInput):
        filled.call("task.create_many", CreateTasks(tasks=(PlannedTask(title="x", if_similar="warn"),)))


def test_a_repeated_call_answers_as_the_first_did(filled: Vespera) -> None:
    request = CreateTask(title="Buy a hedgehog", if_similar="refuse")
    first = filled.call("task.create", request, idempotency_key="k")
    assert filled.call("task.create", request, idempotency_key="k").task == first.task


# ---------------------------------------------------------------- the threshold


def clouds(spread: float, count: int = 400) -> Vectors:
    """Vectors in twenty directions, each with a neighbourhood."""
    random = np.random.default_rng(7)
    centres = random.standard_normal((20, 64))
    rows = centres[np.arange(count) % 20] + spread * random.standard_normal((count, 64))
    matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return Vectors([f"t{number}" for number in range(count)], matrix)


def test_the_threshold_follows_from_the_texts() -> None:
    apart, near = measured_threshold(clouds(1.0)), measured_threshold(clouds(0.35))
    assert FLOOR <= apart < near <= CAP
    assert measured_threshold(clouds(0.35)) == near
    assert measured_threshold(clouds(0.0)) == CAP, "a workspace of copies"
    assert measured_threshold(clouds(0.3, 5)) == DEFAULT_THRESHOLD, "too few to tell"


def test_it_is_kept_until_the_workspace_has_grown(filled: Vespera) -> None:
    filled.search.similar("t-jam")
    key = f"likeness:{filled.kernel.engines.embedder().model_id}"

    def kept() -> Any:
        with filled.kernel.storage.read() as reader:
            return reader.memos(SPACE)[key]

    assert kept()["tasks"] == 50
    for number in range(8):
        filled.tasks.create_task(f"More {number}")
    filled.search.similar("t-jam")
    assert kept()["tasks"] == 50
    for number in range(8):
        filled.tasks.create_task(f"Again {number}")
    filled.search.similar("t-jam")
    assert kept()["tasks"] == 66


def test_users_move_it(filled: Vespera) -> None:
    start = filled.search.similar("t-jam").threshold
    for _ in range(30):
        filled.search.feedback("t-jam2", useful=False, like="t-jam")
    moved = threshold(filled.kernel)
    assert start < moved <= CAP
