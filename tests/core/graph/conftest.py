"""Ledgers with the plan of a house, on a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera, init_workspace

NOW = 1_800_000_000_000_000
MINUTE = 60_000_000
DAY = 1_440 * MINUTE

HOUSE = {
    "survey": (60, ()),
    "permit": (480, ("survey",)),
    "foundation": (960, ("permit",)),
    "walls": (1_440, ("foundation",)),
    "roof": (720, ("walls",)),
    "windows": (240, ("walls",)),
    "wiring": (300, ("walls",)),
    "plumbing": (360, ("walls",)),
    "plaster": (480, ("windows", "wiring", "plumbing")),
    "paint": (240, ("plaster", "roof")),
    "handover": (0, ("paint",)),
}
"""Minutes of work, and what each task waits for: 5,280 minutes in all, of which 4,020 in a row."""

CRITICAL = ["survey", "permit", "foundation", "walls", "plumbing", "plaster", "paint", "handover"]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> int:
        return self.at


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in os.environ if one.startswith("VESPERA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def clock() -> Clock:
    """The clock of the test."""
    return Clock()


def opened(store: str, folder: Path, clock: Clock) -> Vespera:
    """An empty ledger of ann's with the project mem."""
    if store == "memory":
        return Vespera.in_memory(actor="ann", clock=clock)
    init_workspace(folder, prefix="mem", actor="ann", clock=clock)
    return Vespera.open(folder, actor="ann", clock=clock)


def build(ledger: Vespera) -> Vespera:
    """Put the plan of the house into a ledger."""
    for task_id, (minutes, needs) in HOUSE.items():
        ledger.tasks.create_task(
            task_id.capitalize(), task_id=task_id, estimate_minutes=minutes, depends_on=needs, role="builder"
        )
    return ledger


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Vespera]:
    """An empty ledger on each store."""
    with opened(request.param, tmp_path, clock) as found:
        yield found


@pytest.fixture
def house(clock: Clock) -> Iterator[Vespera]:
    """The plan of a house, nothing of it begun."""
    with Vespera.in_memory(actor="ann", clock=clock) as found:
        yield build(found)
