"""The suite of executors: what is started is watched, ends when it must, and leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from vespera_core.errors import EnvironmentFault, InvalidInput
from vespera_core.ports.capabilities import COMMANDS
from vespera_core.ports.executor import Executor, elapsed
from vespera_testkit.conformance import Conformance, requires, without
from vespera_testkit.world.patience import PATIENCE
from vespera_testkit.world.places import open_executor
from vespera_testkit.world.processes import DEAF, FORKS, HOST, left_of, pids_in
from vespera_testkit.world.work import Run, surroundings, takes, work_in

LONG: Final = 4_000_000
"""Bytes of output that nobody keeps whole."""
MOST: Final = 1_000_000


Start = Callable[..., Run]


class ExecutorConformance(Conformance):
    """What every executor keeps. Those that run commands run ``sh``, and their processes are of this machine.

    Where a setting says how long it waits between asking a command to end and killing it, make that short.

    >>> class TestAcme(ExecutorConformance):  # doctest: +SKIP
    ...     provider = "acme"
    """

    kind: ClassVar[str] = "executor"

    @pytest.fixture
    def executor(self, settings: dict[str, Any]) -> Executor:
        """The executor, open."""
        return open_executor(self.provider, settings)

    @pytest.fixture
    def start(self, executor: Executor, tmp_path: Path) -> Iterator[Start]:
        """Starts a script of the shell, with further facts of the work, and kills what is left in the end."""
        started: list[Run] = []

        def begin(script: str, *arguments: str, **facts: Any) -> Run:
            started.append(Run(executor, work_in(tmp_path, "sh", "-c", script, *arguments, **facts)))
            return started[-1]

        yield begin
        for run in started:
            run.execution.kill()

    # ------------------------------------------------------------ those that run nothing themselves

    @without(COMMANDS)
    def test_nothing_is_started(self, executor: Executor, tmp_path: Path) -> None:
        """`start` answers None: the calling agent does the work, and nobody is told that it has ended."""
        told: list[bool] = []
        assert executor.start(work_in(tmp_path), lambda: told.append(True)) is None
        assert told == []
        assert list(tmp_path.iterdir()) == []

    @without(COMMANDS)
    def test_work_without_a_command_is_taken(self, executor: Executor, tmp_path: Path) -> None:
        """There is nothing to be checked before the task is claimed."""
        executor.check((), tmp_path)

    # ------------------------------------------------------------ starting

    def test_what_is_checked_is_refused_in_words(self, executor: Executor, tmp_path: Path) -> None:
        """Before anything is claimed: a command that can never run raises `InvalidInput`, if anything."""
        for command in (("no-such-program-here",), ("sh", "a\x00b"), ("./missing",)):
            try:
                executor.check(command, tmp_path)
            except InvalidInput as refusal:
                if not refusal.message:
                    raise

    @requires(COMMANDS)
    def test_it_works_in_its_folder(self, start: Start, tmp_path: Path) -> None:
        """The command is run in `folder`, and not where this process happens to be."""
        outcome = start("pwd -P; echo made > here").outcome()
        assert outcome.output.strip() == str(tmp_path.resolve())
        assert (tmp_path / "here").exists()

    @requires(COMMANDS)
    def test_it_has_its_variables(self, start: Start) -> None:
        """What `environment` says reaches the command, whatever the executor adds to it."""
        outcome = start('printf %s "$VESPERA_TASK_ID/$ODD"', environment={"ODD": "a b\n'ß'"}).outcome()
        assert outcome.output == "t-1/a b\n'ß'"

    @requires(COMMANDS)
    def test_arguments_arrive_as_they_are(self, start: Start, tmp_path: Path) -> None:
        """Each word of the command is one argument; no shell reads them, nor the title of the task.

        If this fails: texts of tasks are run as programs, by whoever may write a task.
        """
        words = ["a b", "$(touch owned)", "*", "", "`touch owned`", "; touch owned"]
        outcome = start('printf "<%s>" "$@"', "sh", *words).outcome()
        assert outcome.output == "".join(f"<{word}>" for word in words)
        assert not (tmp_path / "owned").exists()

    @requires(COMMANDS)
    def test_a_program_that_is_not_there_is_a_failed_run(self, executor: Executor, tmp_path: Path) -> None:
        """It is an outcome with a reason, or `EnvironmentFault` where nothing could be started at all."""
        try:
            run = Run(executor, work_in(tmp_path, "./no-such-program"))
        except EnvironmentFault:
            return
        outcome = run.outcome()
        assert not outcome.succeeded
        assert outcome.reason

    @requires(COMMANDS)
    def test_several_run_at_once(self, start: Start) -> None:
        """Each has its own output and its own end."""
        with ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(lambda number: start(f"echo {number}; exit {number}"), range(8)))
        assert [(run.outcome().output, run.outcome().exit_code) for run in runs] == [
            (f"{number}\n", number) for number in range(8)
        ]

    # ------------------------------------------------------------ ending

    @requires(COMMANDS)
    @pytest.mark.parametrize("code", [0, 1, 7, 255])
    def test_it_says_by_which_code_it_ended(self, start: Start, code: int) -> None:
        """Only 0 is a success."""
        outcome = start(f"exit {code}").outcome()
        assert (outcome.exit_code, outcome.signal, outcome.cut_off) == (code, None, False)
        assert outcome.succeeded == (code == 0)

    @requires(COMMANDS)
    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
    def test_it_says_by_which_signal_it_ended(self, start: Start, number: int) -> None:
        """With a reason, and without an exit code."""
        outcome = start(f"kill -{int(number)} $$").outcome()
        assert (outcome.exit_code, outcome.signal, outcome.cut_off) == (None, number, False)
        assert outcome.reason
        assert not outcome.succeeded

    @requires(COMMANDS)
    def test_it_has_no_outcome_while_it_goes_on(self, start: Start, tmp_path: Path) -> None:
        """`outcome` answers None until there is one, and then the same to whoever asks."""
        run = start("while [ ! -e go ]; do sleep 0.02; done; echo gone")
        assert run.execution.outcome() is None
        assert run.execution.outcome(0.1) is None
        assert run.calls == 0
        (tmp_path / "go").touch()
        assert run.outcome().output == "gone\n"
        assert run.execution.outcome() == run.outcome()

    @requires(COMMANDS)
    @pytest.mark.parametrize("way", ["itself", "stop", "kill", "lapse"])
    def test_it_is_told_once_that_it_has_ended(self, start: Start, way: str) -> None:
        """`ended` is called, and only once, however it ends and whatever is asked of it afterwards."""
        run = start("exit 3" if way == "itself" else "sleep 300", until=elapsed() + (0.2 if way == "lapse" else 600))
        if way in ("stop", "kill"):
            getattr(run.execution, way)()
        run.outcome()
        assert run.told.wait(PATIENCE), "nobody was told"
        assert run.execution.outcome() is not None
        for again in (run.execution.stop, run.execution.kill, lambda: run.execution.renew(elapsed() + 5)):
            again()
        assert run.execution.outcome() == run.outcome()
        assert run.calls == 1

    # ------------------------------------------------------------ output

    @requires(COMMANDS)
    def test_output_is_kept(self, start: Start) -> None:
        """What is written to either stream, in its order, and how much it was."""
        outcome = start("echo one; echo two >&2; printf 'drei ß'").outcome()
        assert outcome.output == "one\ntwo\ndrei ß"
        assert outcome.output_bytes == len(outcome.output.encode())

    @requires(COMMANDS)
    def test_a_flood_is_taken_and_cut(self, start: Start) -> None:
        """Of much output the beginning and the end are kept; `output_bytes` says how much it was.

        If this fails: the command hangs since nobody reads what it writes, or the whole of it lands in the ledger.
        """
        outcome = start(f"echo first; head -c {LONG} /dev/zero | tr '\\0' x; echo; echo last").outcome()
        assert outcome.succeeded
        assert outcome.output_bytes == LONG + len("first\n\nlast\n")
        assert outcome.output.startswith("first\nx")
        assert outcome.output.endswith("x\nlast\n")
        assert len(outcome.output) < MOST

    @requires(COMMANDS)
    def test_output_is_text_that_a_ledger_takes(self, start: Start) -> None:
        """Bytes that are no UTF-8, and NUL, are shown by something else: they would be refused by the store."""
        outcome = start("printf 'a\\000b\\377c'").outcome()
        assert outcome.output_bytes == 5
        assert "\x00" not in outcome.output
        assert json.loads(json.dumps(outcome.output)).encode()[:1] == b"a"

    # ------------------------------------------------------------ how long it may take

    @requires(COMMANDS)
    def test_it_goes_on_while_it_is_renewed(self, start: Start) -> None:
        """Each `renew` moves the moment at which it is ended; nothing is ended before the last one."""
        began = elapsed()
        run = start(DEAF, until=began + 0.8)
        run.execution.renew(until := began + 1.2)
        outcome = run.outcome()
        assert elapsed() >= until, "it was ended although it was renewed"
        assert outcome.cut_off

    @requires(COMMANDS)
    def test_it_is_cut_off_when_it_is_not_renewed(self, start: Start, tmp_path: Path) -> None:
        """At once and by force, since somebody else may hold the task by now; `cut_off` says that it was no fault."""
        run = start(FORKS)
        pids = pids_in(tmp_path, 3)
        run.execution.renew(elapsed() + 0.1)
        outcome = run.outcome()
        assert outcome.cut_off
        assert outcome.reason
        assert not outcome.succeeded
        assert left_of(pids) == []

    @requires(COMMANDS)
    def test_what_comes_too_late_does_not_begin(self, start: Start, tmp_path: Path) -> None:
        """Where the moment has passed already, nothing of the command is run."""
        outcome = start("touch owned", until=elapsed() - 0.001).outcome()
        assert outcome.cut_off
        assert not (tmp_path / "owned").exists()

    @requires(COMMANDS)
    def test_it_ends_after_its_time_limit(self, start: Start) -> None:
        """With a reason that says so; a limit is not a lease: the work took too long, and `cut_off` stays False."""
        outcome = start("sleep 300", time_limit=0.2).outcome()
        assert outcome.reason
        assert not outcome.succeeded
        assert not outcome.cut_off

    # ------------------------------------------------------------ being ended

    @requires(COMMANDS)
    def test_stopping_asks_first(self, start: Start, tmp_path: Path) -> None:
        """A command that listens to SIGTERM tidies up and ends by itself, but has not done its work."""
        run = start("trap 'echo tidied; exit 0' TERM; echo $$ > pids; sleep 300 & wait")
        pids_in(tmp_path, 1)
        run.execution.stop()
        outcome = run.outcome()
        assert outcome.output == "tidied\n"
        assert not outcome.succeeded

    @requires(COMMANDS)
    def test_stopping_ends_what_does_not_listen(self, start: Start, tmp_path: Path) -> None:
        """What has not ended some seconds later is killed."""
        run = start(DEAF)
        pids = pids_in(tmp_path, 1)
        run.execution.stop()
        assert run.outcome().signal == signal.SIGKILL
        assert left_of(pids) == []

    @requires(COMMANDS)
    @pytest.mark.parametrize("way", ["stop", "kill"])
    def test_everything_that_it_started_ends_with_it(self, start: Start, tmp_path: Path, way: str) -> None:
        """Children of children too, and those that left its group."""
        run = start(FORKS)
        pids = pids_in(tmp_path, 3)
        getattr(run.execution, way)()
        outcome = run.outcome()
        assert outcome.reason
        assert not outcome.succeeded
        assert left_of(pids) == []

    @requires(COMMANDS)
    def test_what_it_leaves_behind_ends_with_it(self, start: Start, tmp_path: Path) -> None:
        """Once there is an outcome nothing of the work goes on, even if the command itself ended well."""
        outcome = start("sleep 300 & echo $! > pids; exit 0").outcome()
        assert outcome.exit_code == 0
        assert left_of(pids_in(tmp_path, 1)) == []

    @requires(COMMANDS)
    def test_nothing_goes_on_after_its_process_died(self, settings: dict[str, Any], tmp_path: Path) -> None:
        """A worker that is killed cannot tidy up: somebody else may claim the task a moment later.

        If this fails: the command needs a supervisor that notices the end of a pipe, or a signal at its parent's death.
        """
        told = json.dumps([self.provider, settings, str(tmp_path), surroundings(), FORKS])
        with subprocess.Popen([sys.executable, "-c", HOST, told]) as host:  # noqa: S603 - our own script
            try:
                pids = pids_in(tmp_path, 3)
            finally:
                host.kill()
        assert left_of(pids) == []

    # ------------------------------------------------------------ one at a time

    @requires(COMMANDS)
    def test_the_lock_is_held_while_it_runs(self, start: Start, tmp_path: Path) -> None:
        """From before the command begins until all of it has ended."""
        lock = tmp_path / "runs" / "t"
        run = start(FORKS, lock=lock)
        pids_in(tmp_path, 3)
        assert not takes(lock), "the command runs, and its lock is free"
        run.execution.kill()
        run.outcome()
        assert takes(lock), "it has ended, and its lock is not free"

    @requires(COMMANDS)
    def test_two_for_one_task_do_not_run_side_by_side(self, start: Start, tmp_path: Path) -> None:
        """The later one begins when the former has ended; one for another task does not wait for either."""
        lock = tmp_path / "runs" / "t"
        former = start("echo $$ > pids; while [ ! -e go ]; do sleep 0.02; done; echo former >> log", lock=lock)
        pids_in(tmp_path, 1)
        later = start("echo later >> log", lock=lock)
        assert start("true", lock=tmp_path / "runs" / "u").outcome().succeeded
        assert later.execution.outcome(0.2) is None
        (tmp_path / "go").touch()
        assert former.outcome().succeeded
        assert later.outcome().succeeded
        assert (tmp_path / "log").read_text(encoding="ascii").split() == ["former", "later"]

    @requires(COMMANDS)
    @pytest.mark.parametrize("way", ["stop", "kill", "lapse"])
    def test_one_that_waits_can_be_ended(self, start: Start, tmp_path: Path, way: str) -> None:
        """It then never begins, and the one that it waited for is not disturbed."""
        lock = tmp_path / "runs" / "t"
        former = start("echo $$ > pids; sleep 300", lock=lock)
        pids_in(tmp_path, 1)
        later = start("touch owned", lock=lock, until=elapsed() + (0.3 if way == "lapse" else 600))
        if way != "lapse":
            getattr(later.execution, way)()
        outcome = later.outcome()
        assert not outcome.succeeded
        assert outcome.cut_off == (way == "lapse")
        assert former.execution.outcome() is None
        assert not (tmp_path / "owned").exists()
