"""The executor port: how the work on a claimed task is run."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from vespera_core.model.record import record

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed() -> float:
    """Seconds on the clock of this port: the same in all processes, and going on while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


@record(frozen=True, slots=True, kw_only=True)
class Work:
    """What an executor is given: the task, who works on it, and what to run.

    `folder` is where the command works and `workspace` the folder that holds `.vespera`. `environment` are the
    variables of this work; which others reach the command is the executor's business. `time_limit` is how many seconds
    it may take in all; `until` is the moment, as `elapsed` tells it, up to which it may go on unless it is renewed.
    `lock` is a file of this task, the same for all who work on it: whoever runs something for it on this machine holds
    that locked, so that nobody begins before what ran under an earlier claim has ended.
    """

    run_id: str
    task_id: str
    title: str
    folder: Path
    workspace: Path
    environment: dict[str, str]
    command: tuple[str, ...] = ()
    time_limit: float | None = None
    until: float = float("inf")
    lock: Path | None = None


@record(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended: by an exit code, by a signal, or by neither where it could not be run or watched to its end.

    `reason` says in a sentence what went wrong. `output` is what it wrote, as text, the middle left out where it was
    long; `output_bytes` is how much it wrote. `cut_off`: it was ended since it was not renewed in time, which says
    nothing of the work.
    """

    exit_code: int | None = None
    signal: int | None = None
    reason: str = ""
    output: str = ""
    output_bytes: int = 0
    cut_off: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether it ran to its end and said that all is well."""
        return self.exit_code == 0 and not self.reason


class Execution(ABC):
    """Work that is being done. Nothing of it goes on once it has an outcome, or once this process has died."""

    @abstractmethod
    def outcome(self, seconds: float = 0.0) -> Outcome | None:
        """How it ended, waiting up to `seconds` for that; None while it goes on."""

    @abstractmethod
    def renew(self, until: float) -> None:
        """Let it go on up to this moment, as `elapsed` tells it; there it is ended at once."""

    @abstractmethod
    def stop(self) -> None:
        """Ask it to end; what has not ended some seconds later is killed."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once, with everything that it started."""


class Executor(ABC):
    """Runs work."""

    def check(self, command: tuple[str, ...], folder: Path) -> None:  # noqa: B027 - an executor may take any command
        """Raise InvalidInput for a command that can never be run; asked before anything is claimed."""

    @abstractmethod
    def start(self, work: Work, ended: Callable[[], None]) -> Execution | None:
        """Begin, and call `ended` from any thread when it has ended.

        None: the calling agent does the work itself, from a briefing, and says by operations how it ended. Raises
        EnvironmentFault where nothing can be started.
        """
