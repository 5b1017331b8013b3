"""Doses and seeds: how much a suite does, and how a random run is repeated."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from random import Random, SystemRandom
from typing import Final, TypeVar

T = TypeVar("T")

DEEP: Final = os.environ.get("VESPERA_DEEP") == "1"
"""Whether the full doses run (`make test-deep`); by default the suites run reduced ones."""

SEED: Final = int(os.environ.get("VESPERA_SEED") or SystemRandom().randrange(1 << 32))
"""What every random run of this session starts from; printed at its end, set by ``VESPERA_SEED``."""


_FACTOR: Final = float(os.environ.get("VESPERA_DOSE", "1"))
"""A factor on the reduced doses, for trials in between."""


def dose(reduced: int, deep: int) -> int:
    """How many rounds to run."""
    return deep if DEEP else min(deep, round(reduced * _FACTOR))


def some(name: str, cases: Sequence[T], reduced: int) -> list[T]:
    """The cases to try: all of them in deep runs, else so many, which every seed draws anew.

    The name keeps draws apart.
    """
    if DEEP or reduced >= len(cases):
        return list(cases)
    drawn = sorted(Random(f"{SEED}:{name}").sample(range(len(cases)), reduced))
    return [cases[place] for place in drawn]


def rng_of(name: str) -> Random:
    """The random numbers of one run; the name keeps runs apart, so that each can be repeated alone."""
    say(f"{name}: VESPERA_SEED={SEED}")
    return Random(f"{SEED}:{name}")


def say(line: str) -> None:
    """A line for whoever reads the test's output."""
    sys.stdout.write(line + "\n")
