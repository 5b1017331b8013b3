"""Broken surroundings end with exit code 5 and a safe next step; a backup comes back where a store is missing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the store lies."""
    return tmp_path / ".vespera" / "vespera.db"


def _gone(store: Path) -> None:
    for path in store.parent.glob("vespera.db*"):
        path.unlink()


def _garbage(store: Path) -> None:
    _gone(store)
    store.write_bytes(b"garbage " * 1000)


def _truncated(store: Path) -> None:
    data = store.read_bytes()
    _gone(store)
    store.write_bytes(data[: len(data) // 2])


def _empty(store: Path) -> None:
    _gone(store)
    store.write_bytes(b"")


def _newer(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize("damage", [_gone, _garbage, _truncated, _empty, _newer])
def test_a_store_that_is_not_right(
    v: Any, make: Callable[..., str], store: Path, damage: Callable[[Path], None]
) -> None:
    make("One")
    damage(store)
    before = store.read_bytes() if store.exists() else None
    for words in (("list",), ("create", "Two"), ("doctor",)):
        refused = v(*words)
        assert refused.code == 5
        assert refused.error["code"].startswith("store")
    assert (store.read_bytes() if store.exists() else None) == before


def test_no_workspace(terminal: Any) -> None:
    for words in (("list",), ("create", "X"), ("config", "get"), ("backup", "b.db")):
        refused = terminal(*words, "--json")
        assert (refused.code, refused.error["code"]) == (5, "no_workspace")


@pytest.mark.parametrize(
    "text", ["[vespera", "[colours]\nred = 1\n", "[vespera]\ncolour = 1\n", "[vespera]\nstorage = 5\n"]
)
def test_a_configuration_that_is_not_right(v: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / ".vespera" / "config.toml").write_text(text)
    assert v("list").error["code"] == "config"
    assert v("list").code == 5


def test_a_store_that_is_not_installed(v: Any) -> None:
    refused = v("list", "--storage", "papyrus")
    assert (refused.code, refused.error["code"]) == (5, "plugin")
    assert "install" in refused.error["next"].lower()


def test_an_internal_fault_is_no_traceback(v: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from vespera_core.app.application import Vespera

    def broken(*_arguments: Any, **_more: Any) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(Vespera, "call", broken)
    refused = v("list")
    assert (refused.code, refused.error["code"]) == (5, "internal")
    assert "Traceback" not in refused.err
    monkeypatch.setenv("VESPERA_DEBUG", "1")
    assert "Traceback" in v("list").err


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[Path]:
    """A folder that cannot be written, by mode or, for root, by attribute."""
    folder = tmp_path / "frozen"
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        yield folder
        folder.chmod(stat.S_IRWXU)
        return
    try:
        frozen = subprocess.run(["chattr", "+i", folder], capture_output=True).returncode == 0
    except FileNotFoundError:
        frozen = False
    if not frozen:
        pytest.skip("root writes everywhere, and chattr is not available here")
    yield folder
    subprocess.run(["chattr", "-i", folder], check=True)


def test_a_folder_that_cannot_be_written(terminal: Any, frozen: Path) -> None:
    assert terminal("init", str(frozen), "--json").code == 5


# ---------------------------------------------------------------- backups


@pytest.fixture
def backed(v: Any, make: Callable[..., str], tmp_path: Path) -> Path:
    """A backup of a workspace with one task."""
    make("Precious")
    v("backup", "copy.db")
    return tmp_path / "copy.db"


@pytest.mark.parametrize("damage", [_gone, _garbage, _truncated, _empty])
def test_a_backup_comes_back(v: Any, backed: Path, store: Path, damage: Callable[[Path], None]) -> None:
    damage(store)
    was = store.read_bytes() if store.exists() else None
    answer = v("restore-backup", str(backed)).data
    assert answer["tasks"] == 1
    assert v("list").data["tasks"][0]["title"] == "Precious"
    assert v("doctor").data["healthy"] is True
    if was is None:
        assert answer["moved_aside"] is None
    else:
        assert Path(answer["moved_aside"]).name == "vespera.db.damaged-1"
        assert Path(answer["moved_aside"]).read_bytes() == was
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_lies_beside_a_lost_file_is_not_played_into_the_backup(v: Any, backed: Path, store: Path) -> None:
    _gone(store)
    wal = store.with_name("vespera.db-wal")
    wal.write_bytes(b"left over")
    v("restore-backup", str(backed))
    assert v("list").data["total"] == 1
    assert [path.read_bytes() for path in store.parent.glob("*leftover*")] == [b"left over"]


def test_a_backup_comes_back_where_everything_is_gone(terminal: Any, backed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    moved = backed.rename(other / "copy.db")
    (tmp_path / "fresh").mkdir()
    assert terminal("-C", "fresh", "restore-backup", str(moved), "--json").data["tasks"] == 1
    assert terminal("-C", "fresh", "create", "More", "--json").data["task"]["project_id"] == "t"


def test_a_store_in_use_is_never_replaced(v: Any, backed: Path, state: Any) -> None:
    before = state()
    refused = v("restore-backup", str(backed))
    assert (refused.code, refused.error["code"]) == (1, "refused")
    assert state() == before


def test_an_empty_workspace_takes_a_backup(terminal: Any, backed: Path, tmp_path: Path) -> None:
    terminal("init", "empty", "--prefix", "e")
    answer = terminal("-C", "empty", "restore-backup", str(backed), "--json").data
    assert Path(answer["moved_aside"]).name.startswith("vespera.db.empty-1")
    assert terminal("-C", "empty", "list", "--json").data["total"] == 1


@pytest.mark.parametrize("damage", ["garbage", "altered"])
def test_a_damaged_backup_is_not_used(v: Any, backed: Path, store: Path, damage: str) -> None:
    if damage == "garbage":
        backed.write_bytes(b"garbage " * 1000)
    else:
        with closing(sqlite3.connect(backed)) as connection:
            connection.execute("UPDATE task SET title = 'Forged'")
            connection.commit()
    _gone(store)
    refused = v("restore-backup", str(backed))
    assert (refused.code, refused.error["code"]) == (5, "store_corrupt")
    assert not store.exists()
    assert not list(store.parent.glob("*.restoring*"))


def test_a_backup_overwrites_nothing(v: Any, backed: Path) -> None:
    before = backed.read_bytes()
    assert v("backup", str(backed)).code == 1
    assert backed.read_bytes() == before
