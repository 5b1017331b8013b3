"""The worker: claims ready tasks, runs a command on each, and settles how that ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from threading import Event
from typing import TYPE_CHECKING, Final

from vespera_core.app.config import Settings, provider_settings
from vespera_core.app.runs.answers import RunAnswer, StartedRun
from vespera_core.app.runs.reading import is_resting
from vespera_core.app.runs.record import Run
from vespera_core.app.runs.requests import StartRun
from vespera_core.app.runs.retry import check_retry
from vespera_core.app.runs.settings import WorkerSettings, check_role, check_settings, time_limit
from vespera_core.app.runs.slot import Slot
from vespera_core.app.session import Session
from vespera_core.errors import Conflict, EnvironmentFault, PermissionDenied, Refused
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.executor import Executor, elapsed
from vespera_core.ports.provider import OpenContext, Provider

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

_LONGEST: Final = 60.0
"""Seconds between two looks of a worker with nothing to wait for."""


@record(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something a worker did or met: ``started``, how a run ended (or ``lost``), ``waiting``, ``draining``."""

    event: str
    at: Micros
    task_id: str = ""
    run_id: str = ""
    text: str = ""
    run: Run | None = None


def open_executor(kernel: Kernel, name: str) -> Executor:
    """The executor of that name. Raises PluginFault or ConfigError."""
    provider: Provider[Executor] = kernel.registry.select("executor", name)
    settings = provider_settings(provider, kernel.settings or Settings(), "executor")
    return provider.open(settings, OpenContext(kernel.folder, kernel.clock))


class Worker:
    """One thread, several processes. Everything that it does is an operation, under the fence of its claims."""

    def __init__(
        self, kernel: Kernel, caller: Caller, settings: WorkerSettings, say: Callable[[Happening], None]
    ) -> None:
        """Raises InvalidInput for settings or a command that can never work."""
        self._settings = check_settings(settings)
        check_retry(settings.retry)
        self._executor = open_executor(kernel, settings.executor)
        self._executor.check(settings.command, settings.folder)
        check_role(kernel, settings.role)
        self._kernel = kernel
        self._caller = caller
        self._say = say
        self._wake = Event()
        self._told = 0
        self._heeded = 0
        self._slots: list[Slot] = []
        self._next_claim = 0.0
        self._stop_at = float("inf")
        self._empty = False
        self._started = 0
        self._waits = ""
        self._random = Random(f"{caller.actor}:{kernel.clock()}")  # noqa: S311 - it keeps workers out of step

    def end(self) -> None:
        """Drain: claim no more, and end when all is settled. A second time: at once. Safe in a signal handler."""
        self._told += 1
        self._wake.set()

    def run(self) -> None:
        """Work until told to end, or until there is no more to do. Raises where the ledger refuses any claim."""
        while True:
            self._heed()
            self._fill()
            for slot in list(self._slots):
                self._tend(slot)
            if self._is_over():
                return
            self._wake.wait(self._pause())
            self._wake.clear()

    # ------------------------------------------------------------ ending

    def _heed(self) -> None:
        if self._told and not self._heeded:
            self._stop_at = elapsed() + self._settings.grace
            self._tell("draining", text=f"{len(self._slots)} running, {self._settings.grace:g} s to end")
        if elapsed() >= self._stop_at or (self._told > 1 and self._heeded < 2):
            self._stop_at = float("inf")
            for slot in self._slots:
                slot.end(gently=self._told == 1)
        self._heeded = self._told

    def _is_over(self) -> bool:
        if self._slots:
            return False
        once = self._settings.once and (self._started > 0 or self._empty)
        return bool(self._told) or once or (self._settings.until_empty and self._empty and not self._is_resting())

    def _is_resting(self) -> bool:
        with self._kernel.storage.read() as reader:
            return is_resting(Session(reader, self._caller, self._kernel.clock()), self._asking())

    # ------------------------------------------------------------ claiming

    def _fill(self) -> None:
        self._empty = False
        while self._may_claim():
            began = elapsed()
            started = self._claimed()
            if started is None or started.run is None or started.task is None:
                self._empty = started is not None
                self._next_claim = elapsed() + self._settings.poll * self._random.uniform(0.75, 1.25)
                return
            self._begin(started.run, started.task, began)

    def _may_claim(self) -> bool:
        if self._told or len(self._slots) >= self._settings.concurrency or elapsed() < self._next_claim:
            return False
        return not (self._settings.once and self._started)

    def _claimed(self) -> StartedRun | None:
        """What was claimed; None where the ledger cannot say now."""
        try:
            answer: StartedRun = self._kernel.run("run.start", self._asking(), self._caller)
        except PermissionDenied:
            raise
        except (Refused, EnvironmentFault, Conflict) as error:
            if self._settings.task_id is not None:
                raise
            self._wait_for(error.message)
            return None
        self._waits = "" if answer.run is not None else self._waits
        return answer

    def _asking(self) -> StartRun:
        said = self._settings
        return StartRun(
            task_id=said.task_id, fence=said.fence, role=said.role, project_id=said.project_id, type=said.type,
            tags=said.tags, executor=said.executor, command=said.command, lease_seconds=said.lease_seconds,
            retry=said.retry,
        )  # fmt: skip

    def _wait_for(self, what: str) -> None:
        if what != self._waits:
            self._waits = what
            self._tell("waiting", text=what)

    def _begin(self, run: Run, task: Task, began: float) -> None:
        self._started += 1
        settings = replace(self._settings, time_limit=time_limit(self._kernel, self._settings, run.role))
        slot = Slot(self._kernel, self._caller, settings, run, task, began)
        self._slots.append(slot)
        self._tell("started", run, task.title)
        slot.begin(self._executor, self._wake.set)

    # ------------------------------------------------------------ settling

    def _tend(self, slot: Slot) -> None:
        said = slot.tend()
        if said is None:
            return
        self._slots.remove(slot)
        self._next_claim = 0.0
        if isinstance(said, RunAnswer):
            self._tell(said.run.state, said.run, said.run.reason)
        else:
            self._tell("lost", slot.run, slot.lost or said.message)

    def _pause(self) -> float:
        moments = [slot.due for slot in self._slots]
        moments.append(self._stop_at)
        if (
            not self._told
            and len(self._slots) < self._settings.concurrency
            and not (self._settings.once and self._started)
        ):
            moments.append(self._next_claim)
        return max(0.0, min(_LONGEST, min(moments) - elapsed()))

    def _tell(self, event: str, run: Run | None = None, text: str = "") -> None:
        task_id, run_id = ("", "") if run is None else (run.task_id, run.run_id)
        at = Micros(self._kernel.clock())
        self._say(Happening(event=event, at=at, task_id=task_id, run_id=run_id, text=text, run=run))
