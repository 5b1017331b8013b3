"""A tree of traps for each module, and the guard at its root."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.guard.support import guard_at, make_tree
from vespera_core.app.guard.decision import Guard


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("guard").resolve())


@pytest.fixture(scope="module")
def guard(root: Path) -> Iterator[Guard]:
    made = guard_at(root)
    yield made
    made.root.close()
