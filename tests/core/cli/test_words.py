"""What people and agents type by habit works; help says what there is."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from vespera_core.cli.root import ALIASES, TABLE


def test_aliases(v: Any) -> None:
    task = v("add", "One").data["task"]["task_id"]
    other = v("new", "Two").data["task"]["task_id"]
    assert v("ls").data["total"] == 2
    assert v("view", task[:4] if task[:4] != other[:4] else task).data["task"]["task_id"] == task
    assert v("done", task).data["tasks"][0]["status"] == "completed"
    assert v("close", other, "-m", "fine").data["tasks"][0]["close_reason"] == "fine"


@pytest.mark.parametrize("name", [*TABLE, *ALIASES])
def test_every_name_leads_to_a_command_that_explains_itself(name: str, terminal: Any) -> None:
    section, target, summary = TABLE[ALIASES.get(name, name)]
    module, _, attribute = target.partition(":")
    command = getattr(import_module(f"vespera_core.cli.commands.{module}"), attribute)
    assert isinstance(command, click.Command)
    shown = terminal(name, "--help")
    assert shown.code == 0
    assert summary.split(";")[0].split(":")[0].rstrip(".").split(",")[0] in " ".join(shown.out.split())
    assert section
    options = {word for parameter in command.params for word in parameter.opts}
    assert {"--json", "--actor", "-C"} <= options


WRITES = (
    "create", "claim", "heartbeat", "checkpoint", "release", "complete", "update", "start", "reopen", "cancel", "defer",
    "block", "delete", "restore", "comment", "link", "unlink", "undo", "import", "backup", "restore-backup", "init",
)  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_every_write_takes_an_idempotency_key(name: str) -> None:
    module, _, attribute = TABLE[name][1].partition(":")
    command = getattr(import_module(f"vespera_core.cli.commands.{module}"), attribute)
    assert any("--idempotency-key" in parameter.opts for parameter in command.params)


def test_help_is_grouped_and_is_what_comes_without_a_command(terminal: Any) -> None:
    bare = terminal()
    assert bare.code == 0
    assert bare.out == terminal("--help").out
    for word in ("Work:", "Looking:", "ready", "restore-backup"):
        assert word in bare.out
    assert terminal("--version").out.startswith("vespera 0.")


def test_common_options_stand_before_or_after(terminal: Any, tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    terminal("init", "deep", "--prefix", "d")
    before = terminal("--json", "-C", "deep", "--as", "bot", "create", "One").data["task"]
    after = terminal("create", "Two", "--actor", "bot", "-C", "deep", "--json").data["task"]
    assert before["created_by"] == after["created_by"] == "bot"
    assert terminal("-C", "deep/er", "list", "--json").error["code"] == "no_workspace"


def test_found_from_any_folder_below(v: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert v("list").data["total"] == 0


def test_the_actor_of_the_environment(v: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESPERA_ACTOR", "env-bot")
    assert v("create", "One").data["task"]["created_by"] == "env-bot"


def test_words_for_statuses(v: Any, make: Callable[..., str]) -> None:
    one, two, three = make("One"), make("Two"), make("Three")
    assert v("update", one, "--status", "doing").data["task"]["status"] == "in_progress"
    assert v("update", two, "-s", "done").data["task"]["status"] == "completed"
    assert v("update", three, "--status", "review").data["task"]["status"] == "in_review"
    found = {
        status: v("list", "-s", status).data["total"] for status in ("open", "closed", "done", "doing", "review", "all")
    }
    assert found == {"open": 2, "closed": 1, "done": 1, "doing": 1, "review": 1, "all": 3}
    assert v("list", "--status", "doing,review").data["total"] == 2
    assert v("list", "--all").data["total"] == 3
    assert v("update", two, "--status", "open").data["task"]["status"] == "pending"
    assert v("list", "--status", "open,done").code == 2


def test_a_status_of_the_project_beats_a_habit(v: Any, make: Callable[..., str]) -> None:
    v("project", "update", "t", "--workflow", '{"statuses": {"review": "active"}}')
    assert v("update", make("One"), "--status", "review").data["task"]["status"] == "review"
    assert v("list", "--status", "review").data["total"] == 1


def test_fields_are_cleared(v: Any, make: Callable[..., str]) -> None:
    epic = make("Epic")
    words = ("--parent", epic, "-a", "bob", "--role", "dev", "-l", "x", "--estimate", "1h", "--due", "2030-01-01")
    task = make("One", *words)
    cleared = v(
        "update", task, "--parent", "", "-a", "", "--role", "", "-l", "", "--estimate", "none", "--due", "none"
    ).data["task"]
    assert not any(cleared[name] for name in ("parent_id", "assignee", "role", "tags", "estimate_minutes", "due_at"))


def test_several_ids_at_once_or_none(v: Any, make: Callable[..., str]) -> None:
    ids = [make("One"), make("Two")]
    answer = v("update", *ids, "-p", "low").data
    assert [one["priority"] for one in answer["tasks"]] == ["low", "low"]
    assert "task" not in answer
    assert v("complete", *ids, "t-nonesuch").code == 3
    assert v("list", "--status", "open").data["total"] == 2


def test_text_from_files_and_standard_input(v: Any, make: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "body.md").write_bytes("# Größe\r\nzwei\n".encode())
    task = make("One", "--body-file", "body.md")
    assert v("show", task).data["task"]["description"] == "# Größe\r\nzwei\n"
    assert v("update", task, "--body-file", "-", stdin=b"new").data["task"]["description"] == "new"
    assert v("comment", task, "--body-file", "-", stdin=b"remark").data["comment"]["text"] == "remark"


@pytest.mark.parametrize(
    "title", ["Drop the old table; delete docs", "'; DROP TABLE task; --", "--json", "日本語 🎉", "  spaced  "]
)
def test_titles_are_data(v: Any, title: str) -> None:
    task = v("create", "--", title).data["task"]
    assert task["title"] == title
    assert v("show", task["task_id"]).data["task"]["title"] == title
