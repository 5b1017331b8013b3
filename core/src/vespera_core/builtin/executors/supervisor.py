"""Stands between a worker and its command, so that the command ends with the worker, however that ends.

Run as a script by a bare interpreter, with nothing of Vespera imported::

    supervisor.py REPORT LIMIT GRACE LOCK COMMAND [ARGUMENT...]

The worker talks through standard input, in lines: ``lease MOMENT`` (go on until then), ``stop`` and ``kill``. The end
of that pipe is the death of the worker. The first lease starts the command; when a lease lapses, the worker is frozen
or cut off, somebody else may hold the task, and the command is killed. LIMIT and GRACE are seconds: the time limit (0:
none), and how long the command has after SIGTERM. Descriptor REPORT takes one line: ``exit CODE WHY``,
``signal NUMBER WHY`` or ``error ERRNO WHY``, where WHY is ``itself``, ``limit``, ``lease``, ``held`` or ``asked``.

No watch is kept to the millisecond on a busy machine, and this process can be stopped or killed like any other. So the
file LOCK (empty: none) is locked from before the command starts until all of it has ended; the command inherits the
lock. Whoever is to run the same task next waits for it, and looks at his lease again when he has it: two commands for
one task never run side by side on one machine.

Where the system is Linux, processes that left the command's group are found too: their orphans are handed to this
process (PR_SET_CHILD_SUBREAPER), and the command dies with it (PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import time

_PDEATHSIG, _SUBREAPER = 1, 36
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_NEVER = float("inf")
_SWEEP_SECONDS = 10.0
_WAIT_SECONDS = 30.0
_LOOK_SECONDS = 0.02


def _now() -> float:
    return time.clock_gettime(_CLOCK)  # the clock of the executor port


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (ImportError, OSError, AttributeError):  # no such call here: the process group alone has to do
        pass


class Supervisor:
    """One command, from its start to the end of all that it started."""

    def __init__(self, report: int, limit: float, grace: float, lock: str, command: list[str]) -> None:
        self._report = report
        self._limit = limit
        self._grace = grace
        self._lock = lock
        self._locked = -1
        self._command = command
        self._lines = b""
        self._leased = False
        self._lapses = _NEVER
        self._ends = _NEVER
        self._killed = _NEVER
        self._why = "itself"
        self._pid = 0
        self._status: int | None = None

    def run(self) -> None:
        """Wait for the first lease, run the command, report."""
        os.set_inheritable(self._report, False)
        while not self._leased:
            if not self._listen(None):
                return
        refused = self._refused()
        if refused:
            self._say(refused)
            return
        _prctl(_SUBREAPER, 1)
        wake = self._wakes_on_child()
        failed = self._spawn()
        if failed:
            self._remove_lock()
            self._say(f"error {failed} itself")
            return
        while self._status is None:
            self._watch(wake)
        if self._sweep():
            self._remove_lock()
        code = os.waitstatus_to_exitcode(self._status)
        self._say(f"exit {code} {self._why}" if code >= 0 else f"signal {-code} {self._why}")

    def _say(self, line: str) -> None:
        try:  # noqa: SIM105 - contextlib takes longer to import than all the rest
            os.write(self._report, line.encode() + b"\n")
        except BrokenPipeError:
            pass

    # ------------------------------------------------------------ the lock

    def _refused(self) -> str:
        """Wait for the lock; what to report where the command is not to be started."""
        until = _now() + _WAIT_SECONDS
        try:
            while not self._takes_lock():
                if _now() >= min(until, self._lapses):
                    return f"error 0 {'lease' if _now() >= self._lapses else 'held'}"
                if not self._listen(_LOOK_SECONDS):
                    sys.exit(0)
        except OSError as error:
            return f"error {error.errno or 1} itself"
        # Asked for last: a worker that was frozen since its claim may have lost the task to somebody else by now.
        return "error 0 lease" if _now() >= self._lapses else ""

    def _takes_lock(self) -> bool:
        if not self._lock:
            return True
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(self._lock)):  # noqa: PTH116
                self._locked = descriptor
                return True
        except (BlockingIOError, FileNotFoundError):  # somebody holds it, or has just taken it away
            pass
        os.close(descriptor)
        return False

    def _remove_lock(self) -> None:
        """Take the file away while it is locked, so that whoever waits for it makes a new one."""
        if self._locked >= 0:
            try:  # noqa: SIM105 - as with pathlib: nothing more is imported than is needed
                os.unlink(self._lock)  # noqa: PTH108 - pathlib takes longer to import than all the rest
            except OSError:  # the workspace has gone, or may not be written to
                pass

    # ------------------------------------------------------------ listening

    def _listen(self, seconds: float | None) -> bool:
        """Take what the worker says; False once nothing more will come."""
        if not select.select([0], [], [], seconds)[0]:
            return True
        data = os.read(0, 4096)
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            self._obey(line.split())
        return bool(data)

    def _obey(self, words: list[bytes]) -> None:
        if words[:1] == [b"lease"]:
            self._lapses, self._leased = float(words[1]), True
        elif words == [b"stop"]:
            self._end("asked", gently=True)
        elif words == [b"kill"]:
            self._end("asked", gently=False)

    # ------------------------------------------------------------ the command

    def _wakes_on_child(self) -> int:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return reading

    def _spawn(self) -> int:
        """Start the command in a group of its own; answers the error number where that fails."""
        told, tell = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            self._become(tell, parent)
        os.close(tell)
        error = os.read(told, 16)
        os.close(told)
        if error:
            os.waitpid(self._pid, 0)
        elif self._limit:
            self._ends = _now() + self._limit
        return int(error or 0)

    def _become(self, tell: int, parent: int) -> None:
        try:
            os.setpgid(0, 0)
            for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            if self._locked >= 0:
                os.set_inheritable(self._locked, True)
            _prctl(_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(127)
            os.execvp(self._command[0], self._command)  # noqa: S606 - running it is what this program is for
        except OSError as error:
            os.write(tell, str(error.errno or 1).encode())
        finally:
            os._exit(127)

    def _watch(self, wake: int) -> None:
        """One look at the command, the worker and the clock."""
        first = min(self._lapses, self._ends, self._killed)
        wait = None if first == _NEVER else max(0.0, first - _now())
        ready = select.select([0, wake], [], [], wait)[0]
        if wake in ready:
            os.read(wake, 4096)
        if 0 in ready and not self._listen(0):
            self._end("orphan", gently=False)
        now = _now()
        if now >= self._lapses:
            self._end("lease", gently=False)
        elif now >= self._ends:
            self._end("limit", gently=True)
        elif now >= self._killed:
            self._signal(signal.SIGKILL)
        self._reap()

    def _end(self, why: str, *, gently: bool) -> None:
        if self._pid == 0:  # asked before it was started
            self._say(f"error 0 {why}")
            sys.exit(0)
        if self._why == "itself":
            self._why = why
        self._ends = _NEVER
        if gently:
            self._killed = min(self._killed, _now() + self._grace)
            self._signal(signal.SIGTERM)
        else:
            self._lapses = self._killed = _NEVER
            self._signal(signal.SIGKILL)
            self._status = self._status if self._status is not None else self._collect()

    def _signal(self, number: int) -> None:
        try:  # noqa: SIM105
            os.killpg(self._pid, number)
        except (ProcessLookupError, PermissionError):  # it has ended; or, on some systems, is a zombie
            pass

    def _collect(self) -> int:
        return os.waitpid(self._pid, 0)[1]

    def _reap(self) -> bool:
        """Collect what has ended; False once there is no child left."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self._pid:
                    self._status = status
        except ChildProcessError:
            return False

    def _sweep(self) -> bool:
        """End whatever the command left behind, also outside of its group. Whether all of it has ended."""
        until = _now() + _SWEEP_SECONDS
        self._signal(signal.SIGKILL)
        while self._reap():
            if _now() >= until:
                return False
            for pid in _children():
                try:  # noqa: SIM105
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
            time.sleep(0.002)
        return True


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as stream:  # noqa: PTH123
            return [int(word) for word in stream.read().split()]
    except OSError:
        return []


if __name__ == "__main__":
    Supervisor(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5:]).run()
