"""The executor of commands: an argument vector, never a shell, in a process group that ends with the worker."""

from __future__ import annotations

import errno
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import IO, Any, Final, cast

from vespera_core.builtin.executors.output import HeadTail
from vespera_core.errors import EnvironmentFault, InvalidInput
from vespera_core.ports.executor import Execution, Executor, Outcome, Work
from vespera_core.ports.provider import OpenContext

SETTINGS: Final[dict[str, Any]] = {"environment": [], "output_bytes": 65_536, "grace": 5.0}
"""Further variables that reach commands, bytes of output that are kept, seconds from SIGTERM to SIGKILL."""

PASSED_ON: Final = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TERM",
    "VIRTUAL_ENV", "SYSTEMROOT",
)  # fmt: skip
"""The variables of the worker that reach its commands; keys and tokens are not among them."""

_SUPERVISOR: Final = str(Path(__file__).with_name("supervisor.py"))
_CHUNK: Final = 65_536


def open_command(settings: dict[str, Any], _context: OpenContext) -> Executor:
    """As `Provider.open`. Raises InvalidInput for a system without process groups."""
    if os.name != "posix":
        raise InvalidInput("The executor command needs process groups, which this system lacks.")
    return CommandExecutor(settings)


class CommandExecutor(Executor):
    """Runs commands. Whole arguments ``{task_id}``, ``{title}`` and ``{workspace}`` stand for what they name."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._names = (*PASSED_ON, *settings["environment"])
        self._room = int(settings["output_bytes"])
        self._grace = float(settings["grace"])

    def check(self, command: tuple[str, ...], folder: Path) -> None:
        """Raise InvalidInput for a command that is missing or cannot be executed."""
        if not command:
            raise InvalidInput("There is no command to run.", field="command", next="Add it after --: -- make test")
        name = command[0]
        if any("\x00" in word for word in command):
            raise InvalidInput("A command cannot hold a NUL character.", field="command")
        if not folder.is_dir():
            raise InvalidInput(f"{folder} is no folder to run a command in.", field="folder")
        if not _runnable(name, folder):
            raise InvalidInput(_why_not(name, folder), field="command", next="Name a program that can be run.")

    def start(self, work: Work, ended: Callable[[], None]) -> Execution:
        """Run the command under a supervisor. Raises EnvironmentFault where no process can be made."""
        passed = {name: os.environ[name] for name in self._names if name in os.environ}
        try:
            if work.lock is not None:
                work.lock.parent.mkdir(mode=0o700, exist_ok=True)
            return CommandExecution(
                _filled(work), {**passed, **work.environment}, work, self._grace, HeadTail(self._room), ended
            )
        except (OSError, ValueError) as error:
            raise EnvironmentFault(
                f"No process can be started for {work.task_id}: {error}.",
                next="Look at the limits of this machine and at the folder that the command works in.",
            ) from error


def _runnable(name: str, folder: Path) -> bool:
    if os.sep in name:
        path = folder / name
        return path.is_file() and os.access(path, os.X_OK)
    return shutil.which(name) is not None


def _why_not(name: str, folder: Path) -> str:
    if os.sep in name and (folder / name).exists():
        return f"The command {name!r} cannot be executed: it is a folder, or lacks the permission."
    return f"There is no command {name!r} here."


def _filled(work: Work) -> list[str]:
    """The argument vector. What a task says is one argument, whatever it says: no shell reads it."""
    values = {"{task_id}": work.task_id, "{title}": work.title, "{workspace}": str(work.workspace)}
    return [work.command[0], *(values.get(word, word) for word in work.command[1:])]


class CommandExecution(Execution):
    """A command and its supervisor. A thread takes its output, and learns how it ended."""

    def __init__(
        self, command: list[str], environment: dict[str, str], work: Work, grace: float, output: HeadTail,
        ended: Callable[[], None],
    ) -> None:  # fmt: skip
        self._limit = work.time_limit
        self._output = output
        self._ended = ended
        self._done = Event()
        self._guard = Lock()
        self._outcome: Outcome | None = None
        self._report, writing = os.pipe()
        lock = "" if work.lock is None else str(work.lock)
        words = [str(writing), str(work.time_limit or 0), str(grace), lock, *command]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - an argument vector, and no shell
                [sys.executable, "-I", "-S", "-X", "utf8", _SUPERVISOR, *words],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(writing,),
                cwd=work.folder, env=environment, start_new_session=True, bufsize=0,
            )  # fmt: skip
        except BaseException:
            os.close(self._report)
            raise
        finally:
            os.close(writing)
        self._orders = cast("IO[bytes]", self._process.stdin)
        self._stream = cast("IO[bytes]", self._process.stdout)
        self.renew(work.until)
        Thread(target=self._follow, args=(command[0],), name=f"vespera-{work.run_id}", daemon=True).start()

    def outcome(self, seconds: float = 0.0) -> Outcome | None:
        """How it ended."""
        self._done.wait(seconds)
        return self._outcome if self._done.is_set() else None

    def renew(self, until: float) -> None:
        """Let it go on."""
        self._tell(f"lease {until:.3f}")

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        self._tell("stop")

    def kill(self) -> None:
        """SIGKILL."""
        self._tell("kill")

    def _tell(self, line: str) -> None:
        with self._guard, suppress(BrokenPipeError, ValueError):  # it has ended
            self._orders.write(line.encode() + b"\n")

    def _follow(self, name: str) -> None:
        said = self._collect()
        self._process.wait()
        with self._guard:
            self._orders.close()
            self._stream.close()
        os.close(self._report)
        self._outcome = _outcome(said, name, self._limit, self._output)
        self._done.set()
        self._ended()

    def _collect(self) -> bytes:
        """Take the output until the supervisor has gone, and what it reported."""
        output, said = self._stream.fileno(), b""
        with selectors.DefaultSelector() as selector:
            for descriptor in (output, self._report):
                os.set_blocking(descriptor, False)
                selector.register(descriptor, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    data = _read(key.fd)
                    if key.fd == output:
                        self._take(selector, data)
                    elif data:
                        said += data
                    else:
                        self._take_rest(output)
                        return said

    def _take(self, selector: selectors.BaseSelector, data: bytes | None) -> None:
        if data:
            self._output.add(data)
        elif data is not None:
            selector.unregister(self._stream)

    def _take_rest(self, output: int) -> None:
        while data := _read(output):
            self._output.add(data)


def _read(descriptor: int) -> bytes | None:
    """What is there to be read; nothing at the end, None where more may come."""
    try:
        return os.read(descriptor, _CHUNK)
    except BlockingIOError:
        return None


def _outcome(said: bytes, name: str, limit: float | None, output: HeadTail) -> Outcome:
    kept: dict[str, Any] = {"output": output.text(), "output_bytes": output.total}
    kind, number, why, *_ = [*said.decode().split(), "", "", ""]
    reasons = {
        "limit": f"It was ended after its time limit of {limit or 0:g} s.",
        "lease": "It was ended because its lease was not renewed in time.",
        "asked": "It was stopped.",
        "held": "It was not started: what ran for this task under an earlier claim has not ended on this machine.",
    }
    reason = reasons.get(why, "")
    kept["cut_off"] = why == "lease"
    if kind == "exit":
        return Outcome(exit_code=int(number), reason=reason, **kept)
    if kind == "signal":
        return Outcome(signal=int(number), reason=reason or f"It was ended by {_signal_name(int(number))}.", **kept)
    if kind == "error":
        return Outcome(reason=reason or f"{name!r} could not be started: {_error_text(int(number))}.", **kept)
    return Outcome(reason="Its supervisor was ended before it could say how the command ended.", **kept)


def _error_text(number: int) -> str:
    if number == errno.ENOENT:
        return "there is no such program, or none to interpret it"
    if number == errno.ENOEXEC:
        return "it is no program of this system; a script needs a first line such as #!/bin/sh"
    return os.strerror(number)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
