"""Fixtures of the suites on Chroma."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.chroma.support import opened


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches Chroma."""
    for name in [one for one in os.environ if one.startswith(("VESPERA_", "CHROMA_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, as the core makes one."""
    place = tmp_path / "g1"
    place.mkdir()
    return place


@pytest.fixture
def index(folder: Path) -> Iterator[Any]:
    """An empty index."""
    opening = opened(folder)
    yield opening
    opening.close()
