"""Workers with real commands under SIGKILL and SIGSTOP: each effect counts once, and no process is left behind."""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from reliability.support.dose import dose, say
from reliability.support.hired import LEASE_SECONDS, ROLE, Campaign, Hired, await_no_processes, processes_of
from reliability.support.holds import completions, hold_faults
from reliability.support.workspaces import assert_healthy, events_of
from vespera_core.app.application import Vespera
from vespera_core.model.event import Event

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")

CONCURRENCY = 2


def fill(folder: Path, count: int) -> list[str]:
    """A queue of tasks, every fifth of which waits for the one before it."""
    with Vespera.open(folder, actor="person") as ledger:
        tree = [
            {
                "title": f"task {number}",
                "key": str(number),
                "role": ROLE,
                "depends_on": [str(number - 1)] if number % 5 == 4 else [],
            }
            for number in range(count)
        ]
        return [task.task_id for task in ledger.tasks.create_task_tree(tree)]


def read_log(folder: Path) -> list[Event]:
    with Vespera.open(folder, actor="checker") as ledger:
        return events_of(ledger)


def effects_of(folder: Path) -> list[tuple[str, str, int]]:
    """What the commands did, in order: begin or end, the task, the fence."""
    lines = [line.split() for line in (folder / "effects").read_text().splitlines()]
    return [(word, task_id, int(fence)) for word, task_id, fence in lines]


def test_each_effect_counts_once(workspace: Path, rng: Random) -> None:
    queue = fill(workspace, dose(40, 500))
    size, kills, freezes, capacity = dose(3, 8), dose(6, 80), dose(3, 30), dose(4, 10)
    with closing(Campaign(workspace, rng, size, CONCURRENCY, kills, freezes, capacity)) as campaign:
        campaign.run(seconds=120 + 2 * len(queue))
        told = Counter(event for hired in campaign.workers for event in hired.events())
    say(f"{len(queue)} tasks: {dict(campaign.done)}, workers said {dict(told)}")
    log = read_log(workspace)
    assert hold_faults(log) == []
    assert capacity_faults(log, CONCURRENCY) == []
    assert completions(log) == dict.fromkeys(queue, 1)
    assert effect_faults(log, effects_of(workspace)) == []
    assert await_no_processes(workspace) == []
    assert_healthy(workspace)
    assert 1 < campaign.most_held <= capacity
    assert campaign.done["kill"] > 0
    assert campaign.done["freeze"] > 0
    assert any(event.kind == "task.reclaimed" for event in log), "no lease lapsed, so this run has shown little"
    assert any(event.kind == "run.lost" for event in log)


def effect_faults(log: Iterable[Event], effects: list[tuple[str, str, int]]) -> list[str]:
    """Where the work under the last fence was not done once, or an older claim worked after a newer one.

    All workers are on one machine, and nobody takes a task from a live lease: then the lock of the task keeps the order
    whatever is stopped or late, and not only the watch on the lease (see docs/explanation/workers.md).
    """
    last = {event.entity: event.payload["changes"]["fence"][1] for event in log if event.kind == "task.claimed"}
    counts = Counter(effects)
    faults = [
        f"{task_id}: {word} {counts[word, task_id, fence]} times under fence {fence}"
        for task_id, fence in last.items() for word in ("begin", "end")
        if counts[word, task_id, fence] != 1
    ]  # fmt: skip
    newest: defaultdict[str, int] = defaultdict(int)
    for _, task_id, fence in effects:
        if fence < newest[task_id]:
            faults.append(f"{task_id}: fence {fence} worked after {newest[task_id]}")
        newest[task_id] = max(fence, newest[task_id])
    return faults


def capacity_faults(log: Iterable[Event], most: int) -> list[str]:
    """Where a worker held more tasks at once than it may."""
    holder: dict[str, str] = {}
    faults = []
    for event in log:
        if event.kind == "task.claimed":
            holder[event.entity] = event.actor
            if sum(one == event.actor for one in holder.values()) > most:
                faults.append(f"event {event.seq}: {event.actor} holds more than {most}")
        elif event.kind in ("task.completed", "task.released", "task.reclaimed", "task.blocked"):
            holder.pop(event.entity, None)
    return faults


def test_the_checkers_see_planted_faults(workspace: Path) -> None:
    """Work done twice, not at all, or by an older claim; one task more than allowed: each is found."""
    one, two = fill(workspace, 2)
    with Vespera.open(workspace, actor="worker") as ledger:
        ledger.tasks.claim(one)
        ledger.tasks.claim(two)
    log = read_log(workspace)
    good = [(word, task_id, 1) for task_id in (one, two) for word in ("begin", "end")]
    assert effect_faults(log, good) == []
    assert effect_faults(log, [*good, ("end", one, 1)])
    assert effect_faults(log, good[:-1])
    assert effect_faults(log, [*good, ("begin", one, 0)]) == [f"{one}: fence 0 worked after 1"]
    assert capacity_faults(log, 2) == []
    assert capacity_faults(log, 1)


@contextmanager
def hired(folder: Path, name: str, *command: str, options: tuple[str, ...] = ()) -> Iterator[Hired]:
    with closing(Hired(folder, name, *command, options=options)) as worker:
        yield worker


LINGERING = ("sh", "-c", 'setsid sleep 300 & echo $VESPERA_FENCE >> begun; test "$VESPERA_FENCE" -gt 1 || sleep 300')


def test_a_killed_worker_leaves_no_process_and_another_goes_on_from_the_checkpoint(workspace: Path) -> None:
    (task_id,) = fill(workspace, 1)
    with hired(workspace, "first", *LINGERING) as first:
        first.await_event("started")
        _await_lines(workspace / "begun", 1)
        with Vespera.open(workspace, actor="first") as ledger:
            ledger.tasks.checkpoint(task_id, {"half": "done"}, fence=1)
        assert len(processes_of(workspace)) >= 3
        first.signal(signal.SIGKILL)
        assert await_no_processes(workspace) == []
    with hired(workspace, "second", *LINGERING) as second:
        second.await_event("succeeded")
    with Vespera.open(workspace, actor="checker") as ledger:
        task = ledger.tasks.get_task(task_id)
    assert (task.status, task.fence, task.checkpoint) == ("completed", 2, {"half": "done"})
    assert await_no_processes(workspace) == []


def test_a_frozen_worker_is_overtaken_and_its_late_writes_are_refused(workspace: Path) -> None:
    (task_id,) = fill(workspace, 1)
    with hired(workspace, "frozen", *LINGERING) as frozen, hired(workspace, "successor", *LINGERING) as successor:
        _await_lines(workspace / "begun", 1)
        asleep, awake = (frozen, successor) if frozen.said() else (successor, frozen)
        asleep.signal(signal.SIGSTOP)
        awake.await_event("succeeded")
        before = [event for event in read_log(workspace) if event.entity == task_id]
        asleep.signal(signal.SIGCONT)
        asleep.await_event("lost")
        after = [event for event in read_log(workspace) if event.entity == task_id]
        assert after == before
    assert (workspace / "begun").read_text().split() == ["1", "2"]
    assert completions(before) == {task_id: 1}
    assert await_no_processes(workspace) == []


KILLS_ITS_WORKER = """
test "$1" = harmless || kill -9 $(sed 's/^.*) [^ ]* //; s/ .*//' /proc/$PPID/stat)
sleep 0.1
"""


def test_a_task_that_kills_its_workers_is_given_up(workspace: Path) -> None:
    with Vespera.open(workspace, actor="person") as ledger:
        poison = ledger.tasks.create_task("poison", priority="critical").task_id
        harmless = ledger.tasks.create_task("harmless").task_id
    command = ("sh", "-c", KILLS_ITS_WORKER, "sh", "{title}")
    options = ("--losses", "2", "--until-empty")
    for name in ("first", "second"):
        with hired(workspace, name, *command, options=("--losses", "2")) as worker:
            assert worker.process.wait(60) == -signal.SIGKILL
        time.sleep(LEASE_SECONDS)
    with hired(workspace, "third", *command, options=options) as worker:
        assert worker.process.wait(60) == 0
        assert worker.events() == ["started", "succeeded"]
    with Vespera.open(workspace, actor="checker") as ledger:
        held, done = ledger.tasks.get_task(poison), ledger.tasks.get_task(harmless)
    assert (held.status, done.status) == ("blocked", "completed")
    assert "ran out 2 times in a row, the last time under second" in str(held.block_reason)
    assert await_no_processes(workspace) == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_worker_that_is_told_to_end_checkpoints_and_gives_back(workspace: Path, times: int) -> None:
    (task_id,) = fill(workspace, 1)
    grace = ("--grace", "1s" if times == 1 else "1h")
    with hired(workspace, "told", "sh", "-c", "echo working; sleep 300", options=grace) as told:
        told.await_event("started")
        told.signal(signal.SIGTERM)
        told.await_event("draining")
        if times == 2:
            told.signal(signal.SIGTERM)
        assert told.process.wait(30) == 0
        assert told.events() == ["started", "draining", "cancelled"]
    with Vespera.open(workspace, actor="checker") as ledger:
        task = ledger.tasks.get_task(task_id)
    assert (task.status, task.hold_kind, task.defer_until) == ("pending", None, None)
    assert task.checkpoint is not None
    assert task.checkpoint["last_run"]["outcome"] == "stopped"
    assert await_no_processes(workspace) == []


def _await_lines(path: Path, count: int, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists() or len(path.read_text().splitlines()) < count:
        assert time.monotonic() < deadline, f"{path.name} never had {count} lines"
        time.sleep(0.02)
