"""`vespera run` and `vespera worker` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from vespera_core.app.application import init_workspace
from vespera_core.cli.main import main


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)["data"]

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


class Shell:
    """Commands in one workspace."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys

    def __call__(self, *words: str) -> Said:
        code = main(["--actor", "ann", "-C", str(self._folder), *words])
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def make(self, title: str) -> str:
        """A task."""
        task_id: str = self("create", title, "--json").data["task"]["task_id"]
        return task_id


@pytest.fixture
def v(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.delenv("VESPERA_ROLE", raising=False)
    init_workspace(tmp_path, prefix="t", actor="ann")
    return Shell(tmp_path, capsys)


def test_a_command_is_run_to_its_end(v: Shell) -> None:
    task_id = v.make("Try it")
    done = v("run", "start", task_id, "--", "sh", "-c", "echo hello {title}; exit 0", "{title}")
    assert done.code == 0, done.err
    assert f"Run {task_id}.r1: succeeded" in done.out
    assert "hello {title}" in done.out
    assert f"{task_id}  Try it (completed)" in done.out


def test_a_command_that_fails_is_an_exit_code(v: Shell) -> None:
    task_id = v.make("Try it")
    done = v("run", "start", task_id, "--json", "--", "sh", "-c", "exit 3")
    assert done.code == 1
    assert (done.data["run"]["state"], done.data["run"]["exit_code"], done.data["task"]["status"]) == (
        "failed", 3, "pending",
    )  # fmt: skip


def test_a_task_is_worked_on_by_the_caller(v: Shell) -> None:
    task_id = v.make("Do it by hand")
    started = v("run", "start", task_id, "--json").data
    assert started["run"]["executor"] == "manual"
    assert "Do it by hand" in started["briefing"]
    fence = str(started["fence"])
    assert v("run", "progress", task_id, "halfway", "--percent", "50").code == 0
    assert "50% halfway" in v("run", "status", task_id).out
    stale = v("run", "finish", task_id, "--fence", "99", "--json")
    assert (stale.code, stale.error["code"]) == (4, "stale_fence")
    done = v("run", "finish", task_id, "--fence", fence, "--command", "make test", "--exit-code", "0", "--json").data
    assert (done["run"]["state"], done["task"]["status"], done["run"]["evidence"]["kind"]) == (
        "succeeded", "completed", "ran",
    )  # fmt: skip


def test_cancel_list_and_stats(v: Shell) -> None:
    assert v("run", "list").out == "No runs.\n"
    task_id = v.make("Stop it")
    v("run", "start", task_id)
    assert "cancelled" in v("run", "cancel", task_id, "--reason", "not now").out
    again = v("run", "cancel", task_id, "--json")
    assert (again.code, again.error["code"]) == (4, "conflict")
    assert f"{task_id}.r1  cancelled" in v("run", "list").out
    assert v("run", "list", task_id, "--state", "failed", "--json").data == {"runs": [], "total": 0}
    assert v("run", "stats", "--json").data["total"]["by_state"] == {"cancelled": 1}
    assert v("run", "status", "unknown").code == 3


def test_a_worker_works_off_the_queue_and_tells_line_by_line(v: Shell) -> None:
    ids = [v.make("One"), v.make("Two")]
    done = v("worker", "--until-empty", "--json", "--", "true")
    assert done.code == 0, done.err
    told = [json.loads(line)["data"] for line in done.out.splitlines()]
    assert [(one["event"], one["task_id"]) for one in told] == [
        (event, one) for one in ids for event in ("started", "succeeded")
    ]
    v.make("Three\x1b[31m")
    lines = v("worker", "--until-empty", "--", "true").out.splitlines()
    assert len(lines) == 2
    assert "\x1b" not in lines[0]
    assert "started" in lines[0]


def test_a_worker_without_a_command_or_with_none_that_runs_is_refused(v: Shell) -> None:
    task_id = v.make("One")
    assert v("worker").code == 2
    assert "There is no command 'no-such-program'" in v("worker", "--", "no-such-program").err
    assert v("worker", "--lease", "0s", "--", "true").code == 2
    assert v("worker", "--executor", "manual", "--", "true").code == 2
    assert v("run", "start", task_id, "--", "no-such-program").code == 2
    assert v("show", task_id, "--json").data["task"]["status"] == "pending"
