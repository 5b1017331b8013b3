"""A workspace and a real server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.api.live.support import Running, serving
from vespera_core.app.application import Vespera, init_workspace


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    """A workspace of ann's."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened


@pytest.fixture
def server(ledger: Vespera) -> Iterator[Running]:
    """An open server over it."""
    with serving(ledger) as running:
        yield running
