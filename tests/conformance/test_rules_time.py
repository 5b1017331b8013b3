"""Time travel, the clock of the log, and taking things back, on every store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.scenes import events, full, kinds, make, ready, refused, relate, short, task, undo, unrelate
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.model.basics import Micros
from vespera_testkit.model.invariants import check_invariants
from vespera_testkit.world.clock import SECOND, FakeClock

# ---------------------------------------------------------------- as of


def a_story(ledger: Vespera, clock: FakeClock) -> list[Callable[[], object]]:
    """Steps that touch everything a moment may be asked for."""
    tasks = ledger.tasks
    return [
        lambda: make(ledger, "a"),
        lambda: (make(ledger, "b", needs="a"), make(ledger, "p")),
        lambda: tasks.update_task(full("b"), parent_id=full("p"), title="Renamed", tags=("x",)),
        lambda: tasks.claim(full("a"), lease_seconds=5),
        lambda: clock.advance(5),
        lambda: ledger.acting_as("bob").tasks.claim(full("a"), lease_seconds=100),
        lambda: ledger.acting_as("bob").tasks.checkpoint(full("a"), {"next": "step"}),
        lambda: tasks.defer(full("p"), Micros(clock.at + 7 * SECOND)),
        lambda: ledger.acting_as("bob").tasks.complete_task(full("a")),
        lambda: tasks.comment(full("b"), "a remark"),
        lambda: clock.advance(7),
        lambda: tasks.delete_task(full("p"), recursive=True),
        lambda: make(ledger, "c", "d"),
        lambda: tasks.restore_task(full("b")),
        lambda: relate(ledger, "c", "d"),
        lambda: ledger.call(
            "project.update", ask.UpdateProject(project_id="mem", workflow={"statuses": {"late": "held"}})
        ),
        lambda: tasks.update_task(full("d"), status="late"),
        lambda: ledger.call("project.archive", ask.ProjectRef(project_id="mem")),
    ]


def recorded(ledger: Vespera, **at: Any) -> tuple[list[Any], set[str], int]:
    """What is listed, what is ready, and how many."""
    page = ledger.tasks.list_tasks(limit=0, sort="id", **at)
    queue = ledger.tasks.ready(limit=0, **at)
    shown = [one.evolve(lease_until=None) for one in page.tasks]
    return shown, {short(one.task_id) for one in queue.tasks}, page.total


def test_as_of_answers_what_was_recorded_then(ledger: Vespera, clock: FakeClock) -> None:
    seen = []
    for step in a_story(ledger, clock):
        clock.advance(1)
        step()
        seen.append((Micros(clock.at), recorded(ledger)))
    assert len({str(one) for _, one in seen}) > 12, "the story changes what is seen"
    for at, then in seen:
        for moment in (at, Micros(at + SECOND - 1)):
            if moment == at:
                assert recorded(ledger, as_of=moment) == then
            else:
                assert recorded(ledger, as_of=moment)[0] == then[0]
        for one in then[0]:
            assert ledger.tasks.get_task(one.task_id, as_of=at).evolve(lease_until=None) == one
    assert recorded(ledger, as_of=Micros(clock.at)) == recorded(ledger)


def test_as_of_takes_the_filters_of_that_time(ledger: Vespera, clock: FakeClock) -> None:
    make(ledger, "a", priority="high")
    before = Micros(clock.at)
    clock.advance(1)
    ledger.tasks.update_task(full("a"), priority="low", assignee="bob")
    assert ledger.tasks.list_tasks(priority=("high",), as_of=before).total == 1
    assert ledger.tasks.list_tasks(priority=("low",), as_of=before).total == 0
    assert ledger.tasks.list_tasks(assignee="bob", as_of=Micros(clock.at)).total == 1


def test_as_of_before_and_after_a_life(ledger: Vespera, clock: FakeClock) -> None:
    before = Micros(clock.at)
    clock.advance(1)
    make(ledger, "a")
    alive = Micros(clock.at)
    clock.advance(1)
    ledger.tasks.delete_task(full("a"))
    assert ledger.tasks.get_task(full("a"), as_of=alive).title == "Task a"
    assert ledger.tasks.list_tasks(as_of=alive).total == 1
    for moment in (before, Micros(clock.at)):
        with refused("not_found"):
            ledger.tasks.get_task(full("a"), as_of=moment)
        assert ledger.tasks.list_tasks(as_of=moment).total == 0


def test_the_log_never_runs_back(ledger: Vespera, clock: FakeClock) -> None:
    make(ledger, "a")
    at = clock.at
    clock.advance(-3600)
    ledger.tasks.update_task(full("a"), title="earlier, says the clock")
    make(ledger, "b")
    clock.advance(3601)
    make(ledger, "c")
    moments = [event.at for event in events(ledger)]
    assert moments == sorted(moments)
    assert (task(ledger, "a").updated_at, task(ledger, "b").created_at, task(ledger, "c").created_at) == (
        at,
        at,
        at + SECOND,
    )
    check_invariants(ledger)


# ---------------------------------------------------------------- undo

UNDONE: dict[str, tuple[Callable[[Vespera], object], Callable[[Vespera], object]]] = {
    "a title": (lambda one: one.tasks.update_task(full("a"), title="new"), lambda one: task(one, "a").title),
    "tags": (lambda one: one.tasks.update_task(full("a"), tags=("z",)), lambda one: task(one, "a").tags),
    "metadata": (lambda one: one.tasks.update_task(full("a"), metadata={"k": 1}), lambda one: task(one, "a").metadata),
    "a deferral": (lambda one: one.tasks.defer(full("a"), Micros(2**50)), lambda one: task(one, "a").defer_until),
    "a parent": (
        lambda one: one.tasks.update_task(full("a"), parent_id=full("p")),
        lambda one: task(one, "a").parent_id,
    ),
    "a status": (lambda one: one.tasks.update_task(full("a"), status="in_review"), lambda one: task(one, "a").status),
    "a completion": (
        lambda one: one.tasks.complete_task(full("a")),
        lambda one: (task(one, "a").status, task(one, "a").closed_by),
    ),
    "a cancellation": (
        lambda one: one.tasks.cancel(full("a")),
        lambda one: (task(one, "a").status, task(one, "a").close_reason),
    ),
    "a block": (
        lambda one: one.tasks.block(full("a"), reason="why"),
        lambda one: (task(one, "a").status, task(one, "a").block_reason),
    ),
    "a new dependency": (lambda one: relate(one, "a", "p"), lambda one: task(one, "a").relations),
    "a removed dependency": (lambda one: unrelate(one, "a", "b"), lambda one: task(one, "a").relations),
    "a new link": (lambda one: relate(one, "a", "p", kind="relates_to"), lambda one: task(one, "a").relations),
    "a deletion": (lambda one: one.tasks.delete_task(full("a")), lambda one: task(one, "a").deleted_at),
}


@pytest.mark.parametrize("case", UNDONE)
def test_undo_restores_the_old_value(ledger: Vespera, clock: FakeClock, case: str) -> None:
    act, look = UNDONE[case]
    make(ledger, "p")
    make(ledger, "b", status="completed")
    make(ledger, "a", needs="b", tags=("x",), metadata={"k": 0})
    before, queue = look(ledger), ready(ledger)
    clock.advance(1)
    act(ledger)
    done = events(ledger, "a")[-1]
    assert look(ledger) != before
    undo(ledger, done)
    assert look(ledger) == before
    assert ready(ledger) == queue
    with refused("not_undoable"):
        undo(ledger, done)
    redo = events(ledger, "a")[-1]
    undo(ledger, redo)
    assert look(ledger) != before, "an undo is a change like others, and undone like others"
    check_invariants(ledger)


def test_creating_is_undone_by_deleting(ledger: Vespera) -> None:
    make(ledger, "p")
    make(ledger, "a", parent="p")
    with refused("has_children"):
        undo(ledger, events(ledger, "p")[0])
    undo(ledger, events(ledger, "a")[0])
    undo(ledger, events(ledger, "p")[0])
    assert ledger.tasks.list_tasks().total == 0
    with refused("not_undoable"):
        undo(ledger, events(ledger, "a")[0])


def test_a_deletion_is_undone_with_its_batch(ledger: Vespera) -> None:
    make(ledger, "p")
    make(ledger, "a", "b", parent="p")
    ledger.tasks.delete_task(full("b"))
    ledger.tasks.delete_task(full("p"), recursive=True)
    gone = events(ledger, "p")[-1]
    undo(ledger, gone)
    assert {short(one.task_id) for one in ledger.tasks.list_tasks().tasks} == {"p", "a"}
    ledger.tasks.delete_task(full("p"), recursive=True)
    with refused("not_undoable"):
        undo(ledger, gone)


NOT_UNDONE: dict[str, Callable[[Vespera], object]] = {
    "a claim": lambda one: one.tasks.claim(full("a")),
    "a release": lambda one: (one.tasks.claim(full("a")), one.tasks.release(full("a"))),
    "a checkpoint": lambda one: (one.tasks.claim(full("a")), one.tasks.checkpoint(full("a"), {})),
    "a remark": lambda one: one.tasks.comment(full("a"), "x"),
    "a project": lambda one: one.call("project.create", ask.CreateProject(project_id="web")),
    "a change of a project": lambda one: one.call("project.update", ask.UpdateProject(project_id="mem", name="new")),
}


@pytest.mark.parametrize("case", NOT_UNDONE)
def test_what_is_not_undone(ledger: Vespera, case: str) -> None:
    make(ledger, "a")
    NOT_UNDONE[case](ledger)
    before = events(ledger)
    with refused("not_undoable"):
        undo(ledger, before[-1])
    assert events(ledger) == before


def test_undo_keeps_what_changed_since(ledger: Vespera) -> None:
    make(ledger, "a")
    ledger.tasks.update_task(full("a"), title="first", notes="kept")
    done = events(ledger, "a")[-1]
    ledger.tasks.update_task(full("a"), title="second")
    before = task(ledger, "a")
    with refused("not_undoable"):
        undo(ledger, done)
    assert task(ledger, "a") == before
    ledger.tasks.update_task(full("a"), priority="high")
    undo(ledger, events(ledger, "a")[-2])
    assert (task(ledger, "a").title, task(ledger, "a").priority) == ("first", "high")


def test_undo_goes_through_the_normal_rules(ledger: Vespera) -> None:
    make(ledger, "b")
    make(ledger, "a", needs="b")
    unrelate(ledger, "a", "b")
    done = events(ledger, "a")[-1]
    relate(ledger, "b", "a")
    with refused("cycle"):
        undo(ledger, done)
    make(ledger, "p", "q")
    ledger.tasks.update_task(full("p"), parent_id=full("q"))
    ledger.tasks.update_task(full("p"), parent_id=None)
    moved = events(ledger, "p")[-1]
    ledger.tasks.update_task(full("q"), parent_id=full("p"))
    with refused("cycle"):
        undo(ledger, moved)


def test_undoing_a_completion_opens_it_again(ledger: Vespera) -> None:
    make(ledger, "b")
    make(ledger, "a", needs="b")
    ledger.tasks.complete_task(full("b"), reason="done")
    undo(ledger.acting_as("bob"), events(ledger, "b")[-1])
    assert kinds(ledger, "b")[-1] == "task.reopened"
    assert (task(ledger, "b").closed_at, task(ledger, "b").close_reason) == (None, None)
    assert ready(ledger) == {"b"}


@pytest.mark.parametrize("word", ["0", "999999", "-1", "nonsense", "", "1.5", "٣"])
def test_an_unknown_event_is_not_found(ledger: Vespera, word: str) -> None:
    with refused("not_found"):
        ledger.call("event.undo", ask.UndoEvent(event=word))


def test_an_event_is_named_by_its_id_too(ledger: Vespera) -> None:
    make(ledger, "a")
    ledger.tasks.update_task(full("a"), title="new")
    ledger.call("event.undo", ask.UndoEvent(event=events(ledger, "a")[-1].event_id))
    assert task(ledger, "a").title == "Task a"


def test_history_pages_through_everything(ledger: Vespera) -> None:
    make(ledger, *"abcde")
    found: list[int] = []
    before = None
    while True:
        page = ledger.call("event.list", ask.History(limit=2, before_seq=before))
        found.extend(event.seq for event in page.events)
        before = page.next_before
        if before is None:
            break
    assert found == [6, 5, 4, 3, 2, 1]
