"""Fixtures of the reliability suites."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from reliability.support.dose import rng_of
from reliability.support.workspaces import copy_workspace, make_workspace


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches the ledgers under test."""
    for name in [one for one in os.environ if one.startswith("VESPERA_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace, to be copied."""
    return make_workspace(tmp_path_factory.mktemp("template"))


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Path:
    """A fresh workspace."""
    return copy_workspace(template, tmp_path / "workspace")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> Random:
    """Random numbers that ``VESPERA_SEED`` repeats."""
    return rng_of(request.node.name)
