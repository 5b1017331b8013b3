"""T7, T8: no task is claimed twice, and a worker that stalled past its lease cannot overwrite its successor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reliability.support.dose import dose, say
from reliability.support.holds import completions, hold_faults
from reliability.support.processes import Child, children
from reliability.support.workers import Supervisor
from reliability.support.workspaces import assert_healthy, events_of
from vespera_core.app.application import Vespera
from vespera_core.errors import VesperaError
from vespera_core.model.event import Event

WORKERS = 10
HUMAN_HELD = 7
REFUSED = {"stale_fence", "conflict"}
"""Codes of a late write: the fence is stale, or, for a completion, somebody else has completed it."""


def fill(folder: Path, count: int, human_held: int = 0) -> tuple[list[str], list[str]]:
    """A queue of tasks, and some tasks that a person holds."""
    with Vespera.open(folder, actor="person") as ledger:
        tree = [{"title": f"task {number}"} for number in range(count + human_held)]
        ids = [task.task_id for task in ledger.tasks.create_task_tree(tree)]
        for one in ids[count:]:
            ledger.tasks.claim(one, human=True)
    return ids[:count], ids[count:]


def read_log(folder: Path) -> list[Event]:
    with Vespera.open(folder, actor="checker") as ledger:
        return events_of(ledger)


def test_every_task_is_completed_once(workspace: Path, rng: Random) -> None:
    queue, held = fill(workspace, dose(300, 2000), HUMAN_HELD)
    with children() as family:
        kills, freezes = dose(20, 150), dose(4, 30)
        supervisor = Supervisor(workspace, rng, WORKERS, kills, freezes, HUMAN_HELD, family)
        supervisor.run(seconds=60 + len(queue) / 5)
    say(f"{len(queue)} tasks: {dict(supervisor.done)}")
    log = read_log(workspace)
    assert hold_faults(log) == []
    assert completions(log) == dict.fromkeys(queue, 1)
    assert_said_is_so(supervisor.said, log)
    assert_untouched(workspace, held)
    assert_healthy(workspace)
    assert supervisor.done["kill"] > 0
    assert supervisor.done["freeze"] > 0
    assert any(event.kind == "task.reclaimed" for event in log), "no lease lapsed, so this run has shown little"


def assert_said_is_so(said: list[Any], log: list[Event]) -> None:
    """What the workers were answered agrees with the log; late writes were refused where somebody else had claimed."""
    claims = [(line[1], line[2]) for line in said if line[0] == "claimed"]
    assert len(claims) == len(set(claims)), "two workers were given the same fence of the same task"
    last = {event.entity: event.payload["changes"]["fence"][1] for event in log if event.kind == "task.claimed"}
    done = {(line[1], line[2]) for line in said if line[0] == "completed" and line[3] == "ok"}
    assert {(one, last[one]) for one, _ in done} == done, (
        "a completion was acknowledged for a fence that was not the last"
    )
    late = [(line[1], line[2], line[3]) for line in said if line[0] == "woke"]
    stale = [codes for one, fence, codes in late if fence != last[one]]
    assert stale, "no worker came too late, so this run has shown little"
    for codes in stale:
        assert codes[:3] == ["stale_fence"] * 3
        assert codes[3] in REFUSED


def assert_untouched(folder: Path, held: list[str]) -> None:
    """What a person holds was taken by nobody."""
    with Vespera.open(folder, actor="checker") as ledger:
        for one in held:
            task = ledger.tasks.get_task(one)
            assert (task.hold_kind, task.lease_owner, task.fence, task.version) == ("human", "person", 1, 2)


@pytest.mark.parametrize("fault", ["twice completed", "claimed while held", "skipped fence", "written without a hold"])
def test_the_checker_sees_planted_faults(workspace: Path, fault: str) -> None:
    """Real logs with one event changed: a checker that finds nothing in them is blind."""
    (one, two), _ = fill(workspace, 2)
    with Vespera.open(workspace, actor="worker") as ledger:
        for task_id in (one, two):
            fence = ledger.tasks.claim(task_id).fence
            ledger.tasks.complete_task(task_id, fence=fence)
    log = read_log(workspace)
    assert hold_faults(log) == []
    claimed, completed = (
        next(event for event in log if event.kind == f"task.{kind}") for kind in ("claimed", "completed")
    )
    assert hold_faults(planted(fault, log, claimed, completed))


def planted(fault: str, log: list[Event], claimed: Event, completed: Event) -> Iterator[Event]:
    """The log with one fault in it."""
    for event in log:
        if fault == "skipped fence" and event is claimed:
            changes = {**event.payload["changes"], "fence": [0, 2]}
            yield replace(event, payload={"changes": changes})
        elif fault == "written without a hold" and event is completed:
            yield replace(event, actor="somebody else")
        else:
            yield event
        if (fault == "twice completed" and event is completed) or (fault == "claimed while held" and event is claimed):
            yield replace(event, actor="somebody else")


def test_a_stalled_worker_cannot_overwrite(workspace: Path) -> None:
    """Frozen past its lease, overtaken, resumed: each of its late writes is refused, round after round."""
    rounds = dose(3, 40)
    fill(workspace, rounds)
    with children() as family:
        family.extend(Child(lambda send, n=number: _stall(workspace, n, send)) for number in range(rounds))
        holds = {child.expect("stalls")[-1][1]: child for child in family}
        with Vespera.open(workspace, actor="successor") as ledger:
            for _ in range(rounds):
                _overtake(ledger, holds)
    with Vespera.open(workspace, actor="checker") as ledger:
        assert all(task.closed_by == "successor" and not task.notes for task in ledger.tasks.list_tasks(limit=0).tasks)
    assert completions(read_log(workspace)) == dict.fromkeys(holds, 1)
    assert_healthy(workspace)


def _stall(folder: Path, number: int, send: Any) -> None:
    with Vespera.open(folder, actor=f"stalled-{number}") as ledger:
        answer = ledger.tasks.claim(lease_seconds=1)
        assert answer.task is not None
        task_id, fence = answer.task.task_id, answer.fence
        send(["stalls", task_id, fence])
        os.kill(os.getpid(), signal.SIGSTOP)
        send(
            ["woke", *(_code(ledger, verb, task_id, fence) for verb in ("checkpoint", "update", "complete", "release"))]
        )


def _code(ledger: Vespera, verb: str, task_id: str, fence: int | None) -> str:
    writes = {
        "checkpoint": lambda: ledger.tasks.checkpoint(task_id, {"late": True}, fence=fence),
        "update": lambda: ledger.tasks.update_task(task_id, notes="late", fence=fence),
        "complete": lambda: ledger.tasks.complete_task(task_id, fence=fence),
        "release": lambda: ledger.tasks.release(task_id, fence=fence),
    }
    try:
        writes[verb]()
    except VesperaError as error:
        return error.code
    return "ok"


def _overtake(ledger: Vespera, holds: dict[str, Child]) -> None:
    """Claim a task whose lease has lapsed, wake its former holder in the middle of the work, then complete it."""
    while (answer := ledger.tasks.claim(lease_seconds=60)).task is None:
        time.sleep(0.05)
    assert answer.reclaimed_from is not None
    child = holds[answer.task.task_id]
    child.signal(signal.SIGCONT)
    assert child.expect("woke")[-1][1:] == ["stale_fence"] * 4
    assert child.wait() == 0
    ledger.tasks.complete_task(answer.task.task_id, fence=answer.fence)


CLI = Path(sys.executable).with_name("vespera")


def test_workers_that_use_the_command_line(workspace: Path) -> None:
    """The same promise through the console script: 5 workers, 30 tasks, every one completed once."""
    queue, _ = fill(workspace, dose(30, 100))
    with ThreadPoolExecutor(5) as pool:
        counts = list(pool.map(lambda number: _cli_worker(workspace, f"cli-{number}"), range(5)))
    say(f"tasks completed by each worker: {counts}")
    log = read_log(workspace)
    assert sum(counts) == len(queue)
    assert hold_faults(log) == []
    assert completions(log) == dict.fromkeys(queue, 1)
    assert_healthy(workspace)


def _cli_worker(folder: Path, actor: str) -> int:
    """Work the queue off: the first worker with a claim for each task, the others with `complete --claim-next`."""
    more = () if actor == "cli-0" else ("--claim-next",)
    held, count = _cli(folder, actor, "claim", "--json"), 0
    while held["task"] is not None:
        words = ("complete", held["task"]["task_id"], "--fence", str(held["fence"]), *more, "--json")
        done = _cli(folder, actor, *words)
        held = done["claimed"] if more else _cli(folder, actor, "claim", "--json")
        count += 1
    return count


def _cli(folder: Path, actor: str, *words: str) -> dict[str, Any]:
    command = [str(CLI), "-C", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "VESPERA_ACTOR": actor})
    assert done.returncode == 0, f"{words}: exit {done.returncode}: {done.stdout} {done.stderr}"
    answer: dict[str, Any] = json.loads(done.stdout)["data"]
    return answer
