"""A process that is killed while it writes loses nothing that was acknowledged, and leaves no damage."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from plugins.chroma.support import batch_of, exact, ids, name_of, opened
from plugins.chroma.writer import BATCH, VECTORS
from reliability.support.dose import dose, rng_of

TESTS = Path(__file__).parents[2]


def killed(folder: Path, start: int, rng: Random) -> int:
    """Feed the index from another process for a while, then kill it; answers the last batch it told of."""
    with subprocess.Popen(
        [sys.executable, "-m", "plugins.chroma.writer", str(folder), str(start)], stdout=subprocess.PIPE, text=True,
        cwd=TESTS, env={**os.environ, "PYTHONPATH": str(TESTS)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        last = int(process.stdout.readline())
        for _ in range(rng.randrange(25)):
            last = int(process.stdout.readline())
        time.sleep(rng.random() * 0.02)
        process.kill()
        for line in process.stdout:
            last = int(line) if line.endswith("\n") else last
    return last


def told_by(last: int) -> dict[str, int]:
    """The versions that must be there at least, once batch `last` was acknowledged."""
    versions: dict[str, int] = {}
    for number in range(last + 1):
        for offset in range(BATCH):
            versions[name_of((number * BATCH + offset) % len(VECTORS))] = number + 1
    return versions


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_nothing_acknowledged_is_lost(folder: Path, filled: bool) -> None:
    rng = rng_of(f"kill-{filled}")
    index = opened(folder)
    if filled:
        index.load(iter(batch_of(VECTORS, version=0)))
    index.close()
    start = 0
    for _ in range(dose(1, 20)):
        last = killed(folder, start, rng)
        index = opened(folder)
        held = index.versions()
        assert all(held.get(one, -1) >= version for one, version in told_by(last).items())
        assert [one for one in index.check() if one.severity == "damage"] == []
        if len(held) == len(VECTORS):
            assert ids(index.nearest(VECTORS[5], 10)) == exact(VECTORS, VECTORS[5], 10)
        index.close()
        start = last + 1
