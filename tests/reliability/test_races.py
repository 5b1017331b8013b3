"""T9: no cycle, no lost update, no second effect, whatever two processes do at the same moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reliability.support.dose import dose, say
from reliability.support.load import digest_of
from reliability.support.processes import Action, Crew, Outcome, Step, crew
from reliability.support.workspaces import assert_healthy, events_of
from vespera_core.app.application import Vespera
from vespera_core.app.requests import Nothing
from vespera_core.model.task import Relation

ROUNDS = dose(60, 300)
JITTER = 400
"""Up to so many microseconds after the gate each process begins, so that every interleaving has its turn."""


def _depend(ledger: Vespera, values: Mapping[str, Any]) -> int:
    return ledger.tasks.add_dependency(values["task"], values["on"]).version


def _move(ledger: Vespera, values: Mapping[str, Any]) -> int:
    return ledger.tasks.update_task(values["task"], parent_id=values["parent"]).version


def _update(ledger: Vespera, values: Mapping[str, Any]) -> int:
    return ledger.tasks.update_task(values["task"], notes=values["notes"], expected_version=values["version"]).version


def _claim(ledger: Vespera, values: Mapping[str, Any]) -> int | None:
    return ledger.tasks.claim(values["task"]).fence


def _create(ledger: Vespera, values: Mapping[str, Any]) -> list[str]:
    task = ledger.acting_as("client").tasks.create_task(values["title"], idempotency_key=values["key"])
    return [task.task_id, digest_of(task)]


def _delete(ledger: Vespera, values: Mapping[str, Any]) -> list[str]:
    return list(ledger.tasks.delete_task(values["task"]))


def _complete(ledger: Vespera, values: Mapping[str, Any]) -> list[str]:
    return list(ledger.tasks.complete_task(values["task"]).unblocked)


def _depend_on_a_snapshot(ledger: Vespera, values: Mapping[str, Any]) -> int:
    """The planted bug: look for a cycle first, and write in a transaction of its own."""
    with ledger.kernel.storage.read() as reader:
        other = reader.tasks([values["on"]])[values["on"]]
    if values["task"] in other.depends_on:
        return 0
    relation = Relation("depends_on", values["on"])
    return ledger.kernel.write(
        ledger.caller,
        "planted",
        lambda unit: unit.record(unit.task(values["task"]), "dependency.added", {}, added=[relation]).version,
    )


ACTIONS: dict[str, Action] = {
    "depend": _depend,
    "move": _move,
    "update": _update,
    "claim": _claim,
    "create": _create,
    "delete": _delete,
    "complete": _complete,
    "depend on a snapshot": _depend_on_a_snapshot,
}


@pytest.fixture
def pair(workspace: Path) -> Iterator[Crew]:
    """Two processes with the workspace open; the test opens its own ledger after they were forked."""
    with crew(2, workspace, ACTIONS) as members:
        yield members


@pytest.fixture
def ledger(pair: Crew, workspace: Path) -> Iterator[Vespera]:
    """The test's own view of the workspace."""
    with Vespera.open(workspace, actor="checker") as opened:
        yield opened
    assert_healthy(workspace)


def tasks(ledger: Vespera, count: int) -> list[str]:
    """Fresh tasks."""
    made = ledger.tasks.create_task_tree([{"title": f"task {number}"} for number in range(count)])
    return [task.task_id for task in made]


def step(rng: Random, action: str, **values: Any) -> Step:
    return Step(action, values, rng.randrange(JITTER))


def winners(outcomes: list[Outcome]) -> list[int]:
    return [number for number, outcome in enumerate(outcomes) if outcome.error is None]


def cycles(ledger: Vespera) -> int:
    return len(ledger.call("dependency.cycles", Nothing()).cycles)


def assert_both_win(won: list[int]) -> None:
    """Each of the two processes was first at times: else they did not race at all."""
    say(f"first was: {won.count(0)} times one, {won.count(1)} times the other")
    assert set(won) == {0, 1}


def test_two_dependencies_that_close_a_circle(pair: Crew, ledger: Vespera, rng: Random) -> None:
    won = []
    for _ in range(ROUNDS):
        one, other = tasks(ledger, 2)
        outcomes = pair.round(step(rng, "depend", task=one, on=other), step(rng, "depend", task=other, on=one))
        assert sorted(str(outcome.error) for outcome in outcomes) == ["None", "cycle"]
        won.extend(winners(outcomes))
    assert cycles(ledger) == 0
    assert_both_win(won)


def test_the_race_is_real(pair: Crew, workspace: Path, rng: Random) -> None:
    """The planted bug: with the check outside the transaction, some of the same rounds must end in a circle."""
    with Vespera.open(workspace, actor="checker") as ledger:
        for _ in range(ROUNDS):
            one, other = tasks(ledger, 2)
            pair.round(
                step(rng, "depend on a snapshot", task=one, on=other),
                step(rng, "depend on a snapshot", task=other, on=one),
            )
        say(f"checked on a snapshot: {cycles(ledger)} circles in {ROUNDS} rounds")
        assert cycles(ledger) > 0


def test_a_move_and_a_dependency_that_close_a_circle(pair: Crew, ledger: Vespera, rng: Random) -> None:
    """A child waits for its parent's start, and the parent's start for what it depends on: not for its own child."""
    won = []
    for _ in range(ROUNDS):
        parent, child = tasks(ledger, 2)
        outcomes = pair.round(step(rng, "move", task=child, parent=parent), step(rng, "depend", task=parent, on=child))
        assert sorted(str(outcome.error) for outcome in outcomes) == ["None", "cycle"]
        won.extend(winners(outcomes))
    assert cycles(ledger) == 0
    assert_both_win(won)


def test_two_moves_that_hang_tasks_below_each_other(pair: Crew, ledger: Vespera, rng: Random) -> None:
    won = []
    for _ in range(ROUNDS):
        one, other = tasks(ledger, 2)
        outcomes = pair.round(step(rng, "move", task=one, parent=other), step(rng, "move", task=other, parent=one))
        assert sorted(str(outcome.error) for outcome in outcomes) == ["None", "cycle"]
        won.extend(winners(outcomes))
    assert_both_win(won)


def test_one_winner_for_each_version(pair: Crew, ledger: Vespera, rng: Random) -> None:
    won = []
    (task,) = tasks(ledger, 1)
    for version in range(1, ROUNDS + 1):
        outcomes = pair.round(
            *(step(rng, "update", task=task, notes=f"{version} by {who}", version=version) for who in (0, 1))
        )
        assert sorted(str(outcome.error) for outcome in outcomes) == ["None", "version_conflict"]
        (winner,) = winners(outcomes)
        now = ledger.tasks.get_task(task)
        assert (now.version, now.notes) == (version + 1, f"{version} by {winner}")
        won.append(winner)
    assert_both_win(won)


def test_one_winner_for_each_claim(pair: Crew, ledger: Vespera, rng: Random) -> None:
    won = []
    for task in tasks(ledger, ROUNDS):
        outcomes = pair.round(step(rng, "claim", task=task), step(rng, "claim", task=task))
        assert sorted(str(outcome.error) for outcome in outcomes) == ["None", "held"]
        won.extend(winners(outcomes))
        assert ledger.tasks.get_task(task).lease_owner == f"crew-{won[-1]}"
    assert len(events_of(ledger, kinds=("task.claimed",))) == ROUNDS
    assert_both_win(won)


def test_one_effect_for_each_key(pair: Crew, ledger: Vespera, rng: Random) -> None:
    for number in range(ROUNDS):
        same = {"title": f"keyed {number}", "key": f"key-{number}"}
        one, other = pair.round(step(rng, "create", **same), step(rng, "create", **same))
        assert (one.error, other.error) == (None, None)
        assert one.value == other.value
    assert ledger.tasks.list_tasks().total == ROUNDS


def test_one_request_for_each_key(pair: Crew, ledger: Vespera, rng: Random) -> None:
    """Two different requests under one key: the first is done, the second refused."""
    won = []
    for number in range(ROUNDS):
        outcomes = pair.round(
            *(step(rng, "create", title=f"task {number} of {who}", key=f"key-{number}") for who in (0, 1))
        )
        assert sorted(str(outcome.error) for outcome in outcomes) == ["None", "idempotency_mismatch"]
        won.extend(winners(outcomes))
    assert ledger.tasks.list_tasks().total == ROUNDS
    assert_both_win(won)


def test_a_deletion_and_a_child_that_arrives(pair: Crew, ledger: Vespera, rng: Random) -> None:
    """A live task never hangs below a deleted one: either the parent stays, or the child finds it gone."""
    for _ in range(ROUNDS):
        parent, child = tasks(ledger, 2)
        deleted, moved = pair.round(step(rng, "delete", task=parent), step(rng, "move", task=child, parent=parent))
        assert (deleted.error, moved.error) in ((None, "not_found"), ("has_children", None))


def test_a_completion_and_a_new_blocker(pair: Crew, ledger: Vespera, rng: Random) -> None:
    """A task is not completed over a blocker that came first; one that came later finds it completed."""
    for _ in range(ROUNDS):
        task, blocker = tasks(ledger, 2)
        completed, blocked = pair.round(step(rng, "complete", task=task), step(rng, "depend", task=task, on=blocker))
        order = [event.kind for event in events_of(ledger, entity=task)][1:]
        assert blocked.error is None
        if completed.error is None:
            assert order == ["task.completed", "dependency.added"]
        else:
            assert (completed.error, order) == ("not_ready", ["dependency.added"])
