"""Random work: a ledger on the store and a ledger in memory in lockstep, each step foreseen by a model on paper."""

from __future__ import annotations

from typing import ClassVar

from vespera_testkit.profiles import Profile
from vespera_testkit.world.ledgers import Ledgers


class RandomRules:
    """Work that nobody thought of."""

    provider: ClassVar[str]

    def test_random_work_is_answered_as_in_memory(self, ledgers: Ledgers, profile: Profile) -> None:
        """Every answer, every refusal and every state are those of the memory store, whatever is done and reopened.

        If this fails: the last lines show the shortest work that was found; run its steps on both stores.
        """
        from hypothesis import Phase
        from hypothesis.stateful import run_state_machine_as_test

        from vespera_testkit.machine.lockstep import Lockstep
        from vespera_testkit.world.clock import FakeClock

        def fresh() -> Lockstep:
            ledgers.clock = FakeClock()
            return Lockstep(ledgers, ledgers.clock, self.provider)

        dose = profile.settings(stateful_step_count=50, phases=[Phase.generate, Phase.shrink])
        run_state_machine_as_test(fresh, settings=dose)  # type: ignore[arg-type]
