"""Forked processes that talk back over pipes, in lines of JSON.

Forking after the imports makes a child in a few milliseconds. No SQLite connection may be open in the parent while it
forks: the suites open ledgers after the last fork, or close them before the next one.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from vespera_core.app.application import Vespera
from vespera_core.errors import VesperaError

Send = Callable[[Sequence[Any]], None]
Action = Callable[[Vespera, Mapping[str, Any]], Any]

_PIPE_BYTES = 1 << 20
_ATOMIC = select.PIPE_BUF


def run_forked(work: Callable[[], None]) -> int:
    """Run `work` in a forked process that never comes back into the test runner; answers its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


class Child:
    """One forked process and the lines it has sent."""

    def __init__(self, work: Callable[[Send], None]) -> None:
        self._reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._rest = b""
        self._ended = False
        self.pid = run_forked(lambda: work(_sender(writing)))
        os.close(writing)
        self.status: int | None = None

    def fileno(self) -> int:
        return self._reading

    @property
    def ended(self) -> bool:
        """Whether the other end of the pipe is closed: everything that was sent has been read."""
        return self._ended

    def read(self, seconds: float = 0.0) -> list[Any]:
        """The lines that have come; waits up to `seconds` for the first of them."""
        if self._ended or not select.select([self._reading], [], [], seconds)[0]:
            return []
        data = os.read(self._reading, _PIPE_BYTES)
        self._ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def read_for(self, seconds: float) -> list[Any]:
        """All lines that come within `seconds`, or until the end."""
        deadline, found = time.monotonic() + seconds, []
        while not self._ended and (left := deadline - time.monotonic()) > 0:
            found.extend(self.read(left))
        return found

    def expect(self, word: str, seconds: float = 30.0) -> list[Any]:
        """The lines up to the one that begins with `word`; fails the test if it does not come."""
        deadline, found = time.monotonic() + seconds, []
        while not any(line[0] == word for line in found):
            left = deadline - time.monotonic()
            assert left > 0, f"the child did not say {word!r} within {seconds} s; it said {found[-5:]}"
            assert not self._ended, f"the child ended before it said {word!r}; it said {found[-5:]}"
            found.extend(self.read(left))
        return found

    def drain(self) -> list[Any]:
        """All lines up to the end of the pipe: after a kill these are the acknowledgements that went out."""
        found = []
        while not self._ended:
            found.extend(self.read(60.0))
        return found

    def signal(self, number: int) -> None:
        if self.status is None:
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Collect the process: its exit status, or minus the signal that ended it."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self._reading)
        return self.status

    def kill(self) -> list[Any]:
        """SIGKILL; answers what it had sent until then."""
        self.signal(signal.SIGKILL)
        found = self.drain()
        self.wait()
        return found


def _sender(descriptor: int) -> Send:
    def send(line: Sequence[Any]) -> None:
        data = json.dumps(line).encode() + b"\n"
        assert len(data) <= _ATOMIC, "longer lines would mix with those of other threads"
        os.write(descriptor, data)

    return send


@contextmanager
def children() -> Iterator[list[Child]]:
    """A list for children that end with the block, however it is left; resumes those that are stopped."""
    family: list[Child] = []
    try:
        yield family
    finally:
        for child in family:
            if child.status is None:
                child.kill()


class Step(NamedTuple):
    """What one member of a crew does in a round; `delay` microseconds after the gate opens."""

    action: str
    values: dict[str, Any]
    delay: int = 0


class Outcome(NamedTuple):
    """What became of a step: the value it answered, or the code of the error it raised."""

    value: Any
    error: str | None


class Crew:
    """Processes with the same workspace open, which do their steps of a round at the same moment."""

    def __init__(self, size: int, folder: Path, actions: Mapping[str, Action]) -> None:
        self._gate = mmap.mmap(-1, mmap.PAGESIZE)
        self._round = 0
        self._lines: list[Any] = []
        self._pids: list[int] = []
        for number in range(size):
            mine, theirs = socket.socketpair()
            self._lines.append((mine, mine.makefile("rw", encoding="utf-8")))
            self._pids.append(run_forked(lambda end=theirs, n=number: self._serve(end, folder, f"crew-{n}", actions)))
            theirs.close()

    def _serve(self, end: socket.socket, folder: Path, actor: str, actions: Mapping[str, Action]) -> None:
        for mine, stream in self._lines:  # else nobody would see the end of the parent
            stream.close()
            mine.close()
        with Vespera.open(folder, actor=actor) as ledger, end.makefile("rw", encoding="utf-8") as stream:
            for line in stream:
                number, action, values, delay = json.loads(line)
                _tell(stream, "set")
                self._await(number)
                _pause(delay)
                _tell(stream, _attempt(lambda a=action, v=values: actions[a](ledger, v)))

    def _await(self, number: int) -> None:
        while int.from_bytes(self._gate[:4], "little") < number:
            time.sleep(0)

    def round(self, *steps: Step) -> list[Outcome]:
        """Let every member prepare, open the gate for all at once, and collect what became of the steps."""
        self._round += 1
        streams = [stream for _, stream in self._lines]
        for stream, step in zip(streams, steps, strict=True):
            _tell(stream, [self._round, *step])
        for stream in streams:
            assert json.loads(stream.readline()) == "set"
        self._gate[:4] = self._round.to_bytes(4, "little")
        return [Outcome(*json.loads(stream.readline())) for stream in streams]

    def close(self) -> None:
        for mine, stream in self._lines:
            stream.close()
            mine.close()
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in self._pids]
        self._gate.close()
        assert codes == [0] * len(codes), f"members of the crew failed: {codes}"


def _tell(stream: Any, value: Any) -> None:
    stream.write(json.dumps(value) + "\n")
    stream.flush()


def _pause(microseconds: int) -> None:
    until = time.perf_counter() + microseconds / 1e6
    while time.perf_counter() < until:
        pass


def _attempt(work: Callable[[], Any]) -> Outcome:
    try:
        return Outcome(work(), None)
    except VesperaError as error:
        return Outcome(error.message, error.code)


@contextmanager
def crew(size: int, folder: Path, actions: Mapping[str, Action]) -> Iterator[Crew]:
    """A crew that ends with the block."""
    members = Crew(size, folder, actions)
    try:
        yield members
    finally:
        members.close()
