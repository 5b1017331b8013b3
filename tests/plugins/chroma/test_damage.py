"""Damaged files are found or do no harm, whichever file it is and wherever the damage lies; a rebuild heals."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from plugins.chroma.support import batch_of, exact, matrix, name_of, opened, projected
from reliability.support.dose import DEEP, rng_of
from vespera_core.errors import EngineFault

TESTS = Path(__file__).parents[2]
VECTORS = matrix(400)
QUESTIONS = matrix(5, seed=9)
VERSIONS = {name_of(number): 2 if number < 20 else 1 for number in range(400)}
FLIPS = 40 if DEEP else 4
"""How often a byte of each file is changed, each time another one."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that was filled in one go and changed a little since, closed."""
    folder = tmp_path_factory.mktemp("sound")
    index = opened(folder)
    index.load(iter(batch_of(VECTORS[:380])))
    index.apply(batch_of(VECTORS)[380:], [])
    index.apply([projected(number, VECTORS[number], version=2) for number in range(20)], [])
    index.close()
    return folder


@pytest.fixture(scope="module")
def nursery() -> Iterator[Callable[[Path], dict[str, Any]]]:
    """Tries a folder in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "plugins.chroma.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=TESTS, env={**os.environ, "PYTHONPATH": str(TESTS)}, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout
        stdin.write(json.dumps(QUESTIONS.tolist()) + "\n")

        def become(folder: Path) -> dict[str, Any]:
            stdin.write(f"{folder}\n")
            stdin.flush()
            told: dict[str, Any] = json.loads(stdout.readline())
            return told

        yield become
        stdin.close()


def deleted(path: Path, _rng: Random) -> None:
    path.unlink()


def emptied(path: Path, _rng: Random) -> None:
    os.truncate(path, 0)


def halved(path: Path, _rng: Random) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flipped(path: Path, rng: Random) -> None:
    data = bytearray(path.read_bytes())
    place = rng.randrange(len(data)) if data else 0
    data[place : place + 1] = bytes([(data[place] if data else 0) ^ 1 << rng.randrange(8)])
    path.write_bytes(data)


def verdict(told: dict[str, Any]) -> str:
    """``detected``, ``harmless``, or what went wrong unseen."""
    if "error" in told:
        return "detected"
    if told["damage"] or told["versions"] != VERSIONS:
        return "detected"
    wanted = [exact(VECTORS, asked, 10) for asked in QUESTIONS]
    return "harmless" if told["found"] == wanted else f"silently wrong: {told['found']}"


def files_of(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def test_the_sound_index_is_sound(sound: Path, nursery: Callable[[Path], dict[str, Any]]) -> None:
    told = nursery(sound)
    assert told.get("damage") == [], told
    assert told["versions"] == VERSIONS
    assert verdict(told) == "harmless"


@pytest.mark.parametrize("harm", [deleted, emptied, halved, flipped], ids=lambda harm: harm.__name__)
def test_every_file_may_be_damaged(
    sound: Path, nursery: Callable[[Path], dict[str, Any]], tmp_path: Path, harm: Callable[[Path, Random], None]
) -> None:
    rng = rng_of(harm.__name__)
    outcomes: dict[str, str] = {}
    for file in files_of(sound):
        for attempt in range(FLIPS if harm is flipped else 1):
            folder = tmp_path / f"{file.name}-{attempt}"
            shutil.copytree(sound, folder)
            harm(folder / file, rng)
            outcomes[f"{file.name} {attempt}"] = verdict(nursery(folder))
            shutil.rmtree(folder)
    assert len(files_of(sound)) == 7
    assert set(outcomes.values()) <= {"detected", "harmless"}, outcomes
    if harm is not flipped:
        assert set(outcomes.values()) == {"detected"}, outcomes


def test_a_folder_that_was_emptied_holds_nothing(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "g1"
    folder.mkdir()
    index = opened(folder)
    assert index.versions() == {}
    index.load(iter(batch_of(VECTORS)))
    assert len(index.versions()) == 400
    index.close()


# ---------------------------------------------------------------- damage planted in the engine's own tables


def planted(sound: Path, folder: Path, statement: str, *values: Any) -> Any:
    """The index of a folder in whose database a statement has run."""
    shutil.copytree(sound, folder, dirs_exist_ok=True)
    database = sqlite3.connect(folder / "chroma" / "chroma.sqlite3")
    assert database.execute(statement, values).rowcount > 0
    database.commit()
    database.close()
    return opened(folder)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE embedding_metadata SET string_value = 'q' WHERE key = 'project' AND id = 7",
        "UPDATE embedding_metadata SET bool_value = 0 WHERE key = 'open' AND id = 7",
        "UPDATE embedding_metadata SET string_value = '9' || substr(string_value, 2) WHERE key = 'seal' AND id = 7",
        "DELETE FROM embedding_metadata WHERE key = 'type' AND id = 7",
        "DELETE FROM embedding_metadata WHERE id = 7",
        "UPDATE embeddings SET embedding_id = 'p-77777' WHERE id = 7",
    ],
)
def test_a_changed_row_does_not_fit_its_seal(sound: Path, folder: Path, statement: str) -> None:
    index = planted(sound, folder, statement)
    with pytest.raises(EngineFault, match=r"row of p-\d+ is damaged"):
        index.versions()
    index.close()


def test_a_row_that_is_gone_shows(sound: Path, folder: Path) -> None:
    index = planted(sound, folder, "DELETE FROM embeddings WHERE embedding_id = 'p-00033'")
    assert "p-00033" not in index.versions()
    index.close()


def test_a_changed_vector_in_the_log_shows(sound: Path, folder: Path) -> None:
    index = planted(sound, folder, "UPDATE embeddings_queue SET vector = zeroblob(128) WHERE id = 'p-00390'")
    assert [one.severity for one in index.check()] == ["damage"]
    assert "p-00390" in index.check()[0].message
    index.close()


def test_a_log_that_lost_a_line_shows(sound: Path, folder: Path) -> None:
    try:
        index = planted(sound, folder, "DELETE FROM embeddings_queue WHERE id = 'p-00390'")
    except EngineFault:
        return
    assert [one.severity for one in index.check()] == ["damage"]
    index.close()


def test_a_file_that_is_damaged_while_the_index_is_open_shows(sound: Path, folder: Path) -> None:
    shutil.copytree(sound, folder, dirs_exist_ok=True)
    index = opened(folder)
    assert index.check() == []
    flipped(next(folder.rglob("data_level0.bin")), Random(1))
    found = index.check()
    assert [(one.check, one.severity) for one in found] == [("files", "damage")]
    assert "data_level0.bin is damaged" in found[0].message
    assert "vespera rebuild vectors" in found[0].message
    index.close()


def test_changes_never_touch_the_sealed_files(sound: Path, folder: Path) -> None:
    shutil.copytree(sound, folder, dirs_exist_ok=True)
    before = {path.name: path.read_bytes() for path in folder.rglob("*.bin")}
    index = opened(folder)
    for version in range(3, 8):
        index.apply(batch_of(VECTORS, version=version), [])
    index.close()
    assert {path.name: path.read_bytes() for path in folder.rglob("*.bin")} == before
    again = opened(folder)
    assert set(again.versions().values()) == {7}
    assert [one for one in again.check() if one.severity == "damage"] == []
    again.close()
