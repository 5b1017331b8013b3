"""The index where the core opens it: in a child process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.chroma.support import DIMENSION, MODEL, batch_of, exact, ids, matrix
from vespera_chroma.plugin import SETTINGS, open_index
from vespera_core.app.engines.child import Opening
from vespera_core.app.engines.isolation import isolated
from vespera_core.errors import EngineFault, Unsupported
from vespera_core.model.query import TaskQuery


@pytest.fixture
def far(folder: Path) -> Iterator[Any]:
    proxy = isolated(
        Opening(open_index, SETTINGS, str(folder), "vespera-far", DIMENSION, MODEL), "vectors", "chroma", None
    )
    yield proxy
    proxy.close()


def test_everything_crosses(far: Any) -> None:
    vectors = matrix(700)
    assert far.needs_vectors
    assert far.load(iter(batch_of(vectors[:600]))) == 600
    far.apply(batch_of(vectors)[600:], [])
    assert ids(far.nearest(vectors[650], 10, TaskQuery(open=True))) == exact(vectors, vectors[650], 10)
    assert (far.count(), len(far.versions()), far.check(), far.holds(["p-00001"])) == (700, 700, [], {"p-00001": 1})
    with pytest.raises(Unsupported):
        far.nearest(vectors[0], 3, TaskQuery(ready_at=1))


def test_a_child_that_was_killed_comes_back_with_everything(far: Any) -> None:
    vectors = matrix(100)
    far.apply(batch_of(vectors), [])
    os.kill(far.engine._process.pid, signal.SIGKILL)
    with pytest.raises(EngineFault):
        far.versions()
    assert len(far.versions()) == 100
    assert ids(far.nearest(vectors[7], 5)) == exact(vectors, vectors[7], 5)


def test_a_folder_that_is_refused_is_refused_here_too(far: Any, folder: Path) -> None:
    far.close()
    with pytest.raises(EngineFault, match="made for the model"):
        isolated(Opening(open_index, SETTINGS, str(folder), "vespera-far", DIMENSION, "other"), "vectors", "c", None)
