"""What is kept of a role is used only while nothing it comes from has changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vespera_core.app.roles import kept

COMPILED = {"role": "coder", "any": [1]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "_SETTLE_NS", 0)
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles" / "coder.yaml").write_text("name: coder\n")
    (tmp_path / "elsewhere.yaml").write_text("name: base\n")
    assert kept.write(str(tmp_path), "coder", COMPILED, [str(tmp_path / "elsewhere.yaml")])
    assert kept.read(str(tmp_path), "coder") == COMPILED
    return tmp_path


def test_another_role_is_not_kept(folder: Path) -> None:
    assert kept.read(str(folder), "tester") is None


def test_a_changed_role_file_counts_even_with_its_old_time_and_size(folder: Path) -> None:
    file = folder / "roles" / "coder.yaml"
    before = file.stat()
    file.write_text("name: Coder\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert kept.read(str(folder), "coder") is None


@pytest.mark.parametrize("name", ["roles/other.yaml", "config.toml", "elsewhere.yaml"])
def test_every_source_counts(folder: Path, name: str) -> None:
    (folder / name).write_text("something: else\n")
    assert kept.read(str(folder), "coder") is None


def test_a_source_that_is_gone_counts(folder: Path) -> None:
    (folder / "elsewhere.yaml").unlink()
    assert kept.read(str(folder), "coder") is None


def test_the_environment_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESPERA_BLOCK", "roles")
    assert kept.read(str(folder), "coder") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 90_000, '{"surroundings": 1}'])
def test_a_damaged_file_is_passed_over(folder: Path, text: str) -> None:
    next((folder / kept.FOLDER).iterdir()).write_text(text)
    assert kept.read(str(folder), "coder") is None


def test_a_file_of_another_role_is_passed_over(folder: Path) -> None:
    file = next((folder / kept.FOLDER).iterdir())
    file.write_text(json.dumps(json.loads(file.read_text()) | {"compiled": {"role": "other"}}))
    assert kept.read(str(folder), "coder") is None


def test_nothing_is_kept_while_a_source_may_still_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_SETTLE_NS", 2_000_000_000)
    (folder / "roles" / "coder.yaml").write_text("name: again\n")
    assert not kept.write(str(folder), "coder", COMPILED, [])


def test_no_name_of_a_role_leads_elsewhere(folder: Path) -> None:
    assert kept.write(str(folder), "../../x", COMPILED | {"role": "../../x"}, [])
    assert all(file.parent == folder / kept.FOLDER for file in folder.rglob("*.json"))
