"""Installing: whatever stands there stays, twice is once, and what is taken out leaves no trace."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.guard import githook, settings
from vespera_core.errors import Conflict, InvalidInput, Unsupported

COMMAND = settings.command("vespera", None)
OTHERS: dict[str, Any] = {
    "model": "é",
    "hooks": {
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}],
        "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "check"}]}],
    },
    "unknown": {"z": 1, "a": [None]},
}


def file_of(root: Path, content: Any = None, indent: int = 4) -> Path:
    path = root / settings.FILE
    path.parent.mkdir(exist_ok=True)
    if content is not None:
        path.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def test_settings_of_others_stay_as_they_are(tmp_path: Path) -> None:
    path = file_of(tmp_path, OTHERS)
    before = path.read_text(encoding="utf-8")
    changed, backup = settings.install(tmp_path, COMMAND)
    assert changed
    assert backup is not None
    assert backup.read_text(encoding="utf-8") == before
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["hooks"]["PreToolUse"].pop() == {"matcher": "*", "hooks": [{"type": "command", "command": COMMAND}]}
    assert found == OTHERS
    assert list(found) == list(OTHERS)
    assert settings.remove(tmp_path)
    assert path.read_text(encoding="utf-8") == before


def test_twice_is_once_and_another_command_takes_the_place(tmp_path: Path) -> None:
    assert settings.state(tmp_path, COMMAND) == "absent"
    assert settings.install(tmp_path, COMMAND) == (True, None)
    assert settings.install(tmp_path, COMMAND) == (False, None)
    other = settings.command("vespera", "tester")
    assert settings.state(tmp_path, other) == "outdated"
    assert settings.install(tmp_path, other) == (True, None)
    assert file_of(tmp_path).read_text().count("guard hook") == 1
    assert settings.remove(tmp_path)
    assert not settings.remove(tmp_path)
    assert json.loads(file_of(tmp_path).read_text()) == {}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 1, "a": 2}', '{"hooks": []}', '{"hooks": {"PreToolUse": [1]}}', "// x"]
)
def test_settings_that_cannot_be_kept_whole_are_not_touched(tmp_path: Path, text: str) -> None:
    path = file_of(tmp_path)
    path.write_text(text)
    with pytest.raises(InvalidInput):
        settings.install(tmp_path, COMMAND)
    assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_settings_behind_a_link_are_written_where_they_are(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    real.chmod(0o600)
    file_of(tmp_path).symlink_to(real)
    settings.install(tmp_path, COMMAND)
    assert file_of(tmp_path).is_symlink()
    assert "guard hook" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600


def test_a_missing_program_refuses(tmp_path: Path) -> None:
    command = settings.command(str(tmp_path / "no such vespera"), "te'st")
    assert subprocess.run(["sh", "-c", command], capture_output=True).returncode == 2


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_a_hook_that_is_there_runs_first_and_comes_back(repository: Path) -> None:
    path = githook.hook_file(repository)
    path.write_text("#!/bin/sh\necho first >&2\nexit 3\n")
    path.chmod(0o755)
    before = path.read_text()
    text = githook.script("/bin/echo", repository, None)
    changed, kept = githook.install(path, text)
    assert changed
    assert kept is not None
    assert kept.read_text() == before
    done = subprocess.run([path], capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout) == (3, "first\n", "")
    assert githook.install(path, text) == (False, None)
    assert githook.remove(path)
    assert path.read_text() == before
    assert path.stat().st_mode & 0o111
    assert not githook.remove(path)


def test_a_kept_hook_is_never_overwritten(repository: Path) -> None:
    path = githook.hook_file(repository)
    path.with_name(githook.KEPT).write_text("older")
    path.write_text("newer")
    with pytest.raises(Conflict):
        githook.install(path, githook.script("x", repository, None))
    assert path.read_text() == "newer"


def test_the_hooks_folder_of_the_repository_is_respected(repository: Path) -> None:
    subprocess.run(["git", "config", "core.hooksPath", ".hooks"], cwd=repository, check=True)
    assert githook.hook_file(repository) == repository / ".hooks" / "pre-commit"


def test_hooks_that_others_share_are_left_alone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    shared = tmp_path_factory.mktemp("shared")
    subprocess.run(["git", "config", "core.hooksPath", shared], cwd=repository, check=True)
    with pytest.raises(Unsupported):
        githook.hook_file(repository)
