"""The rules of the ledger, in the words of the architecture, on every store: readiness, trees, circles, workflows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.scenes import events, full, kinds, make, ready, reasons, refused, relate, short, task, undo, unrelate
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.errors import VesperaError
from vespera_core.model.basics import Micros
from vespera_testkit.world.clock import SECOND, FakeClock

Build = Callable[[Vespera, FakeClock], object]

# ---------------------------------------------------------------- ready


def later(clock: FakeClock, seconds: int) -> Micros:
    """A moment that is so many seconds away."""
    return Micros(clock.at + seconds * SECOND)


READY: dict[str, tuple[Build, set[str]]] = {
    "a pending task": (lambda one, _: make(one, "a"), {"a"}),
    "a deferral that is over": (lambda one, clock: make(one, "a", defer_until=later(clock, -1)), {"a"}),
    "a deferral that ends now": (lambda one, clock: make(one, "a", defer_until=later(clock, 0)), {"a"}),
    "a deferral": (lambda one, clock: make(one, "a", defer_until=later(clock, 1)), set()),
    "blocked by hand": (lambda one, _: make(one, "a", status="blocked"), set()),
    "in review": (lambda one, _: make(one, "a", status="in_review"), set()),
    "in progress without a lease": (lambda one, _: make(one, "a", status="in_progress"), set()),
    "completed": (lambda one, _: make(one, "a", status="completed"), set()),
    "cancelled": (lambda one, _: make(one, "a", status="cancelled"), set()),
    "an open dependency": (lambda one, _: (make(one, "b"), make(one, "a", needs="b")), {"b"}),
    "one of two dependencies closed": (
        lambda one, _: (make(one, "b", status="completed"), make(one, "c"), make(one, "a", needs="bc")),
        {"c"},
    ),
    "closed dependencies": (
        lambda one, _: (
            make(one, "b", status="completed"),
            make(one, "c", status="cancelled"),
            make(one, "a", needs="bc"),
        ),
        {"a"},
    ),
    "a deleted dependency": (
        lambda one, _: (make(one, "b"), make(one, "a", needs="b"), one.tasks.delete_task(full("b"))),
        {"a"},
    ),
    "another relation than depends_on": (
        lambda one, _: (make(one, "b"), make(one, "a"), relate(one, "a", "b", kind="relates_to")),
        {"a", "b"},
    ),
    "a container waits for its children": (lambda one, _: (make(one, "p"), make(one, "a", parent="p")), {"a"}),
    "a container whose children are closed": (
        lambda one, _: (make(one, "p"), make(one, "a", parent="p", status="completed")),
        {"p"},
    ),
    "a container whose children are deleted": (
        lambda one, _: (make(one, "p"), make(one, "a", parent="p"), one.tasks.delete_task(full("a"))),
        {"p"},
    ),
    "a container whose grandchildren are open": (
        lambda one, _: (
            make(one, "p"),
            make(one, "q", parent="p"),
            make(one, "a", parent="q"),
            one.tasks.complete_task(full("q"), force=True),
        ),
        {"p", "a"},
    ),
    "an ancestor with a blocker": (
        lambda one, _: (
            make(one, "x"),
            make(one, "p", needs="x"),
            make(one, "q", parent="p"),
            make(one, "a", parent="q"),
        ),
        {"x"},
    ),
    "an ancestor blocked by hand": (
        lambda one, _: (make(one, "p", status="blocked"), make(one, "q", parent="p"), make(one, "a", parent="q")),
        set(),
    ),
    "an ancestor deferred": (
        lambda one, clock: (
            make(one, "p", defer_until=later(clock, 9)),
            make(one, "q", parent="p"),
            make(one, "a", parent="q"),
        ),
        set(),
    ),
    "an ancestor in progress": (
        lambda one, _: (make(one, "p", status="in_progress"), make(one, "a", parent="p")),
        {"a"},
    ),
    "an ancestor in an archived project": (
        lambda one, _: (make(one, "a"), one.call("project.archive", ask.ProjectRef(project_id="mem"))),
        set(),
    ),
}


@pytest.mark.parametrize("case", READY)
def test_what_is_ready(ledger: Vespera, clock: FakeClock, case: str) -> None:
    build, expected = READY[case]
    build(ledger, clock)
    assert ready(ledger) == expected


STEPS: dict[str, tuple[Build, Build, set[str], set[str]]] = {
    "completing unblocks": (
        lambda one, _: (make(one, "b"), make(one, "a", needs="b")),
        lambda one, _: one.tasks.complete_task(full("b")),
        {"b"},
        {"a"},
    ),
    "reopening blocks again": (
        lambda one, _: (make(one, "b"), make(one, "a", needs="b"), one.tasks.complete_task(full("b"))),
        lambda one, _: one.tasks.reopen(full("b")),
        {"a"},
        {"b"},
    ),
    "restoring blocks again": (
        lambda one, _: (make(one, "b"), make(one, "a", needs="b"), one.tasks.delete_task(full("b"))),
        lambda one, _: one.tasks.restore_task(full("b")),
        {"a"},
        {"b"},
    ),
    "time ends a deferral": (
        lambda one, clock: make(one, "a", defer_until=later(clock, 60)),
        lambda _, clock: clock.advance(60),
        set(),
        {"a"},
    ),
    "time ends an ancestor's deferral": (
        lambda one, clock: (make(one, "p", defer_until=later(clock, 60)), make(one, "a", parent="p")),
        lambda _, clock: clock.advance(60),
        set(),
        {"a"},
    ),
    "the later of two deferrals counts": (
        lambda one, clock: (
            make(one, "p", defer_until=later(clock, 60)),
            make(one, "a", parent="p", defer_until=later(clock, 90)),
        ),
        lambda _, clock: clock.advance(89),
        set(),
        set(),
    ),
    "a deferral is taken back": (
        lambda one, clock: make(one, "a", defer_until=later(clock, 60)),
        lambda one, _: one.tasks.defer(full("a"), None),
        set(),
        {"a"},
    ),
    "moving below a held task": (
        lambda one, _: (make(one, "p", status="blocked"), make(one, "q"), make(one, "a", parent="q")),
        lambda one, _: one.tasks.update_task(full("q"), parent_id=full("p")),
        {"a"},
        set(),
    ),
    "moving away from a held task": (
        lambda one, _: (make(one, "p", status="blocked"), make(one, "q", parent="p"), make(one, "a", parent="q")),
        lambda one, _: one.tasks.update_task(full("q"), parent_id=None),
        set(),
        {"a"},
    ),
    "unblocking far above": (
        lambda one, _: (
            make(one, "x"),
            make(one, "p", needs="x"),
            make(one, "q", parent="p"),
            make(one, "a", parent="q"),
        ),
        lambda one, _: one.tasks.complete_task(full("x")),
        {"x"},
        {"a"},
    ),
    "a new child holds its parent": (
        lambda one, _: make(one, "p"),
        lambda one, _: make(one, "a", parent="p"),
        {"p"},
        {"a"},
    ),
    "a new dependency blocks": (
        lambda one, _: make(one, "a", "b"),
        lambda one, _: relate(one, "a", "b"),
        {"a", "b"},
        {"b"},
    ),
    "an archived project comes back": (
        lambda one, _: (make(one, "a"), one.call("project.archive", ask.ProjectRef(project_id="mem"))),
        lambda one, _: one.call("project.update", ask.UpdateProject(project_id="mem", status="active")),
        set(),
        {"a"},
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_readiness_follows(ledger: Vespera, clock: FakeClock, case: str) -> None:
    build, act, before, after = STEPS[case]
    build(ledger, clock)
    assert ready(ledger) == before
    act(ledger, clock)
    assert ready(ledger) == after


def test_blocked_by_a_dependency_is_computed_and_explained(ledger: Vespera, clock: FakeClock) -> None:
    make(ledger, "b")
    make(ledger, "p", needs="b", defer_until=later(clock, 5))
    make(ledger, "a", parent="p", needs="b")
    assert task(ledger, "a").status == "pending"
    assert reasons(ledger, "a") == {"blocker", "ancestor_blocked", "ancestor_deferred"}
    assert reasons(ledger, "p") == {"blocker", "child", "deferred"}
    waiting = ledger.call("task.blocked", ask.ListTasks(limit=0)).tasks
    assert {short(one.task.task_id) for one in waiting} == {"a", "p"}


def test_completing_answers_what_it_unblocked(ledger: Vespera) -> None:
    make(ledger, "b", "c")
    make(ledger, "a", needs="bc")
    make(ledger, "d", needs="b")
    make(ledger, "p")
    ledger.tasks.update_task(full("b"), parent_id=full("p"))
    assert ledger.tasks.complete_task(full("b")).unblocked == (full("d"), full("p"))
    assert ledger.tasks.complete_task(full("c")).unblocked == (full("a"),)
    assert ledger.tasks.complete_task(full("c")).unblocked == ()


# ---------------------------------------------------------------- completing


OBSTACLES: dict[str, Build] = {
    "a blocker": lambda one, _: (make(one, "b"), make(one, "a", needs="b")),
    "an open child": lambda one, _: (make(one, "a"), make(one, "b", parent="a")),
    "a deferral": lambda one, clock: make(one, "a", defer_until=later(clock, 9)),
    "a manual block": lambda one, _: make(one, "a", status="blocked"),
    "a held ancestor": lambda one, _: (make(one, "p", status="blocked"), make(one, "a", parent="p")),
}


@pytest.mark.parametrize("case", OBSTACLES)
def test_what_is_not_ready_is_completed_by_force_alone(ledger: Vespera, clock: FakeClock, case: str) -> None:
    OBSTACLES[case](ledger, clock)
    before = task(ledger, "a")
    with refused("not_ready"):
        ledger.tasks.complete_task(full("a"))
    with refused("not_ready"):
        ledger.tasks.update_task(full("a"), status="completed")
    assert task(ledger, "a") == before
    ledger.tasks.complete_task(full("a"), force=True)
    assert task(ledger, "a").status == "completed"
    assert events(ledger, "a")[-1].payload["forced"], "force is recorded"


def test_completing_again(ledger: Vespera, clock: FakeClock) -> None:
    make(ledger, "a")
    done = ledger.tasks.complete_task(full("a"), reason="works").tasks
    clock.advance(60)
    assert ledger.tasks.complete_task(full("a"), reason="again").tasks == done
    with refused("conflict"):
        ledger.acting_as("bob").tasks.complete_task(full("a"))
    assert kinds(ledger, "a") == ["task.created", "task.completed"]
    ledger.acting_as("bob").tasks.reopen(full("a"))
    ledger.acting_as("bob").tasks.complete_task(full("a"))
    with refused("conflict"):
        ledger.tasks.complete_task(full("a"))


def test_several_are_completed_together_or_not_at_all(ledger: Vespera) -> None:
    make(ledger, "b", "c")
    make(ledger, "a", needs="b")
    with refused("not_ready"):
        ledger.call("task.complete", ask.CompleteTasks(task_ids=(full("c"), full("a"))))
    assert task(ledger, "c").status == "pending"
    ledger.call("task.complete", ask.CompleteTasks(task_ids=(full("b"), full("a"), full("c"))))
    assert {task(ledger, one).status for one in "abc"} == {"completed"}


# ---------------------------------------------------------------- deleting


def tree(ledger: Vespera) -> None:
    """p above q above a and b; c waits for a."""
    make(ledger, "p")
    make(ledger, "q", parent="p")
    make(ledger, "a", "b", parent="q")
    make(ledger, "c", needs="a")


def test_live_children_need_recursive(ledger: Vespera) -> None:
    tree(ledger)
    before = len(events(ledger))
    with refused("has_children"):
        ledger.tasks.delete_task(full("q"))
    dry = ledger.tasks.delete_task(full("q"), recursive=True, dry_run=True)
    assert set(map(short, dry)) == {"q", "a", "b"}
    assert len(events(ledger)) == before
    assert set(map(short, ledger.tasks.delete_task(full("q"), recursive=True))) == {"q", "a", "b"}
    assert {short(one.task_id) for one in ledger.tasks.list_tasks().tasks} == {"p", "c"}
    assert {short(one.task_id) for one in ledger.tasks.list_tasks(deleted=True).tasks} == {"q", "a", "b"}
    assert ready(ledger) == {"p", "c"}, "a deleted task never blocks, nor do deleted children"
    with refused("not_found"):
        ledger.tasks.get_task(full("a"))


def test_no_more_is_deleted_than_was_confirmed(ledger: Vespera) -> None:
    tree(ledger)
    before = len(events(ledger))
    for count in (0, 2, 4):
        with refused("conflict"):
            ledger.tasks.delete_task(full("q"), recursive=True, confirm=count)
    assert len(events(ledger)) == before
    assert len(ledger.tasks.delete_task(full("q"), recursive=True, confirm=3)) == 3


def test_restore_brings_back_that_batch(ledger: Vespera) -> None:
    tree(ledger)
    ledger.tasks.delete_task(full("b"))
    ledger.tasks.delete_task(full("q"), recursive=True)
    with refused("refused"):
        ledger.tasks.restore_task(full("b"))
    assert set(map(short, ledger.tasks.restore_task(full("a")))) == {"q", "a"}, "any of a batch stands for all of it"
    assert task(ledger, "b").deleted_at is not None
    assert ready(ledger) == {"a"}
    assert ledger.tasks.restore_task(full("b")) == (full("b"),)
    assert ledger.tasks.restore_task(full("b")) == (), "what is there is left alone"


def test_a_held_task_is_deleted_by_its_holder_alone(ledger: Vespera) -> None:
    tree(ledger)
    ledger.acting_as("bob").tasks.claim(full("a"))
    with refused("held"):
        ledger.tasks.delete_task(full("p"), recursive=True)
    assert task(ledger, "b").deleted_at is None, "all of a branch, or none of it"
    ledger.acting_as("bob").tasks.delete_task(full("p"), recursive=True)
    ledger.tasks.restore_task(full("p"))
    assert (task(ledger, "a").status, task(ledger, "a").hold_kind) == ("pending", None)


# ---------------------------------------------------------------- circles


def test_direct_circles(ledger: Vespera) -> None:
    make(ledger, "a")
    make(ledger, "b", needs="a")
    make(ledger, "c", needs="b")
    for source, target in (("a", "a"), ("a", "b"), ("a", "c"), ("b", "c")):
        with refused("cycle"):
            relate(ledger, source, target)
    relate(ledger, "a", "b", kind="relates_to")
    unrelate(ledger, "b", "a")
    relate(ledger, "a", "c")


CIRCLES: dict[str, tuple[str, str]] = {
    "a child waits for its parent": ("a", "p"),
    "a parent waits for its child": ("p", "a"),
    "a grandchild waits for its grandparent": ("d", "p"),
    "what the parent waits for waits for the child": ("x", "a"),
    "what a child waits for waits for the parent": ("y", "p"),
    "what a child waits for waits for a grandparent": ("y", "t"),
}
OPEN_WAYS: dict[str, tuple[str, str]] = {
    "siblings may wait for each other": ("a", "b"),
    "a parent waits for a stranger": ("p", "z"),
    "a stranger waits for a parent": ("z", "p"),
    "a stranger waits for a child": ("z", "a"),
    "a child waits for what its parent waits for": ("a", "x"),
    "a parent waits for what its child waits for": ("p", "y"),
}


def circle_tree(ledger: Vespera) -> None:
    """t above p above a (above d) and b; p waits for x, a waits for y; z stands alone."""
    make(ledger, "t", "x", "y", "z")
    make(ledger, "p", parent="t", needs="x")
    make(ledger, "a", parent="p", needs="y")
    make(ledger, "b", parent="p")
    make(ledger, "d", parent="a")


@pytest.mark.parametrize("case", CIRCLES)
def test_circles_through_the_tree(ledger: Vespera, case: str) -> None:
    circle_tree(ledger)
    before = len(events(ledger))
    with refused("cycle"):
        relate(ledger, *CIRCLES[case])
    assert len(events(ledger)) == before


@pytest.mark.parametrize("case", OPEN_WAYS)
def test_what_is_no_circle(ledger: Vespera, case: str) -> None:
    circle_tree(ledger)
    relate(ledger, *OPEN_WAYS[case])
    assert ledger.call("dependency.cycles", ask.Nothing()).cycles == ()


def test_deleted_tasks_count_in_circles(ledger: Vespera) -> None:
    make(ledger, "a", "p", "x")
    make(ledger, "m", needs="a")
    make(ledger, "b", needs="m")
    make(ledger, "c", parent="p", needs="x")
    ledger.tasks.delete_task(full("m"))
    ledger.tasks.delete_task(full("c"))
    for source, target in (("a", "b"), ("x", "p")):
        with refused("cycle"):
            relate(ledger, source, target)
    ledger.tasks.restore_task(full("m"))
    ledger.tasks.restore_task(full("c"))
    assert ledger.call("dependency.cycles", ask.Nothing()).cycles == ()


def test_moving_and_making_close_no_circle(ledger: Vespera) -> None:
    circle_tree(ledger)
    for child, parent in (("p", "p"), ("p", "a"), ("t", "d"), ("x", "p"), ("x", "a"), ("y", "a")):
        with refused("cycle"):
            ledger.tasks.update_task(full(child), parent_id=full(parent))
    for parent, needs in (("p", "p"), ("a", "t"), ("y", "a")):
        with refused("cycle"):
            make(ledger, "new", parent=parent, needs=needs)
    ledger.tasks.update_task(full("b"), parent_id=full("z"))
    make(ledger, "new", parent="p", needs="xyz")


TAKEN: dict[str, Callable[[Vespera], object]] = {
    "below itself": lambda one: make(one, "a", parent="a"),
    "below its child": lambda one: make(one, "a", parent="b"),
    "waiting for itself": lambda one: make(one, "c", needs="c"),
    "in a tree below itself": lambda one: one.tasks.create_task_tree(
        {"title": "x", "parent_id": full("a"), "children": [{"title": "y", "task_id": full("a")}]}
    ),
    "as a root below itself": lambda one: one.tasks.create_task_tree(
        {"title": "x", "task_id": full("a"), "parent_id": full("a"), "children": [{"title": "y"}]}
    ),
}
"""Ways to make a task anew whose id is taken: each once led around in a circle without an end, or might."""


@pytest.mark.usefixtures("bounded_memory")
@pytest.mark.parametrize("case", TAKEN)
def test_a_taken_id_never_leads_around(ledger: Vespera, case: str) -> None:
    make(ledger, "a", "c")
    make(ledger, "b", parent="a")
    before = len(events(ledger))
    with pytest.raises(VesperaError) as caught:
        TAKEN[case](ledger)
    assert caught.value.code in ("duplicate_id", "cycle", "invalid_input")
    assert len(events(ledger)) == before


TREES: dict[str, tuple[dict[str, Any], bool]] = {
    "a child needs its root": ({"key": "r", "children": [{"depends_on": ["r"]}]}, False),
    "a root needs its child": ({"depends_on": ["k"], "children": [{"key": "k"}]}, False),
    "siblings need each other": (
        {"children": [{"key": "j", "depends_on": ["k"]}, {"key": "k", "depends_on": ["j"]}]},
        False,
    ),
    "a task needs itself": ({"key": "r", "depends_on": ["r"]}, False),
    "a child needs what needs its parent": ({"key": "r", "parent_id": "p", "children": [{"depends_on": ["z"]}]}, False),
    "siblings in a row": ({"children": [{"key": "j"}, {"depends_on": ["j"]}]}, True),
    "a child needs a stranger": ({"children": [{"depends_on": ["s"]}]}, True),
}


@pytest.mark.parametrize("case", TREES)
def test_trees_are_made_without_circles(ledger: Vespera, case: str) -> None:
    make(ledger, "p", "s")
    make(ledger, "z", needs="p")
    plan, fits = TREES[case]

    def titled(plan: dict[str, Any]) -> dict[str, Any]:
        plan = {**plan, "children": [titled(child) for child in plan.get("children", ())], "title": "Planned"}
        plan["depends_on"] = [full(one) if one in "szp" else one for one in plan.get("depends_on", ())]
        return {**plan, "parent_id": full("p")} if "parent_id" in plan else plan

    before = len(events(ledger))
    if fits:
        assert len(ledger.tasks.create_task_tree(titled(plan))) > 1
        return
    with pytest.raises(VesperaError) as caught:
        ledger.tasks.create_task_tree(titled(plan))
    assert caught.value.code in ("cycle", "invalid_input")
    assert len(events(ledger)) == before


# ---------------------------------------------------------------- workflows


def flow(ledger: Vespera, **settings: Any) -> None:
    """Give the project a workflow."""
    ledger.call("project.update", ask.UpdateProject(project_id="mem", workflow=settings))


CATEGORIES: dict[str, tuple[set[str], bool]] = {
    "todo": ({"a"}, True),
    "active": (set(), True),
    "held": (set(), True),
    "closed": ({"b"}, False),
}


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_custom_status_means_its_category(ledger: Vespera, category: str) -> None:
    flow(ledger, statuses={"custom": category})
    make(ledger, "a", status="custom")
    make(ledger, "b", needs="a")
    expected, is_open = CATEGORIES[category]
    assert ready(ledger) == expected
    assert (task(ledger, "a").closed_at is None) == is_open
    assert ledger.call("system.stats", ask.Nothing()).open == 1 + is_open
    ledger.tasks.update_task(full("b"), status="custom")
    assert (task(ledger, "b").closed_by is None) == is_open


def test_a_custom_status_of_another_project_is_unknown(ledger: Vespera) -> None:
    flow(ledger, statuses={"triage": "held"})
    ledger.call("project.create", ask.CreateProject(project_id="web"))
    make(ledger, "a")
    with refused("invalid_input"):
        make(ledger, "w", project_id="web", status="triage")
    with refused("invalid_input"):
        ledger.tasks.update_task(full("a"), status="nonsense")
    with refused("invalid_input"):
        ledger.tasks.list_tasks(status=("nonsense",))
    assert ledger.tasks.list_tasks(status=("triage",)).total == 0


def test_transitions_and_types(ledger: Vespera) -> None:
    flow(
        ledger,
        statuses={"triage": "held"},
        transitions={"pending": ["triage"]},
        types={"bug": {"pending": ["in_review"], "in_review": ["completed"]}},
    )
    make(ledger, "a")
    make(ledger, "b", type="bug")
    for name, status in (("a", "completed"), ("a", "in_review"), ("b", "triage"), ("b", "completed")):
        with refused("transition"):
            ledger.tasks.update_task(full(name), status=status, force=True)
    with refused("transition"):
        ledger.tasks.complete_task(full("a"))
    ledger.tasks.update_task(full("a"), status="triage")
    ledger.tasks.update_task(full("b"), status="in_review")
    ledger.tasks.complete_task(full("b"))
    ledger.tasks.reopen(full("b"))


def test_a_status_in_use_stays(ledger: Vespera) -> None:
    flow(ledger, statuses={"triage": "held", "spare": "todo"})
    make(ledger, "a", status="triage")
    for settings in ({}, {"statuses": {"triage": "todo"}}, {"statuses": {"spare": "todo"}}):
        with refused("invalid_input"):
            flow(ledger, **settings)
    flow(ledger, statuses={"triage": "held"})
    ledger.tasks.delete_task(full("a"))
    with refused("invalid_input"):
        flow(ledger)
    ledger.tasks.restore_task(full("a"))
    ledger.tasks.reopen(full("a"))
    flow(ledger)
    assert ledger.call("system.doctor", ask.Nothing()).healthy


BAD_FLOWS: tuple[dict[str, Any], ...] = (
    {"statuses": {"pending": "held"}},
    {"statuses": {"Bad Word": "held"}},
    {"statuses": {"x": "nonsense"}},
    {"colours": {}},
    {"transitions": {"pending": ["nonsense"]}},
    {"transitions": {"nonsense": ["pending"]}},
    {"types": {"bug": {"x": []}}},
    {"statuses": []},
    {"types": {"Bad Word": {}}},
)


@pytest.mark.parametrize("settings", BAD_FLOWS, ids=str)
def test_a_workflow_that_does_not_fit_is_refused(ledger: Vespera, settings: dict[str, Any]) -> None:
    with refused("invalid_input"):
        flow(ledger, **settings)
    assert ledger.call("project.get", ask.ProjectRef(project_id="mem")).project.workflow == {}


# ---------------------------------------------------------------- archives


ARCHIVED_WRITES: dict[str, Callable[[Vespera], object]] = {
    "create": lambda one: make(one, "new"),
    "create a child": lambda one: one.tasks.create_task("x", parent_id=full("a")),
    "create a tree": lambda one: one.tasks.create_task_tree({"title": "x"}),
    "update": lambda one: one.tasks.update_task(full("a"), title="x"),
    "move in the tree": lambda one: one.tasks.update_task(full("a"), parent_id=full("b")),
    "complete": lambda one: one.tasks.complete_task(full("a")),
    "complete by force": lambda one: one.tasks.complete_task(full("a"), force=True),
    "cancel": lambda one: one.tasks.cancel(full("a")),
    "block": lambda one: one.tasks.block(full("a")),
    "reopen": lambda one: one.tasks.reopen(full("a")),
    "defer": lambda one: one.tasks.defer(full("a"), None),
    "claim": lambda one: one.tasks.claim(full("a")),
    "heartbeat": lambda one: one.tasks.heartbeat(full("h")),
    "release": lambda one: one.tasks.release(full("h")),
    "release by force": lambda one: one.call("task.release", ask.Release(task_id=full("h"), force=True)),
    "checkpoint": lambda one: one.tasks.checkpoint(full("h"), {}),
    "comment": lambda one: one.tasks.comment(full("a"), "x"),
    "relate": lambda one: relate(one, "a", "b"),
    "unrelate": lambda one: unrelate(one, "b", "c"),
    "delete": lambda one: one.tasks.delete_task(full("a")),
    "restore": lambda one: one.tasks.restore_task(full("g")),
    "undo": lambda one: undo(one, events(one, "a")[-1]),
}


@pytest.mark.parametrize("name", ARCHIVED_WRITES)
def test_an_archived_project_is_read_and_not_written(ledger: Vespera, name: str) -> None:
    make(ledger, "a", "c", "g", "h")
    make(ledger, "b", needs="c")
    ledger.tasks.claim(full("h"))
    ledger.tasks.delete_task(full("g"))
    ledger.call("project.archive", ask.ProjectRef(project_id="mem"))
    before = len(events(ledger))
    with refused("archived"):
        ARCHIVED_WRITES[name](ledger)
    assert len(events(ledger)) == before
    assert ledger.tasks.list_tasks().total == 4
    assert ledger.tasks.claim().task is None
    assert ledger.tasks.ready().total == 0
