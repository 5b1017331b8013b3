"""T5: whatever happens to the files and to the process that writes them, it is found out, or harmless."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from plugins.kuzu.support import TESTS, Truth, assert_same, chain, opened, projected, python
from plugins.kuzu.writer import batch_of
from reliability.support.dose import DEEP, dose, rng_of
from vespera_core.errors import EngineFault
from vespera_core.ports.projection import Projected
from vespera_kuzu.manifest import REBUILD

Damage = Callable[[Path, Random], None]

READ = """
import sys
from pathlib import Path
from plugins.kuzu.support import Truth, assert_same, opened
from plugins.kuzu.test_damage import ledger
from vespera_core.errors import EngineFault
try:
    graph = opened(Path(sys.argv[1]))
    faults = graph.check()
    versions = graph.versions()
    same = graph.structure() == Truth(ledger()).structure()
    ways = [graph.reach([f"c{n:05}"], "prerequisites") for n in (0, 100)]
    graph.close()
except EngineFault as error:
    print("refused:", error.message, error.next)
else:
    wrong = versions != Truth(ledger()).versions()
    print("found" if faults or wrong else "same" if same and [len(one) for one in ways] == [299, 199] else "WRONG")
"""


def ledger() -> list[Projected]:
    """What the graphs of this suite hold: a load, then changes that are still in the write-ahead log."""
    truth = Truth(chain(300))
    truth.apply(changes(), [])
    return list(truth.live.values())


def changes() -> list[Projected]:
    return [projected(f"x{n}", f"c{n:05}", version=2, role="dev") for n in range(20)]


FILL = """
import os, sys
from pathlib import Path
from plugins.kuzu.support import chain, opened
from plugins.kuzu.test_damage import changes
graph = opened(Path(sys.argv[1]))
graph.load(chain(300))
for one in changes():
    graph.apply([one], [])
if sys.argv[2] == "closed":
    graph.close()
os._exit(0)
"""


@pytest.fixture(scope="module", params=["closed", "killed"])
def intact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a graph, after closing, and as a process that was killed leaves them."""
    folder = tmp_path_factory.mktemp(request.param) / "g1"
    folder.mkdir()
    done = python(FILL, str(folder), request.param)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def copies(intact: Path, tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """Fresh copies of these files."""
    count = iter(range(10**9))

    def copy() -> Path:
        return Path(shutil.copytree(intact, tmp_path / f"copy{next(count)}"))

    return copy


def verdict(folder: Path) -> str:
    """What a fresh process makes of the files; a crash is what the core's child processes are for."""
    try:
        done = python(READ, str(folder), seconds=60)
    except subprocess.TimeoutExpired:
        return "hangs"
    return done.stdout.strip() if done.returncode == 0 else f"crashed: {done.returncode} {done.stderr[-300:]}"


def gone(path: Path, _: Random) -> None:
    path.unlink()


def emptied(path: Path, _: Random) -> None:
    path.write_bytes(b"")


def cut(path: Path, rng: Random) -> None:
    path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size or 1)])


def flipped(path: Path, rng: Random) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)


def overwritten(path: Path, rng: Random) -> None:
    path.write_bytes(rng.randbytes(path.stat().st_size))


def stranger(path: Path, _: Random) -> None:
    (path.parent / "graph.kuzu.wal").write_bytes(b"not a log")


def test_the_files_as_they_are(copies: Callable[[], Path]) -> None:
    assert verdict(copies()) == "same"


@pytest.mark.parametrize("damage", [gone, emptied, cut, flipped, overwritten, stranger])
def test_damage_is_found_or_harmless(copies: Callable[[], Path], intact: Path, damage: Damage) -> None:
    rng = rng_of(f"{damage.__name__}-{intact.parent.name}")
    rounds = 1 if damage in (gone, emptied, stranger) else dose(1, 40)
    for name in sorted(path.name for path in intact.iterdir()):
        for _ in range(rounds):
            folder = copies()
            damage(folder / name, rng)
            found = verdict(folder)
            assert found in ("same", "found") or (found.startswith("refused:") and "vespera rebuild graph" in found), (
                f"{damage.__name__} of {name}: {found}"
            )
            shutil.rmtree(folder)


def test_a_graph_that_is_gone_is_empty_and_says_so(copies: Callable[[], Path]) -> None:
    folder = copies()
    shutil.rmtree(folder)
    assert verdict(folder) == "found"


def test_an_older_file_is_found_out(tmp_path: Path) -> None:
    """Somebody puts an older copy of the file back, which the engine takes without a word."""
    folder = tmp_path / "g1"
    graph = opened(folder)
    graph.load(chain(10))
    graph.close()
    older = (folder / "graph.kuzu").read_bytes()
    graph = opened(folder)
    graph.apply([projected("x")], [])
    graph.close()
    (folder / "graph.kuzu").write_bytes(older)
    with pytest.raises(EngineFault, match="not as it was written"):
        opened(folder)


def test_a_new_folder_brings_it_back(copies: Callable[[], Path], tmp_path: Path) -> None:
    """What the core does on `vespera rebuild graph`: it fills a folder beside the damaged one."""
    folder = copies()
    overwritten(folder / "graph.kuzu", Random(1))
    with pytest.raises(EngineFault):
        opened(folder)
    graph = opened(tmp_path / "g2")
    assert graph.load(ledger()) == 320
    assert_same(graph, Truth(ledger()))
    graph.close()


# ---------------------------------------------------------------- kill -9


def killed(folder: Path, mode: str, start: int, rng: Random) -> int:
    """Feed the graph from another process for a while, then kill it; answers the last batch it told of."""
    with subprocess.Popen(
        [sys.executable, "-m", "plugins.kuzu.writer", str(folder), mode, str(start)], stdout=subprocess.PIPE,
        text=True, cwd=TESTS, env={**os.environ, "PYTHONPATH": str(TESTS)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        last = int(process.stdout.readline())
        for _ in range(rng.randrange(4)):
            last = int(process.stdout.readline())
        time.sleep(rng.random() * 0.3)
        process.kill()
        for line in process.stdout:
            last = int(line) if line.endswith("\n") else last
    return last


def test_what_was_acknowledged_is_there_after_a_kill(folder: Path) -> None:
    """The graph is exactly as after the last batch, or after the one that was under way."""
    rng, last = rng_of("kill-apply"), 0
    for _ in range(dose(4, 40)):
        last = killed(folder, "apply", last, rng)
        graph = opened(folder)
        reached = max(graph.versions().values())
        assert reached in (last, last + 1)
        truth = Truth()
        for number in range(1, reached + 1):
            truth.apply(*batch_of(number))
        assert_same(graph, truth)
        last = reached
        graph.close()


def test_a_load_that_was_killed_is_refused(tmp_path: Path) -> None:
    rng, start = rng_of("kill-load"), 0
    for _ in range(dose(2, 20)):
        last = killed(tmp_path, "load", start, rng)
        graph = opened(tmp_path / f"g{last}")
        assert len(graph.reach(["t2999"], "prerequisites")) == 2999
        graph.close()
        if (tmp_path / f"g{last + 1}").exists():
            assert held_or_told(tmp_path / f"g{last + 1}") in (0, 3000, REBUILD)
        start = last + 2


def held_or_told(folder: Path) -> int | str:
    """How many tasks a graph holds, or what is to be done about it."""
    try:
        graph = opened(folder)
    except EngineFault as error:
        return error.next
    count = len(graph.versions())
    graph.close()
    return count


@pytest.mark.skipif(not DEEP, reason="takes minutes; runs with VESPERA_DEEP=1")
def test_a_large_ledger_is_filled_anew(folder: Path) -> None:
    graph = opened(folder)
    graph.load(projected(f"t{n}", *(f"t{n - k}" for k in (1, 7, 90) if n >= k)) for n in range(100_000))
    assert graph.reach(["t99999"], "prerequisites", 1) == {"t99909": 1, "t99992": 1, "t99998": 1}
    graph.close()
