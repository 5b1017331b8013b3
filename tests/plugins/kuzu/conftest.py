"""Fixtures of the suites on the graph."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.kuzu.support import opened
from vespera_kuzu.graph import KuzuGraph


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches the graph."""
    for name in [one for one in os.environ if one.startswith("VESPERA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, as the core makes one."""
    place = tmp_path / "g1"
    place.mkdir()
    return place


@pytest.fixture
def graph(folder: Path) -> Iterator[KuzuGraph]:
    """An empty graph."""
    opening = opened(folder)
    yield opening
    opening.close()
