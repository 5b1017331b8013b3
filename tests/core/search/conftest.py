"""Ledgers with a tiny model, on a clock of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support_embedder import HashEmbedder, use
from vespera_core.app.application import Vespera, init_workspace

NOW = 1_800_000_000_000_000
DAY = 86_400 * 1_000_000


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


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Vespera]:
    """A ledger of ann's with the project mem, on each store."""
    if request.param == "memory":
        opened = Vespera.in_memory(actor="ann", clock=clock)
    else:
        init_workspace(tmp_path, prefix="mem", actor="ann", clock=clock)
        opened = Vespera.open(tmp_path, actor="ann", clock=clock)
    with opened:
        yield use(opened, HashEmbedder())


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Path:
    """A workspace on disk, for several openings."""
    init_workspace(tmp_path, prefix="mem", actor="ann", clock=clock)
    return tmp_path
