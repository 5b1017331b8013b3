"""Profiles: how much the random rules of a suite do."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pytest

OPTION: Final = "--vespera-profile"
EXAMPLES: Final = {"quick": 40, "ci": 200, "deep": 2000}
"""Examples of a random rule in each profile."""


class Profile(NamedTuple):
    """A profile, for a provider whose examples cost `expense` times what they cost in memory."""

    name: str
    expense: int = 1

    @property
    def deep(self) -> bool:
        """Whether nothing is spared."""
        return self.name == "deep"

    def examples(self, share: float = 1.0) -> int:
        """How many examples to draw; a rule that needs fewer, or more, says by which share. Never less than four."""
        dear = 1 if self.deep else self.expense
        return max(4, round(EXAMPLES[self.name] * share / dear))

    def settings(self, share: float = 1.0, **options: Any) -> Any:
        """Hypothesis settings of this profile: the same examples in every run, except in the deep one."""
        from hypothesis import HealthCheck, settings

        return settings(
            max_examples=self.examples(share), deadline=None, derandomize=not self.deep, database=None,
            print_blob=True, suppress_health_check=list(HealthCheck), **options,
        )  # fmt: skip


def profile_of(config: pytest.Config, expense: int = 1) -> Profile:
    """The profile of a run."""
    return Profile(str(config.getoption(OPTION)), expense)
