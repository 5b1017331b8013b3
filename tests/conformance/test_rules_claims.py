"""Claims: each sentence of the paragraph on claims, on every store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from conformance.scenes import events, full, kinds, make, ready, reasons, refused, relate, task, undo, unrelate
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.errors import Conflict, HeldByOther
from vespera_testkit.world.clock import SECOND, FakeClock

Write = Callable[[Vespera, int | None], object]

WRITES: dict[str, Write] = {
    "update": lambda one, fence: one.tasks.update_task(full("a"), title="changed", fence=fence),
    "update a status": lambda one, fence: one.tasks.update_task(full("a"), status="in_review", fence=fence),
    "move in the tree": lambda one, fence: one.tasks.update_task(full("a"), parent_id=full("p"), fence=fence),
    "complete": lambda one, fence: one.tasks.complete_task(full("a"), fence=fence),
    "complete by force": lambda one, fence: one.tasks.complete_task(full("a"), fence=fence, force=True),
    "cancel": lambda one, fence: one.call("task.cancel", ask.MoveTasks(task_ids=(full("a"),), fence=fence)),
    "reopen": lambda one, fence: one.call("task.reopen", ask.MoveTasks(task_ids=(full("a"),), fence=fence)),
    "block": lambda one, fence: one.call("task.block", ask.MoveTasks(task_ids=(full("a"),), fence=fence)),
    "defer": lambda one, fence: one.call("task.defer", ask.MoveTasks(task_ids=(full("a"),), until=1, fence=fence)),
    "relate": lambda one, fence: relate(one, "a", "p", kind="relates_to", fence=fence),
    "unrelate": lambda one, fence: unrelate(one, "a", "r", kind="relates_to", fence=fence),
    "delete": lambda one, fence: one.call("task.delete", ask.DeleteTask(task_id=full("a"), fence=fence)),
    "heartbeat": lambda one, fence: one.tasks.heartbeat(full("a"), fence=fence),
    "checkpoint": lambda one, fence: one.tasks.checkpoint(full("a"), {"next": "step"}, fence=fence),
    "release": lambda one, fence: one.tasks.release(full("a"), fence=fence),
}  # fmt: skip
"""Every write of a held task."""

KEEPING = ("update", "move in the tree", "defer", "relate", "unrelate", "checkpoint", "heartbeat")
"""Those after which it is still held."""


@pytest.fixture
def held(ledger: Vespera) -> Vespera:
    """Task a, held by ann's worker for 100 seconds; p and r beside it."""
    make(ledger, "p", "r")
    make(ledger, "a", relations=(("relates_to", full("r")),))
    ledger.tasks.claim(full("a"), lease_seconds=100)
    return ledger


def test_a_claim_sets_the_hold(ledger: Vespera, clock: FakeClock) -> None:
    make(ledger, "a", "b")
    worker = ledger.tasks.claim(full("a"), lease_seconds=60)
    assert worker.task is not None
    assert (worker.task.status, worker.task.hold_kind, worker.task.lease_owner) == ("in_progress", "worker", "ann")
    assert (worker.fence, worker.lease_until, worker.reclaimed_from) == (1, clock.at + 60 * SECOND, None)
    assert worker.task.assignee == "ann"
    assert worker.task.started_at == clock.at
    human = ledger.tasks.claim(full("b"), human=True).task
    assert human is not None
    assert (human.status, human.hold_kind, human.lease_until, human.fence) == ("in_progress", "human", None, 1)


def test_a_lapsed_lease_counts_as_ready_everywhere(held: Vespera, clock: FakeClock) -> None:
    clock.advance(99.999999)
    assert ready(held) == {"p", "r"}
    assert reasons(held, "a") == {"hold"}
    clock.advance(0.000001)
    assert ready(held) == {"a", "p", "r"}
    assert reasons(held, "a") == set()
    assert task(held, "a").status == "in_progress", "no reaper was needed"
    answer = held.acting_as("bob").tasks.claim(full("a"))
    assert (answer.fence, answer.reclaimed_from) == (2, "ann")
    assert kinds(held, "a") == ["task.created", "task.claimed", "task.reclaimed", "task.claimed"]
    assert events(held, "a")[-2].payload["from"] == "ann"


def test_a_lapsed_lease_is_claimed_by_selection(held: Vespera, clock: FakeClock) -> None:
    held.tasks.update_task(full("a"), priority="critical")
    clock.advance(100)
    answer = held.acting_as("bob").tasks.claim()
    assert answer.task is not None
    assert (answer.task.task_id, answer.reclaimed_from) == (full("a"), "ann")


def test_a_lapsed_lease_with_a_blocker_is_not_ready(held: Vespera, clock: FakeClock) -> None:
    relate(held, "a", "p")
    clock.advance(101)
    assert ready(held) == {"p", "r"}
    with refused("not_ready"):
        held.acting_as("bob").tasks.claim(full("a"))


def test_what_is_never_ready(ledger: Vespera, clock: FakeClock) -> None:
    make(ledger, "a", status="in_progress")
    make(ledger, "b")
    ledger.tasks.claim(full("b"), human=True)
    clock.advance(10 * 365 * 86400)
    assert ready(ledger) == set()
    assert ledger.acting_as("bob").tasks.claim().task is None
    with refused("not_ready"):
        ledger.acting_as("bob").tasks.claim(full("a"))
    with refused("held"):
        ledger.acting_as("bob").tasks.claim(full("b"))


@pytest.mark.parametrize("name", WRITES)
def test_a_mismatching_fence_is_a_conflict(held: Vespera, clock: FakeClock, name: str) -> None:
    before = len(events(held))
    for fence in (0, 2, -1):
        with pytest.raises(Conflict) as caught:
            WRITES[name](held, fence)
        assert caught.value.code == "stale_fence"
    assert len(events(held)) == before
    WRITES[name](held.acting_as("bob"), 1)


@pytest.mark.parametrize("name", WRITES)
def test_a_fence_of_an_earlier_claim_is_stale(held: Vespera, clock: FakeClock, name: str) -> None:
    clock.advance(100)
    held.acting_as("bob").tasks.claim(full("a"))
    with refused("stale_fence"):
        WRITES[name](held, 1)
    held.acting_as("bob").tasks.release(full("a"))
    with refused("stale_fence"):
        WRITES[name](held.acting_as("bob"), 2)
    assert task(held, "a").title == "Task a"


@pytest.mark.parametrize("name", WRITES)
def test_without_a_fence_only_the_holder_writes(held: Vespera, clock: FakeClock, name: str) -> None:
    before = len(events(held))
    with refused("held"):
        WRITES[name](held.acting_as("bob"), None)
    assert len(events(held)) == before
    WRITES[name](held, None)


@pytest.mark.parametrize("name", WRITES)
def test_a_persons_hold_keeps_others_out_for_ever(ledger: Vespera, clock: FakeClock, name: str) -> None:
    make(ledger, "p", "r")
    make(ledger, "a", relations=(("relates_to", full("r")),))
    ledger.tasks.claim(full("a"), human=True)
    clock.advance(10 * 365 * 86400)
    with refused("held"):
        WRITES[name](ledger.acting_as("bob"), None)
    WRITES[name](ledger, None)


@pytest.mark.parametrize("name", KEEPING)
@pytest.mark.parametrize("fence", [None, 1])
def test_any_write_by_its_holder_renews(held: Vespera, clock: FakeClock, name: str, fence: int | None) -> None:
    for seconds in (30, 99, 5000):  # in the last one the lease has lapsed, and nobody has claimed it since
        clock.advance(seconds)
        if seconds == 5000:
            assert "a" in ready(held)
        if name in ("move in the tree", "relate", "unrelate"):
            undone = {"move in the tree": lambda: held.tasks.update_task(full("a"), parent_id=None),
                      "relate": lambda: unrelate(held, "a", "p", kind="relates_to"),
                      "unrelate": lambda: relate(held, "a", "r", kind="relates_to")}[name]  # fmt: skip
        WRITES[name](held, fence)
        if name == "update":
            assert task(held, "a").title == "changed"
            held.tasks.update_task(full("a"), title="back")
        elif name == "defer":
            held.tasks.defer(full("a"), None)
        elif name in ("move in the tree", "relate", "unrelate"):
            undone()
        elif name == "checkpoint":
            held.tasks.checkpoint(full("a"), {"next": seconds})
        assert task(held, "a").lease_until == clock.at + 100 * SECOND
        assert "a" not in ready(held)


def test_a_remark_renews_its_holders_lease_alone(held: Vespera, clock: FakeClock) -> None:
    clock.advance(50)
    held.acting_as("bob").tasks.comment(full("a"), "anybody may")
    assert task(held, "a").lease_until == clock.at + 50 * SECOND
    held.tasks.comment(full("a"), "so may its holder")
    assert task(held, "a").lease_until == clock.at + 100 * SECOND


def test_heartbeats_write_no_event(held: Vespera, clock: FakeClock) -> None:
    before, version = len(events(held)), task(held, "a").version
    clock.advance(10)
    assert held.tasks.heartbeat(full("a")).lease_until == clock.at + 100 * SECOND
    assert held.tasks.heartbeat(full("a"), lease_seconds=7).lease_until == clock.at + 7 * SECOND
    assert (len(events(held)), task(held, "a").version) == (before, version)
    clock.advance(7)
    assert "a" in ready(held)
    with refused("held"):
        held.acting_as("bob").tasks.heartbeat(full("a"))
    held.tasks.release(full("a"))
    with refused("conflict"):
        held.tasks.heartbeat(full("a"))


def test_a_claim_that_finds_nothing_answers_no_task(ledger: Vespera) -> None:
    answer = ledger.tasks.claim()
    assert (answer.task, answer.fence, answer.lease_until) == (None, None, None)
    make(ledger, "a", role="dev", type="bug", tags=("x",))
    for wishes in ({"role": "ops"}, {"type": ("task",)}, {"tags": ("y",)}):
        assert ledger.tasks.claim(**wishes).task is None
    assert ledger.tasks.claim(role="dev", type=("bug",), tags=("x",)).fence == 1


def test_the_most_urgent_and_oldest_is_claimed_first(ledger: Vespera, clock: FakeClock) -> None:
    make(ledger, "n2", "n1")
    clock.advance(1)
    make(ledger, "n0")
    make(ledger, "low", priority="low")
    make(ledger, "top", priority="critical")
    order = []
    while (answer := ledger.tasks.claim()).task is not None:
        order.append(answer.task.task_id)
    assert order == [full(one) for one in ("top", "n1", "n2", "n0", "low")]


def test_what_is_not_ready_is_not_claimed(ledger: Vespera) -> None:
    make(ledger, "b", status="blocked")
    make(ledger, "a", needs="b")
    make(ledger, "d", status="completed")
    for name in ("a", "b", "d"):
        with refused("not_ready"):
            ledger.tasks.claim(full(name))
        assert task(ledger, name).fence == 0
    assert ledger.tasks.claim().task is None


def test_holding_it_already_is_a_conflict(held: Vespera) -> None:
    for actor in ("ann", "bob"):
        with refused("held"):
            held.acting_as(actor).tasks.claim(full("a"))
    assert task(held, "a").fence == 1


def test_a_checkpoint_survives_release_and_reclaim(held: Vespera, clock: FakeClock) -> None:
    held.tasks.checkpoint(full("a"), {"next": "step", "files": ["x"]}, fence=1)
    released = held.tasks.release(full("a"), reason="enough")
    assert (released.status, released.hold_kind, released.assignee) == ("pending", None, None)
    held.acting_as("bob").tasks.claim(full("a"), lease_seconds=1)
    clock.advance(1)
    again = held.acting_as("cy").tasks.claim(full("a")).task
    assert again is not None
    assert again.checkpoint == {"next": "step", "files": ["x"]}
    assert again.fence == 3


def test_a_forced_release_is_recorded(held: Vespera) -> None:
    held.acting_as("bob").call("task.release", ask.Release(task_id=full("a"), force=True, reason="stuck"))
    last = events(held, "a")[-1]
    assert (last.kind, last.actor) == ("task.released", "bob")
    assert (last.payload["from"], last.payload["forced"], last.payload["reason"]) == ("ann", True, "stuck")
    with refused("stale_fence"):
        held.tasks.update_task(full("a"), title="late", fence=1)


def test_completing_may_claim_the_next(ledger: Vespera) -> None:
    make(ledger, "a")
    make(ledger, "b", needs="a", role="dev")
    fence = ledger.tasks.claim(full("a")).fence
    answer = ledger.tasks.complete_task(full("a"), fence=fence, claim_next=True, role="dev")
    assert answer.unblocked == (full("b"),)
    assert answer.claimed is not None
    assert answer.claimed.task is not None
    assert (answer.claimed.task.task_id, answer.claimed.fence) == (full("b"), 1)
    last = ledger.tasks.complete_task(full("b"), claim_next=True)
    assert last.claimed is not None
    assert last.claimed.task is None


@pytest.mark.parametrize("seconds", [0, -1, 30 * 86400 + 1, True, 1.5, None, "60"])
def test_a_lease_has_bounds(ledger: Vespera, seconds: object) -> None:
    make(ledger, "a")
    with refused("invalid_input"):
        ledger.tasks.claim(full("a"), lease_seconds=seconds)
    assert task(ledger, "a").fence == 0


def test_undo_is_a_write_too(held: Vespera) -> None:
    created = events(held, "a")[0]
    with refused("held"):
        undo(held.acting_as("bob"), created)


def test_each_task_is_claimed_once(ledger: Vespera) -> None:
    tasks, threads = 40, 6
    ledger.tasks.create_task_tree([{"title": f"Task {number}"} for number in range(tasks)])
    start = Barrier(threads)

    def worker(number: int) -> list[str]:
        mine, own = [], ledger.acting_as(f"worker-{number}")
        start.wait()
        while (answer := own.tasks.claim()).task is not None:
            mine.append(answer.task.task_id)
            own.tasks.complete_task(answer.task.task_id, fence=answer.fence)
        return mine

    with ThreadPoolExecutor(threads) as pool:
        taken = Counter(one for mine in pool.map(worker, range(threads)) for one in mine)
    assert len(taken) == tasks
    assert set(taken.values()) == {1}
    assert ledger.call("system.doctor", ask.Nothing()).healthy


def test_one_of_many_claims_of_one_task_wins(ledger: Vespera) -> None:
    make(ledger, "a")
    threads = 8
    start = Barrier(threads)

    def worker(number: int) -> bool:
        start.wait()
        try:
            ledger.acting_as(f"worker-{number}").tasks.claim(full("a"))
        except HeldByOther:
            return False
        return True

    with ThreadPoolExecutor(threads) as pool:
        won = list(pool.map(worker, range(threads)))
    assert won.count(True) == 1
    assert (task(ledger, "a").fence, task(ledger, "a").lease_owner) == (1, f"worker-{won.index(True)}")


def test_the_actor_comes_from_the_environment(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    from vespera_core.app.application import login_name

    for variable in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(variable, "somebody")
    assert login_name() == "somebody"
    monkeypatch.setenv("VESPERA_ACTOR", "agent-7")
    assert login_name() == "agent-7"
    make(ledger.acting_as(login_name()), "a")
    assert task(ledger, "a").created_by == "agent-7"
