"""The executor of commands, with real processes: arguments, environment, output, limits, and what is left behind."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from vespera_core.builtin.executors.command import SETTINGS, CommandExecutor, open_command
from vespera_core.builtin.executors.manual import ManualExecutor
from vespera_core.builtin.executors.output import HeadTail
from vespera_core.errors import EnvironmentFault, InvalidInput
from vespera_core.ports.executor import Execution, Outcome, Work, elapsed
from vespera_core.ports.provider import OpenContext


def work(folder: Path, *command: str, **more: Any) -> Work:
    facts: dict[str, Any] = {
        "run_id": "t-1.r1", "task_id": "t-1", "title": "$(touch owned); `id` *", "folder": folder,
        "workspace": folder, "environment": {"VESPERA_TASK_ID": "t-1"}, "until": elapsed() + 60,
    }  # fmt: skip
    return Work(command=command, **{**facts, **more})


def start(folder: Path, *command: str, settings: dict[str, Any] | None = None, **more: Any) -> Execution:
    executor = CommandExecutor({**SETTINGS, "grace": 0.3, **(settings or {})})
    return executor.start(work(folder, *command, **more), lambda: None)


def run(folder: Path, *command: str, settings: dict[str, Any] | None = None, **more: Any) -> Outcome:
    found = start(folder, *command, settings=settings, **more).outcome(30)
    assert found is not None, "it did not end"
    return found


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def await_pids(path: Path, count: int) -> list[int]:
    deadline = time.monotonic() + 30
    while not path.exists() or len(path.read_text().split()) < count:
        assert time.monotonic() < deadline, "the command did not say its process ids"
        time.sleep(0.01)
    return [int(word) for word in path.read_text().split()]


def await_dead(pids: list[int]) -> list[int]:
    deadline = time.monotonic() + 15
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def test_placeholders_are_whole_arguments_and_no_shell_reads_them(tmp_path: Path) -> None:
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"
    outcome = run(tmp_path, sys.executable, "-c", code, "{title}", "{task_id}", "{workspace}", "x{title}", "{other}")
    said = [work(tmp_path).title, "t-1", str(tmp_path), "x{title}", "{other}"]
    assert outcome.succeeded
    assert json.loads(outcome.output) == said
    assert list(tmp_path.iterdir()) == []


def test_only_listed_variables_reach_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    monkeypatch.setenv("WANTED", "yes")
    said = run(tmp_path, "env", settings={"environment": ["WANTED"]}).output
    names = {line.partition("=")[0] for line in said.splitlines()}
    assert "SOME_TOKEN" not in names
    assert {"PATH", "VESPERA_TASK_ID", "WANTED"} <= names


def test_it_works_in_its_folder_without_input(tmp_path: Path) -> None:
    outcome = run(tmp_path, "sh", "-c", "pwd; cat; echo end >&2")
    assert outcome.output == f"{tmp_path.resolve()}\nend\n"


def test_it_says_in_words_what_ended_it(tmp_path: Path) -> None:
    assert run(tmp_path, "true").reason == run(tmp_path, "sh", "-c", "exit 7").reason == ""
    assert run(tmp_path, "sh", "-c", "kill -SEGV $$").reason == "It was ended by SIGSEGV."
    lapsed = "It was ended because its lease was not renewed in time."
    assert run(tmp_path, "true", until=elapsed() - 0.001).reason == lapsed
    execution = start(tmp_path, "sleep", "300")
    execution.stop()
    outcome = execution.outcome(30)
    assert outcome is not None
    assert outcome.reason == "It was stopped."


def test_a_program_that_vanished_or_is_none_is_a_failed_run_and_no_crash(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"\x00\x01 no program")
    bad.chmod(0o755)
    assert "there is no such program" in run(tmp_path, "no-such-program").reason
    assert "no program of this system" in run(tmp_path, str(bad)).reason


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ((), "no command to run"),
        (("no-such-program",), "There is no command 'no-such-program'"),
        (("./missing",), "There is no command './missing'"),
        (("./plain",), "cannot be executed"),
        (("./folder",), "cannot be executed"),
        (("echo", "a\x00b"), "NUL"),
    ],
)
def test_what_can_never_run_is_refused_before_anything_is_claimed(
    tmp_path: Path, command: tuple[str, ...], says: str
) -> None:
    (tmp_path / "plain").write_text("text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInput, match=says.replace("(", "\\(")):
        CommandExecutor(SETTINGS).check(command, tmp_path)


def test_a_folder_that_is_missing_is_refused_and_one_that_vanished_fails(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no folder"):
        CommandExecutor(SETTINGS).check(("true",), tmp_path / "missing")
    with pytest.raises(EnvironmentFault, match="No process can be started for t-1"):
        start(tmp_path / "missing", "true")


def test_a_flood_of_binary_is_taken_and_kept_within_bounds(tmp_path: Path) -> None:
    flood = "echo head; head -c 20000000 /dev/urandom; printf '\\000end'"
    outcome = run(tmp_path, "sh", "-c", flood, settings={"output_bytes": 4000})
    assert outcome.succeeded
    assert outcome.output_bytes == 20_000_009
    assert outcome.output.startswith("head\n")
    assert outcome.output.endswith("\ufffdend")
    assert "[19,996,009 bytes left out]" in outcome.output
    assert "\x00" not in outcome.output
    assert len(outcome.output) < 4100


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 1000, 12_345])
@pytest.mark.parametrize("step", [1, 7, 100, 5000])
def test_head_and_tail_are_those_of_the_whole(size: int, step: int) -> None:
    data = bytes(65 + number % 26 for number in range(size))
    kept = HeadTail(100)
    for place in range(0, size, step):
        kept.add(data[place : place + step])
    gap = f"\n[{size - 100:,} bytes left out]\n" if size > 100 else ""
    assert kept.text() == data[:25].decode() + gap + data[max(25, size - 75) :].decode()
    assert kept.total == size


def test_the_time_limit_ends_it_gently_and_then_by_force(tmp_path: Path) -> None:
    gentle = run(tmp_path, "sh", "-c", "trap 'echo bye; exit 0' TERM; sleep 60 & wait", time_limit=0.3)
    assert (gentle.exit_code, gentle.output, gentle.succeeded) == (0, "bye\n", False)
    assert gentle.reason == "It was ended after its time limit of 0.3 s."
    deaf = run(tmp_path, "sh", "-c", "trap '' TERM; sleep 60 & wait; sleep 60", time_limit=0.3)
    assert (deaf.signal, deaf.reason) == (signal.SIGKILL, gentle.reason)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the death of a supervisor is not passed on")
def test_a_supervisor_that_is_killed_takes_its_command_along(tmp_path: Path) -> None:
    execution = start(tmp_path, "sh", "-c", "echo $$ $PPID > pids; exec sleep 300")
    command, supervisor = await_pids(tmp_path / "pids", 2)
    os.kill(supervisor, signal.SIGKILL)
    outcome = execution.outcome(30)
    assert outcome is not None
    assert not outcome.succeeded
    assert "supervisor" in outcome.reason
    assert await_dead([command]) == []


def test_settings_are_those_of_the_provider() -> None:
    from vespera_core.builtin.plugin import vespera_executors

    offered = {one.name: one for one in vespera_executors()}
    assert offered["command"].settings == SETTINGS
    assert isinstance(open_command(offered["command"].settings, OpenContext(None, lambda: 0)), CommandExecutor)


def test_the_manual_executor_takes_no_command(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="runs no command"):
        ManualExecutor().check(("true",), tmp_path)
