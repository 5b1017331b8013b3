"""Fixtures of the rules of the ledger, on each store."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera
from vespera_testkit.world.clock import FakeClock
from vespera_testkit.world.ledgers import STORES, Ledgers

MOST_MEMORY = 4 * 2**30


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings() -> Iterator[None]:
    """No setting of the person who runs the tests reaches the stores under test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("VESPERA_")]:
            patch.delenv(name)
        yield


@pytest.fixture
def clock() -> FakeClock:
    """The one clock of a test."""
    return FakeClock()


@pytest.fixture
def ledgers(vespera_template: Path, vespera_scratch: Path, clock: FakeClock) -> Iterator[Ledgers]:
    """Makes ledgers on the test's clock."""
    made = Ledgers(vespera_template, vespera_scratch, clock)
    yield made
    made.close()


@pytest.fixture(params=STORES)
def ledger(request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
    """A fresh ledger on each store, for the actor ann."""
    return ledgers.open(request.param)


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """Work that runs away in a circle fails in this test, before it takes the machine's memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard), hard)
    )
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
