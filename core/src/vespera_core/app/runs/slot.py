"""One task in a worker's hands: its process, its lease, and what is left to be said to the ledger."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vespera_core.app.requests import Heartbeat
from vespera_core.app.runs.finishing import STOPPED
from vespera_core.app.runs.record import FAILED, SUCCEEDED, Run
from vespera_core.app.runs.requests import FinishRun
from vespera_core.app.runs.settings import WorkerSettings
from vespera_core.errors import EnvironmentFault, VesperaError
from vespera_core.model.query import EventQuery
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.executor import Execution, Executor, Outcome, Work, elapsed
from vespera_core.ports.observer import Activity

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.observing import Observation
    from vespera_core.app.runs.answers import RunAnswer

_MARGIN: Final = 2.0
"""Seconds before its lease ends in which a command is ended, at most a quarter of the lease: that takes a moment."""
_AGAIN: Final = 0.5
"""Seconds until a store that was busy is asked again."""
_CAUSES: Final = 8
"""Events of the task that are looked at for what led to the run."""


class Slot:
    """Made right after the claim; `began` is the moment before it, so that the lease is never thought too long."""

    def __init__(
        self, kernel: Kernel, caller: Caller, settings: WorkerSettings, run: Run, task: Task, began: float
    ) -> None:
        self.run = run
        self.task = task
        self.lost = ""
        self._kernel = kernel
        self._caller = caller
        self._settings = settings
        self._stopping = False
        self._waiting = False
        self._outcome: Outcome | None = None
        self._execution: Execution | None = None
        self._observation: Observation | None = None
        self._renewed(began)

    @property
    def due(self) -> float:
        """When it wants to be looked at next, as `elapsed` tells it; before that where its process has ended."""
        return self._beat

    def _renewed(self, began: float) -> None:
        lease = self._settings.lease_seconds
        self._until = began + lease - min(_MARGIN, lease / 4)
        self._beat = began + lease / 3

    def begin(self, executor: Executor, ended: Callable[[], None]) -> None:
        """Start the process; where that fails, the run has failed."""
        self._observe()
        try:
            self._execution = executor.start(self._work(), ended)
        except EnvironmentFault as error:
            self._outcome = Outcome(reason=error.message)
        else:
            if self._execution is None:
                self._outcome = Outcome(reason=f"The executor {self._settings.executor} runs nothing by itself.")

    def _observe(self) -> None:
        """Let observers see the run until it is settled, with what led to it: the last events of its task."""
        if not self._kernel.observers:
            return
        from vespera_core.app.observing import Observation, causes

        with self._kernel.storage.read() as reader:
            query = EventQuery(entity=self.task.task_id, newest_first=True, limit=_CAUSES)
            told = causes(row.context for row in reader.event_rows(query))
        self._observation = Observation(
            self._kernel.observers,
            Activity(kind="run", name=self._settings.executor, caller=self._caller, task_id=self.task.task_id,
                     causes=told),
        )  # fmt: skip
        if self._observation.trace is not None:
            self._caller = replace(self._caller, trace=self._observation.trace)

    def _work(self) -> Work:
        folder = self._kernel.folder
        workspace = self._settings.folder if folder is None else folder.parent
        facts = {
            "VESPERA_TASK_ID": self.task.task_id, "VESPERA_RUN_ID": self.run.run_id,
            "VESPERA_FENCE": str(self.run.fence), "VESPERA_ACTOR": self._caller.actor,
            "VESPERA_ROLE": self.run.role or "", "VESPERA_WORKSPACE": str(workspace),
        }  # fmt: skip
        if self._caller.trace is not None:
            facts["TRACEPARENT"] = self._caller.trace
        return Work(
            run_id=self.run.run_id, task_id=self.task.task_id, title=self.task.title, folder=self._settings.folder,
            workspace=workspace, environment=facts, command=self._settings.command,
            time_limit=self._settings.time_limit, until=self._until, lock=self._lock(),
        )  # fmt: skip

    def _lock(self) -> Path | None:
        """A file whose name no task's id can lead elsewhere; a ledger in memory has one worker's process anyway."""
        folder = self._kernel.folder
        return None if folder is None else folder / "runs" / sha256(self.task.task_id.encode()).hexdigest()

    def end(self, *, gently: bool) -> None:
        """The worker is told to end: so is the command."""
        self._stopping = True
        if self._execution is not None:
            (self._execution.stop if gently else self._execution.kill)()

    def tend(self) -> RunAnswer | VesperaError | None:
        """Keep the claim alive, and settle the run when its process has ended.

        Answers what the ledger says to that, None as long as there is more to do. A claim that was lost is an error.
        """
        if self._outcome is None and self._execution is not None:
            self._outcome = self._execution.outcome()
        if self._outcome is not None:
            settled = self._settle(self._outcome)
            if settled is not None and self._observation is not None:
                self._observation.end(settled, settled if isinstance(settled, VesperaError) else None)
            return settled
        if elapsed() >= self._beat:
            self._heartbeat()
        return None

    def _heartbeat(self) -> None:
        began = elapsed()
        try:
            self._kernel.run("task.heartbeat", self._sign_of_life(), self._caller)
        except EnvironmentFault:
            self._beat = elapsed() + _AGAIN  # the command ends with its lease, unless the store comes back before
        except VesperaError as error:
            self.lost = self.lost or error.message
            self._beat = float("inf")
            if self._execution is not None:
                self._execution.kill()
        else:
            self._renewed(began)
            if self._execution is not None:
                self._execution.renew(self._until)

    def _sign_of_life(self) -> Heartbeat:
        return Heartbeat(task_id=self.task.task_id, fence=self.run.fence, lease_seconds=self._settings.lease_seconds)

    def _settle(self, outcome: Outcome) -> RunAnswer | VesperaError | None:
        if elapsed() < self._beat and self._waiting:
            return None
        try:
            answer: RunAnswer = self._kernel.run("run.watched", self._ending(outcome), self._caller)
        except EnvironmentFault as error:
            self._waiting = True
            self._beat = elapsed() + _AGAIN
            return error if elapsed() > self._until else None
        except VesperaError as error:
            return error
        return answer

    def _ending(self, outcome: Outcome) -> FinishRun:
        # No fault of the task: it costs no attempt.
        cut_off = self._stopping or outcome.cut_off or elapsed() >= self._until
        how = SUCCEEDED if outcome.succeeded else STOPPED if cut_off else FAILED
        reason = outcome.reason
        if how == FAILED and not reason:
            reason = f"It ended with exit code {outcome.exit_code}."
        return FinishRun(
            run_id=self.run.run_id, fence=self.run.fence, outcome=how, reason=reason[:2_000],
            command=shlex.join(self._settings.command), exit_code=outcome.exit_code, signal=outcome.signal,
            output=outcome.output, retry=self._settings.retry,
            checkpoint=None if how == SUCCEEDED else self._left_behind(how, reason, outcome),
        )  # fmt: skip

    def _left_behind(self, how: str, reason: str, outcome: Outcome) -> dict[str, object]:
        said = {"run_id": self.run.run_id, "attempt": self.run.attempt, "outcome": how, "reason": reason}
        return {"last_run": {**said, "output": outcome.output[-1_000:]}}
