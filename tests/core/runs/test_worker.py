"""The worker in this process, on a ledger in memory with real commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.runs.requests import CancelRun, ListRuns, Retry
from vespera_core.app.runs.settings import WorkerSettings, time_limit
from vespera_core.app.runs.worker import Happening, Worker
from vespera_core.errors import ConfigError, InvalidInput, NotFound, PluginFault, UnknownRole
from vespera_core.model.basics import SECOND, Micros


@pytest.fixture
def ledger() -> Iterator[Vespera]:
    with Vespera.in_memory(actor="worker") as found:
        yield found


def worker(ledger: Vespera, folder: Path, *command: str, **more: Any) -> tuple[Worker, list[Happening]]:
    told: list[Happening] = []
    settings = {"until_empty": True, "poll": 0.2, "retry": Retry(attempts=2, first=0), **more}
    return Worker(
        ledger.kernel, ledger.caller, WorkerSettings(command=command, folder=folder, **settings), told.append
    ), told


def work(ledger: Vespera, folder: Path, *command: str, **more: Any) -> list[str]:
    hired, told = worker(ledger, folder, *command, **more)
    hired.run()
    return [one.event for one in told]


def status(ledger: Vespera, task_id: str) -> str:
    return ledger.tasks.get_task(task_id).status


def test_dependencies_set_the_order(ledger: Vespera, tmp_path: Path) -> None:
    last = ledger.tasks.create_task("last", priority="low").task_id
    middle = ledger.tasks.create_task("middle").task_id
    first = ledger.tasks.create_task("first", priority="low").task_id
    for source, target in ((last, middle), (middle, first)):
        ledger.tasks.add_dependency(source, target)
    said = work(ledger, tmp_path, "sh", "-c", 'echo "$0" >> order', "{title}", concurrency=3)
    assert (tmp_path / "order").read_text().split() == ["first", "middle", "last"]
    assert said == ["started", "succeeded"] * 3


def test_a_tree_is_run_from_the_leaves_up(ledger: Vespera, tmp_path: Path) -> None:
    tree = {"title": "root", "children": [{"title": "leaf"}, {"title": "branch", "children": [{"title": "twig"}]}]}
    ids = [task.task_id for task in ledger.tasks.create_task_tree(tree)]
    work(ledger, tmp_path, "sh", "-c", 'echo "$0" >> order', "{title}")
    order = (tmp_path / "order").read_text().split()
    assert sorted(order) == ["branch", "leaf", "root", "twig"]
    assert order.index("twig") < order.index("branch") < order.index("root")
    assert {status(ledger, one) for one in ids} == {"completed"}


def test_the_command_is_told_what_it_works_on(ledger: Vespera, tmp_path: Path) -> None:
    task_id = ledger.tasks.create_task("x", role="tester").task_id
    work(ledger, tmp_path, "sh", "-c", "env | grep ^VESPERA_ | sort > env", role="tester")
    assert (tmp_path / "env").read_text().splitlines() == [
        "VESPERA_ACTOR=worker", "VESPERA_FENCE=1", "VESPERA_ROLE=tester", f"VESPERA_RUN_ID={task_id}.r1",
        f"VESPERA_TASK_ID={task_id}", f"VESPERA_WORKSPACE={tmp_path}",
    ]  # fmt: skip


def test_only_tasks_that_fit_are_taken(ledger: Vespera, tmp_path: Path) -> None:
    mine = ledger.tasks.create_task("x", role="tester", type="bug", tags=("a",)).task_id
    others = [
        ledger.tasks.create_task("x", role="coder", type="bug", tags=("a",)).task_id,
        ledger.tasks.create_task("x", role="tester", tags=("a",)).task_id,
        ledger.tasks.create_task("x", role="tester", type="bug").task_id,
    ]
    work(ledger, tmp_path, "true", role="tester", type=("bug",), tags=("a",))
    assert status(ledger, mine) == "completed"
    assert {status(ledger, one) for one in others} == {"pending"}


def test_a_failure_is_tried_again_and_then_left_to_a_person(ledger: Vespera, tmp_path: Path) -> None:
    task_id = ledger.tasks.create_task("x").task_id
    said = work(ledger, tmp_path, "sh", "-c", "echo no; exit 3")
    assert said == ["started", "failed", "started", "failed"]
    assert status(ledger, task_id) == "blocked"
    last = ledger.call("run.list", ListRuns()).runs[0]
    assert (last.attempt, last.exit_code, last.gave_up, last.log_tail) == (2, 3, True, "no\n")


def test_until_empty_waits_for_what_rests_between_two_tries(ledger: Vespera, tmp_path: Path) -> None:
    """And for nothing else: neither for what somebody has deferred, nor for what does not fit."""
    task_id = ledger.tasks.create_task("x", type="bug").task_id
    ledger.tasks.create_task("deferred", type="bug", defer_until=Micros(4_000_000_000 * SECOND))
    retry = Retry(attempts=2, first=3, longest=3)
    said = work(ledger, tmp_path, "sh", "-c", "test -e tried || { touch tried; exit 1; }", type=("bug",), retry=retry)
    assert said == ["started", "failed", "started", "succeeded"]
    assert status(ledger, task_id) == "completed"
    assert work(ledger, tmp_path, "true", type=("task",), retry=retry) == []


def test_once_waits_for_nothing(ledger: Vespera, tmp_path: Path) -> None:
    ledger.tasks.create_task("x")
    retry = Retry(attempts=2, first=3600)
    assert work(ledger, tmp_path, "false", once=True, until_empty=False, retry=retry) == ["started", "failed"]
    assert work(ledger, tmp_path, "false", once=True, until_empty=False, retry=retry) == []


def test_a_command_that_floods_hangs_or_dies_is_a_failed_run(ledger: Vespera, tmp_path: Path) -> None:
    ledger.tasks.create_task("head -c 3000000 /dev/urandom; exit 1")
    ledger.tasks.create_task("sleep 300")
    ledger.tasks.create_task("kill -9 $$")
    work(ledger, tmp_path, "sh", "-c", 'eval "$0"', "{title}", concurrency=3, time_limit=2.0, retry=Retry(attempts=1))
    runs = ledger.call("run.list", ListRuns()).runs
    assert {run.state for run in runs} == {"failed"}
    assert {(run.exit_code, run.signal) for run in runs} == {(1, None), (None, 15), (None, 9)}


def test_as_many_at_once_as_allowed_and_no_more(ledger: Vespera, tmp_path: Path) -> None:
    for _ in range(9):
        ledger.tasks.create_task("x")
    count = "echo + >> n; sleep 0.2; echo - >> n"
    work(ledger, tmp_path, "sh", "-c", count, concurrency=3)
    assert most_at_once(tmp_path / "n") == 3


def test_cancelling_kills_the_command_at_the_next_sign_of_life(ledger: Vespera, tmp_path: Path) -> None:
    task_id = ledger.tasks.create_task("x").task_id
    hired, told = worker(ledger, tmp_path, "sh", "-c", "echo begun > begun; sleep 300", lease_seconds=2, once=True)
    thread = Thread(target=hired.run)
    thread.start()
    while not (tmp_path / "begun").exists() and thread.is_alive():
        pass
    ledger.acting_as("ann").call("run.cancel", CancelRun(run_id=task_id))
    thread.join(30)
    assert not thread.is_alive()
    assert [one.event for one in told] == ["started", "lost"]
    assert "is not valid" in told[-1].text
    assert status(ledger, task_id) == "blocked"


def test_long_work_outlives_its_first_lease(ledger: Vespera, tmp_path: Path) -> None:
    task_id = ledger.tasks.create_task("x").task_id
    assert work(ledger, tmp_path, "sleep", "2.5", lease_seconds=1) == ["started", "succeeded"]
    assert ledger.tasks.get_task(task_id).fence == 1


def test_once_takes_one_or_none(ledger: Vespera, tmp_path: Path) -> None:
    assert work(ledger, tmp_path, "true", once=True, until_empty=False) == []
    for _ in range(2):
        ledger.tasks.create_task("x")
    assert work(ledger, tmp_path, "true", once=True, until_empty=False, concurrency=4) == ["started", "succeeded"]


def test_what_the_ledger_does_not_let_be_completed_is_told(ledger: Vespera, tmp_path: Path) -> None:
    ledger.projects.update("mem", workflow={"evidence": {"*": "proved"}})
    task_id = ledger.tasks.create_task("x").task_id
    hired, told = worker(ledger, tmp_path, "true")
    hired.run()
    assert told[-1].event == "succeeded"
    assert "was not completed" in told[-1].text
    assert status(ledger, task_id) == "blocked"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"concurrency": 0}, InvalidInput),
        ({"poll": 0.0}, InvalidInput),
        ({"time_limit": 0.0}, InvalidInput),
        ({"executor": "unknown"}, PluginFault),
        ({"retry": Retry(attempts=0)}, InvalidInput),
        ({"retry": Retry(losses=0)}, InvalidInput),
    ],
)
def test_a_worker_that_can_never_work_is_not_made(
    ledger: Vespera, tmp_path: Path, fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        worker(ledger, tmp_path, "true", **fields)


def test_one_that_asks_for_the_impossible_says_so_and_ends(ledger: Vespera, tmp_path: Path) -> None:
    ledger.tasks.create_task("x")
    with pytest.raises(InvalidInput, match="lease"):
        work(ledger, tmp_path, "true", lease_seconds=0)
    with pytest.raises(NotFound, match="no project"):
        work(ledger, tmp_path, "true", project_id="unknown")


def test_settings_of_the_executor_come_from_the_configuration(tmp_path: Path) -> None:
    init_workspace(tmp_path, prefix="t", actor="ann")
    config = tmp_path / ".vespera" / "config.toml"
    plain = config.read_text()
    config.write_text(plain + "\n[executor.command]\noutput_bytes = 100\n")
    with Vespera.open(tmp_path, actor="worker") as ledger:
        ledger.tasks.create_task("x")
        work(ledger, tmp_path, "sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x")
        assert "[4,900 bytes left out]" in ledger.call("run.list", ListRuns()).runs[0].log_tail
    config.write_text(plain + "\n[executor.command]\noutput = 100\n")
    with Vespera.open(tmp_path, actor="worker") as ledger, pytest.raises(ConfigError, match="unknown keys: output"):
        worker(ledger, tmp_path, "true")


def test_a_role_bounds_the_time_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    init_workspace(tmp_path, prefix="t", actor="ann")
    roles = tmp_path / ".vespera" / "roles"
    roles.mkdir()
    (roles / "bencher.yaml").write_text("description: Runs benchmarks.\nrestrictions:\n  time_limit_minutes: 2\n")
    with Vespera.open(tmp_path, actor="worker") as ledger:
        for given, limit in ((None, 120.0), (5.0, 5.0), (500.0, 120.0)):
            settings = WorkerSettings(command=("true",), folder=tmp_path, time_limit=given)
            assert time_limit(ledger.kernel, settings, "bencher") == limit
            assert time_limit(ledger.kernel, settings, None) == given
        with pytest.raises(UnknownRole, match="bencher"):
            worker(ledger, tmp_path, "true", role="benchre")


def test_a_role_without_a_place_makes_workers_wait(tmp_path: Path) -> None:
    init_workspace(tmp_path, prefix="t", actor="ann")
    roles = tmp_path / ".vespera" / "roles"
    roles.mkdir()
    (roles / "bencher.yaml").write_text("description: Runs benchmarks.\nmax_concurrent_tasks: 2\n")
    with Vespera.open(tmp_path, actor="worker") as ledger:
        for _ in range(6):
            ledger.tasks.create_task("x", role="bencher")
        count = "echo + >> n; sleep 0.2; echo - >> n"
        work(ledger, tmp_path, "sh", "-c", count, role="bencher", concurrency=4)
        assert most_at_once(tmp_path / "n") == 2
        assert {run.state for run in ledger.call("run.list", ListRuns()).runs} == {"succeeded"}


def most_at_once(marks: Path) -> int:
    running, most = 0, 0
    for mark in marks.read_text().split():
        running += 1 if mark == "+" else -1
        most = max(most, running)
    return most
