"""The Python API of this room: `Vespera.runs`."""

from __future__ import annotations

from typing import Any

from vespera_core.app.namespaces import Ledger
from vespera_core.app.runs import answers, requests


class Runs:
    """Work on claimed tasks. A run goes by its id, or by the id of its task, whose newest run is meant.

    >>> started = ledger.runs.start(task_id)  # doctest: +SKIP
    >>> ledger.runs.finish(task_id, "succeeded", command="make test", exit_code=0)  # doctest: +SKIP
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def start(
        self, task_id: str | None = None, *, idempotency_key: str | None = None, **how: Any
    ) -> answers.StartedRun:
        """Claim a task, or the most urgent ready one, and record that it is worked on; `how` as in `StartRun`.

        Raises what a claim raises, StaleFence, Conflict or PluginFault.
        """
        request = requests.StartRun(task_id=task_id, **how)
        answer: answers.StartedRun = self._ledger.call("run.start", request, idempotency_key=idempotency_key)
        return answer

    def status(self, run_id: str) -> answers.RunAnswer:
        """One run, with its task. Raises NotFound or AmbiguousId."""
        answer: answers.RunAnswer = self._ledger.call("run.status", requests.RunRef(run_id=run_id))
        return answer

    def progress(self, run_id: str, progress: float | None = None, **more: Any) -> answers.RunAnswer:
        """Say how far a run is; `more` as in `RunProgress`. Raises StaleFence, HeldByOther or Conflict."""
        request = requests.RunProgress(run_id=run_id, progress=progress, **more)
        answer: answers.RunAnswer = self._ledger.call("run.progress", request)
        return answer

    def finish(self, run_id: str, outcome: str, **how: Any) -> answers.RunAnswer:
        """End a run: succeeded, failed or stopped; `how` as in `FinishRun`. Raises StaleFence or Conflict."""
        request = requests.FinishRun(run_id=run_id, outcome=outcome, **how)
        answer: answers.RunAnswer = self._ledger.call("run.finish", request)
        return answer

    def cancel(self, run_id: str, *, reason: str = "", requeue: bool = False) -> answers.RunAnswer:
        """End a run, whoever's it is. Raises Conflict where it has ended."""
        request = requests.CancelRun(run_id=run_id, reason=reason, requeue=requeue)
        answer: answers.RunAnswer = self._ledger.call("run.cancel", request)
        return answer

    def list(self, **filters: Any) -> answers.RunsAnswer:
        """Runs, newest first; `filters` as in `ListRuns`."""
        answer: answers.RunsAnswer = self._ledger.call("run.list", requests.ListRuns(**filters))
        return answer

    def statistics(self, **filters: Any) -> answers.RunStatistics:
        """How runs went; `filters` as in `ListRuns`."""
        answer: answers.RunStatistics = self._ledger.call("run.statistics", requests.ListRuns(**filters))
        return answer
