"""Text for people: worth reading, and no stored text steers the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vespera_core.cli.views import text


@pytest.fixture
def typed(v: Any, terminal: Any) -> Callable[..., str]:
    """The text that a command prints in a workspace."""

    def run(*words: str) -> str:
        outcome = terminal(*words)
        assert outcome.code == 0, outcome.err
        assert outcome.err == ""
        return str(outcome.out)

    return run


def test_the_day_of_an_agent(typed: Callable[..., str], make: Callable[..., str]) -> None:
    first = make("Lay the floor", "-p", "high", "-d", "Oak.\nNo knots.", "-l", "wood")
    second = make("Paint", "--depends-on", first)
    assert typed("ready") == f"Ready: 1 task\n  {first}  P1  task  Lay the floor #wood\n"
    assert f"It depends on {first} (pending): Lay the floor" in typed("blocked")
    assert "is not ready" in typed("ready", "--explain", second)
    assert f"{first} is ready" in typed("ready", "--explain", first)
    assert typed("next") == f"{first}  Lay the floor\n  take it: vespera claim {first}\n"
    claimed = typed("claim")
    for word in (
        f"Claimed {first}  Lay the floor",
        "fence 1",
        "lease until",
        "No knots.",
        f"vespera complete {first} --fence 1",
    ):
        assert word in claimed
    assert "Nothing is ready" in typed("claim")
    assert "Still held" in typed("heartbeat", first)
    assert "Checkpoint kept" in typed("checkpoint", first, "half way")
    assert typed("complete", first) == f"Completed {first}  Lay the floor\nUnblocked: {second}\n"
    assert "Nothing waits." in typed("blocked")


def test_one_task_in_full(typed: Callable[..., str], make: Callable[..., str]) -> None:
    epic = make("Epic")
    task = make(
        "Part",
        "--parent",
        epic,
        "-d",
        "All of it",
        "--notes",
        "Mind the gap",
        "--estimate",
        "2h",
        "--metadata",
        '{"a": 1}',
    )
    typed("comment", task, "First\nSecond")
    typed("link", task, epic, "--kind", "discovered_from")
    typed("claim", task)
    typed("checkpoint", task, "--next", "go on")
    shown = typed("show", task)
    for word in (
        "status      in_progress",
        "estimate    120 min",
        '{"a": 1}',
        "Mind the gap",
        "    Second",
        "go on",
        "discovered from",
        "fence 1",
    ):
        assert word in " ".join(shown.split(" ")) or word.split()[-1] in shown
    assert f"children  {task}" in " ".join(typed("show", epic).split("  ")) or task in typed("show", epic)
    assert typed("tree", epic) == f"{epic}  Epic  [pending]\n  {task}  Part  [in_progress]\n"


def test_every_other_answer_has_words(typed: Callable[..., str], make: Callable[..., str], tmp_path: Path) -> None:
    one, two = make("One"), make("Two")
    assert "2 tasks" in typed("list")
    assert "more: --limit 0" in typed("list", "-n", "1")
    assert "No tasks." in typed("list", "--deleted")
    assert "now depends on" in typed("dep", "add", one, two)
    assert "No cycles." in typed("dep", "cycles")
    assert "Dependency removed" in typed("dep", "rm", one, two)
    assert "Deferred until 2030-01-01" in typed("defer", one, "--until", "2030-01-01")
    assert "Brought back" in typed("defer", one, "--until", "none")
    assert "Would delete 1" in typed("delete", one, "--dry-run")
    assert "vespera restore" in typed("delete", one)
    assert "Restored 1" in typed("restore", one)
    assert "title: One -> Uno" in (typed("update", one, "--title", "Uno") and typed("history", one))
    assert "Undone" in typed("undo", typed("history", one, "-n", "1").split()[0])
    assert "3 events" not in typed("stats")
    assert "Healthy." in typed("doctor")
    assert "verified" in typed("backup", "copy.db")
    assert "Exported 2 tasks" in typed("export", "-o", "out.jsonl")
    assert typed("export").count("\n") >= 2
    assert "unchanged 2" in typed("import", "jsonl", "out.jsonl")
    assert "t  active" in typed("project", "list")
    assert "Created web" in typed("project", "create", "web", "-d", "All")
    assert "Description:" in typed("project", "show", "web")
    assert "vespera.project = t" in typed("config", "get")
    assert "sql" in typed("plugins", "list")
    assert "All is well." in typed("plugins", "check")
    assert "storage sqlite" in typed("plugins", "show", "sql")
    assert "Tags of" in typed("label", "add", one, "x")
    assert "already" in typed("init")
    assert "complete" in typed("completion", "bash")


NASTY = "a\x1b]0;owned\x07\x9b31m\u202eevil\u2028\r"


def test_stored_text_is_never_obeyed(typed: Callable[..., str], v: Any, make: Callable[..., str]) -> None:
    task = make(NASTY, "-d", f"fine\n{NASTY}", "-l", NASTY, "-a", NASTY)
    typed("comment", task, NASTY)
    for words in (
        ("list",),
        ("show", task),
        ("ready",),
        ("tree", task),
        ("history",),
        ("search", "owned"),
        ("update", task, "-p", "0"),
    ):
        shown = typed(*words)
        assert not set(shown) & set("\x1b\x07\x9b\u202e\u2028\r"), words
    shown = v("show", task).out
    assert not set(shown) & set("\x1b\x07\x9b\u202e\u2028\r")
    assert v("show", task).data["task"]["title"] == NASTY


def test_errors_that_quote_are_not_obeyed_either(terminal: Any, v: Any) -> None:
    refused = terminal("show", "t-\x1b[31m")
    assert "\x1b" not in refused.err
    assert "\\x1b" in refused.err


def test_columns_align_whatever_the_script() -> None:
    assert text.table([("日本", "x"), ("abcd", "y")]) == "  日本  x\n  abcd  y"
    assert text.table([]) == ""


def test_titles_are_cut_to_the_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    row = [("id", "x" * 200)]
    assert text.table(row).endswith("x" * 200)
    monkeypatch.setattr(text, "columns", lambda: 40)
    assert text.width_of(text.table(row)) == 40
    assert text.table([("id", "語" * 200)]).endswith("\u2026")


def test_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert text.columns() is None or os.isatty(1)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "33")
    assert text.columns() == 33
