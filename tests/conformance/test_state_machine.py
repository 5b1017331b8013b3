"""Random work on a memory ledger and a SQLite ledger in lockstep. VESPERA_DEEP=1 runs the full dose."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from conformance.machine import Lockstep
from conformance.support import DEEP, EXAMPLES, FakeClock, Ledgers

DOSE = settings(
    max_examples=EXAMPLES, stateful_step_count=50, deadline=None, derandomize=not DEEP, database=None, print_blob=True,
    phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.usefixtures("bounded_memory")
def test_the_twins_agree_with_each_other_and_with_the_model(template: Path, scratch: Path) -> None:
    """Every answer, every refusal and every state: the same on both stores, and as the prose says."""

    def fresh() -> Lockstep:
        clock = FakeClock()
        return Lockstep(Ledgers(template, scratch, clock), clock)

    run_state_machine_as_test(fresh, settings=DOSE)
