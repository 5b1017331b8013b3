"""Fixtures of a whole run: a quick disk, and an empty workspace to be copied. They bear the prefix of the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def vespera_scratch() -> Iterator[Path]:
    """A quick disk for stores that live as long as one test."""
    from vespera_testkit.world.scratch import scratch_folder

    with scratch_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def vespera_template(vespera_scratch: Path) -> Path:
    """A migrated, empty workspace on the default store, to be copied."""
    from vespera_testkit.world.ledgers import make_template

    return make_template(vespera_scratch / "template")


@pytest.fixture(scope="module")
def vespera_kept() -> Iterator[dict[str, Any]]:
    """What is dear to open, by a name: kept for all rules of a module, and closed behind them."""
    held: dict[str, Any] = {}
    yield held
    for one in held.values():
        one.close()
