"""The Python API of the guard, on a real workspace and a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.errors import InvalidInput, NotFound, Unsupported

ROLE = """\
description: Writes documents.
files:
  read: {deny: [private/]}
  edit: {allow: ["docs/**"]}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VESPERA_ROLE", raising=False)
    init_workspace(tmp_path, prefix="t", actor="ann")
    (tmp_path / ".vespera" / "roles").mkdir()
    (tmp_path / ".vespera" / "roles" / "writer.yaml").write_text(ROLE)
    return tmp_path


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def test_a_file_a_tool_or_both_are_judged(root: Path) -> None:
    with Vespera.open(root, actor="bot") as ledger:
        asked = ledger.guard.check
        assert asked("docs/a.md", tool="Edit", role="writer").allowed
        refused = asked("src/x.py", tool="Edit", role="writer")
        assert (refused.allowed, refused.rule, refused.role, refused.place) == (
            False, "edit.allow", "writer", "src/x.py",
        )  # fmt: skip
        assert asked("src/x.py", operation="read", role="writer").allowed
        assert not asked("private/x", tool="Read", role="writer").allowed
        assert asked(tool="Bash", role="writer").allowed
        with pytest.raises(NotFound, match="No role is in force"):
            asked("docs/a.md")
        with pytest.raises(InvalidInput, match="Neither a tool nor a file"):
            asked(role="writer")


def test_the_role_of_a_held_task_is_in_force(root: Path) -> None:
    with Vespera.open(root, actor="bot") as ledger:
        ledger.tasks.claim(ledger.tasks.create_task("Write it", role="writer").task_id)
        assert ledger.guard.check("docs/a.md").allowed
        assert not ledger.guard.check("src/x.py").allowed


def test_changes_are_judged_since_a_revision_or_as_they_are_staged(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    for name in ("docs/a.md", "src/x.py"):
        (root / name).parent.mkdir()
        (root / name).write_text("1\n")
    git(root, "add", "docs")
    with Vespera.open(root, actor="bot") as ledger:
        assert ledger.guard.diff(role="writer", staged=True).allowed
        whole = ledger.guard.diff(role="writer", base="HEAD")
        assert (whole.allowed, whole.changed) == (False, 2)
        assert [(one.path, one.allowed) for one in whole.files] == [("docs/a.md", True), ("src/x.py", False)]
        assert ledger.guard.diff().role is None
        with pytest.raises(InvalidInput, match="no revision"):
            ledger.guard.diff(role="writer", base="unknown")


def test_a_ledger_without_a_folder_guards_nothing() -> None:
    with Vespera.in_memory(actor="bot") as ledger, pytest.raises((Unsupported, NotFound)):
        ledger.guard.check("docs/a.md", role="writer")
