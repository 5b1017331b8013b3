"""A ledger in memory whose clock stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.runs import requests
from vespera_core.app.runs.answers import RunAnswer, StartedRun
from vespera_core.model.basics import SECOND


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000 * SECOND

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


class Site:
    """A ledger, its clock, and short words for what these tests do."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.ledger = Vespera.in_memory(actor="ann", clock=self.clock)

    def task(self, title: str = "Something", **fields: Any) -> str:
        return self.ledger.tasks.create_task(title, **fields).task_id

    def start(self, task_id: str | None = None, *, actor: str = "ann", **fields: Any) -> StartedRun:
        fields = {"executor": "command", "command": ("true",), "lease_seconds": 60, **fields}
        answer: StartedRun = self.ledger.acting_as(actor).call(
            "run.start", requests.StartRun(task_id=task_id, **fields)
        )
        return answer

    def end(self, started: StartedRun, outcome: str = "succeeded", *, actor: str = "ann", **fields: Any) -> RunAnswer:
        assert started.run is not None
        fields = {"fence": started.fence, **fields}
        request = requests.FinishRun(run_id=started.run.run_id, outcome=outcome, **fields)
        answer: RunAnswer = self.ledger.acting_as(actor).call("run.watched", request)
        return answer

    def status(self, run_id: str) -> RunAnswer:
        answer: RunAnswer = self.ledger.call("run.status", requests.RunRef(run_id=run_id))
        return answer


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.ledger.close()
