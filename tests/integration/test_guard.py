"""The guard where work happens: the console script, a client's messages, and a real git repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import VESPERA

Type = Callable[..., Any]
Done = subprocess.CompletedProcess[str]

ROLE = """\
name: checker
files:
  edit:
    allow: ["tests/**"]
    deny: ["tests/fixed/"]
tools:
  deny: ["Web*"]
restrictions:
  max_file_changes: 3
"""


@pytest.fixture
def work(tmp_path: Path, typed: Type) -> Path:
    """A workspace that is a git repository, with a role and some files in the first commit."""
    typed("init", cwd=tmp_path)
    (tmp_path / ".vespera" / "roles").mkdir()
    (tmp_path / ".vespera" / "roles" / "checker.yaml").write_text(ROLE)
    for name in ("tests/a.py", "tests/fixed/f.py", "src/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "tests", "src")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def git(folder: Path, *words: str, code: int = 0, **settings: str) -> Done:
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, env=settings or None)
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done


def hook(folder: Path, surroundings: dict[str, str], message: Any, *words: str, **settings: str) -> Done:
    data = message if isinstance(message, str) else json.dumps(message)
    return subprocess.run(
        [VESPERA, "guard", "hook", "claude-code", *words], input=data, cwd=folder, env=surroundings | settings,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def edit(folder: Path, name: str, tool: str = "Edit") -> dict[str, Any]:
    return {
        "session_id": "s", "cwd": str(folder), "hook_event_name": "PreToolUse", "tool_name": tool,
        "tool_input": {"file_path": str(folder / name)},
    }  # fmt: skip


def test_check_answers_with_the_rule(work: Path, typed: Type) -> None:
    said = typed("guard", "check", "--role", "checker", "--tool", "Edit", "--path", "tests/a.py", cwd=work)
    assert (said["allowed"], said["rule"], said["pattern"], said["place"]) == (
        True, "edit.allow", "tests/**", "tests/a.py",
    )  # fmt: skip
    done = subprocess.run(
        [VESPERA, "guard", "check", "--role", "checker", "--path", "../src/x.py"], cwd=work / "tests",
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "edit.allow" in done.stdout
    assert typed("guard", "check", "--role", "nobody", "--path", "x", cwd=work, code=3)
    assert typed("guard", "check", "--path", "x", cwd=work, code=3)["code"] == "not_found"


def test_the_hook_speaks_to_the_client(work: Path, surroundings: dict[str, str]) -> None:
    allowed = hook(work, surroundings, edit(work, "tests/b.py"), "--role", "checker")
    assert (allowed.returncode, allowed.stdout, allowed.stderr) == (0, "", "")
    refused = hook(work, surroundings, edit(work, "src/x.py"), VESPERA_ROLE="checker")
    assert (refused.returncode, refused.stderr) == (0, "")
    answer = json.loads(refused.stdout)["hookSpecificOutput"]
    assert answer["permissionDecision"] == "deny"
    assert "src/x.py" in answer["permissionDecisionReason"]
    for message, words in (("{", ("--role", "checker")), (edit(work, "tests/b.py"), ("--role", "nobody"))):
        broken = hook(work, surroundings, message, *words)
        assert (broken.returncode, broken.stdout) == (2, "")
        assert "nothing is allowed" in broken.stderr


def test_the_role_of_the_task_in_hand_is_in_force(work: Path, typed: Type, surroundings: dict[str, str]) -> None:
    assert "No role is in force" in hook(work, surroundings, edit(work, "tests/b.py")).stdout
    typed("create", "Test it", "--role", "checker", cwd=work)
    typed("claim", cwd=work)
    assert hook(work, surroundings, edit(work, "tests/b.py")).stdout == ""
    assert "src/x.py" in hook(work, surroundings, edit(work, "src/x.py")).stdout


def test_a_changed_role_counts_at_once(work: Path, surroundings: dict[str, str]) -> None:
    import time

    time.sleep(2.1)  # what changed a moment ago is not kept
    for _ in range(2):
        assert hook(work, surroundings, edit(work, "src/x.py"), "--role", "checker").stdout
    assert list((work / ".vespera" / "kept").iterdir())
    (work / ".vespera" / "roles" / "checker.yaml").write_text(ROLE.replace("tests/**", "src/**"))
    assert hook(work, surroundings, edit(work, "src/x.py"), "--role", "checker").stdout == ""


def test_git_refuses_what_the_role_may_not_change(work: Path, typed: Type, surroundings: dict[str, str]) -> None:
    typed("guard", "install", "pre-commit", "--role", "checker", cwd=work)
    (work / "tests" / "b.py").write_text("2\n")
    git(work, "add", "tests/b.py")
    git(work, "commit", "-qm", "inside", **surroundings)
    (work / "src" / "y.py").write_text("2\n")
    git(work, "add", "src/y.py")
    refused = git(work, "commit", "-qm", "outside", code=1, **surroundings)
    assert "src/y.py" in refused.stdout + refused.stderr
    assert git(work, "log", "--format=%s").stdout.split() == ["inside", "first"]
    typed("guard", "install", "pre-commit", "--remove", cwd=work)
    git(work, "commit", "-qm", "outside", **surroundings)


def moved(work: Path) -> None:
    git(work, "mv", "src/x.py", "tests/x.py")


def mode(work: Path) -> None:
    (work / "src" / "x.py").chmod(0o755)
    git(work, "add", "-u")


def deleted(work: Path) -> None:
    git(work, "rm", "-q", "tests/fixed/f.py")


def linked(work: Path) -> None:
    (work / "tests" / "l").symlink_to("../src/x.py")
    git(work, "add", "tests/l")


def linked_out(work: Path) -> None:
    (work / "tests" / "l").symlink_to("/etc/passwd")
    git(work, "add", "tests/l")


def module(work: Path) -> None:
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor")


def many(work: Path) -> None:
    for number in range(4):
        (work / "tests" / f"n{number}.py").write_text("1\n")
    git(work, "add", "tests")


@pytest.mark.parametrize("change", [moved, mode, deleted, linked, linked_out, module, many])
def test_every_kind_of_change_is_seen(work: Path, change: Callable[[Path], None], surroundings: dict[str, str]) -> None:
    change(work)
    done = subprocess.run(
        [VESPERA, "guard", "diff", "--role", "checker", "--staged", "--json"], cwd=work, env=surroundings,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    answer = json.loads(done.stdout)["data"]
    assert not answer["allowed"]
    assert answer["reasons"]


def test_a_branch_is_judged_from_where_it_began(work: Path, typed: Type) -> None:
    git(work, "branch", "-M", "main")
    git(work, "checkout", "-qb", "mine")
    (work / "tests" / "new.py").write_text("1\n")
    git(work, "add", "tests")
    git(work, "commit", "-qm", "mine")
    git(work, "checkout", "-q", "main")
    (work / "src" / "x.py").write_text("2\n")
    git(work, "commit", "-qam", "theirs")
    git(work, "checkout", "-q", "mine")
    (work / "tests" / "untracked.py").write_text("1\n")
    said = typed("guard", "diff", "--role", "checker", "--base", "main", cwd=work)
    assert [one["path"] for one in said["files"]] == ["tests/new.py", "tests/untracked.py"]
    assert typed("guard", "diff", "--role", "checker", "--base", "-x", cwd=work, code=2)["field"] == "base"


def test_a_linked_working_tree_is_judged_like_the_root(
    work: Path, typed: Type, surroundings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    typed("guard", "install", "pre-commit", "--role", "checker", cwd=work)
    other = tmp_path_factory.mktemp("linked") / "tree"
    git(work, "worktree", "add", "-q", str(other))
    (other / "tests" / "b.py").write_text("2\n")
    git(other, "add", ".")
    git(other, "commit", "-qm", "inside", **surroundings)
    (other / "src" / "b.py").write_text("2\n")
    git(other, "add", ".")
    git(other, "commit", "-qm", "outside", code=1, **surroundings)
