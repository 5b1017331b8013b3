"""Search and what goes with it, typed: shapes for programs, text for people."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vespera_core.cli.views import search as view
from vespera_core.cli.views import text

Make = Callable[..., str]


@pytest.fixture
def typed(v: Any, terminal: Any) -> Callable[..., str]:
    """The text that a command prints."""

    def run(*words: str) -> str:
        outcome = terminal(*words)
        assert outcome.code == 0, outcome.err
        assert outcome.err == ""
        return str(outcome.out)

    return run


@pytest.fixture
def filled(make: Make) -> dict[str, str]:
    """Four tasks by a short name."""
    return {
        "login": make("Login fails after password reset", "-t", "bug", "-p", "high", "-l", "auth"),
        "again": make("Login fails after a password reset", "-t", "bug"),
        "page": make("Slow page", "-d", "The first page after the login takes ten seconds."),
        "export": make("Export invoices as spreadsheet", "-a", "ann"),
    }


def test_a_search_in_json(v: Any, filled: dict[str, str]) -> None:
    data = v("search", "login", "password", "--explain").data
    assert set(data) == {
        "tasks", "total", "hits", "facets", "mode", "next_cursor", "degraded", "reason", "behind", "suggestion",
        "took_ms",
    }  # fmt: skip
    assert [one["task_id"] for one in data["tasks"]] == [one["task_id"] for one in data["hits"]]
    assert {one["task_id"] for one in data["tasks"][:2]} == {filled["login"], filled["again"]}
    best = data["hits"][0]
    assert set(best["parts"]) == {"words", "meaning", "exact"}
    title = best["snippets"][0]
    assert [title["text"][a:b].lower() for a, b in title["marks"]] == ["login", "password"]
    assert (data["mode"], data["degraded"], data["behind"]) == ("hybrid", False, 0)


def test_a_search_is_narrowed(v: Any, filled: dict[str, str]) -> None:
    def found(*words: str) -> set[str]:
        return {one["task_id"] for one in v("search", "login", "--mode", "text", *words).data["tasks"]}

    assert found() == {filled["login"], filled["again"], filled["page"]}
    assert found("-t", "task") == {filled["page"]}
    assert found("--tag", "auth") == {filled["login"]}
    assert found("-p", "1") == {filled["login"]}
    assert found("--created-after", "1h ago") == found()
    assert found("--created-before", "1h ago") == set()
    assert found("--updated-before", "2020-01-01") == set()
    v("complete", filled["login"])
    assert found("-s", "closed") == found("--status", "done") == {filled["login"]}
    assert found("-s", "open") == {filled["again"], filled["page"]}
    assert v("search", "login", "-s", "nonsense").error["code"] == "invalid_input"
    assert v("search", "login", "--project", "nowhere").error["code"] == "not_found"
    assert v("search", "login", "--mode", "magic").error["code"] == "invalid_input"
    assert v("search", "  ").error["code"] == "invalid_input"
    assert v("search").error["code"] == "usage"


def test_pages_of_a_search(v: Any, filled: dict[str, str]) -> None:
    whole = [one["task_id"] for one in v("search", "login", "--all").data["tasks"]]
    first = v("search", "login", "-n", "2").data
    rest = v("search", "login", "-n", "2", "--cursor", first["next_cursor"]).data
    assert [one["task_id"] for one in first["tasks"] + rest["tasks"]] == whole[:4]
    assert v("search", "login", "--cursor", "x").error["next"]


def test_a_search_for_people(typed: Callable[..., str], filled: dict[str, str]) -> None:
    shown = typed("search", "takes", "seconds", "--mode", "text")
    assert shown == (
        f"Found: 1 task\n  {filled['page']}  P2  pending  Slow page\n"
        "      The first page after the login takes ten seconds.\n"
    )
    assert "score" in typed("search", "login", "--explain")
    assert typed("search", "paswsord", "--mode", "text") == "Nothing found for: paswsord\n  did you mean: password\n"
    assert "more: --limit 0" in typed("search", "login", "-n", "1", "--mode", "text")
    assert "\x1b" not in typed("search", "login")


def test_words_are_marked_on_a_terminal_only(
    typed: Callable[..., str], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("Red \x1b[31m alert\x1b[0m and more", "-d", "evil \x9b2J text about an alert")
    plain = typed("search", "alert", "--mode", "text")
    monkeypatch.setattr(view, "_marks_words", lambda: True)
    marked = typed("search", "alert", "--mode", "text")
    assert re.sub("\x1b\\[(1|22)m", "", marked) == plain
    assert marked.count("\x1b[1malert\x1b[22m") == 2
    assert "\\x1b[31m" in plain
    for width in (30, 45, 60):
        monkeypatch.setattr(view, "columns", lambda width=width: width)
        lines = re.sub("\x1b\\[(1|22)m", "", typed("search", "alert", "--mode", "text")).splitlines()
        assert max(map(text.width_of, lines[1:])) <= max(width, 45)


def test_similar_tasks_and_duplicates(v: Any, typed: Callable[..., str], filled: dict[str, str]) -> None:
    data = v("similar", filled["login"]).data
    assert data["similar"][0]["task_id"] == filled["again"]
    assert set(data["similar"][0]) == {"task_id", "title", "status", "likeness"}
    assert filled["again"] in typed("similar", filled["login"])
    assert v("similar", "nobody").error["code"] == "not_found"
    (group,) = v("duplicates").data["groups"]
    assert {one["task_id"] for one in group["tasks"]} == {filled["login"], filled["again"]}
    shown = typed("duplicates")
    assert shown.startswith("May be the same: 1 group (4 tasks compared")
    assert "titles share" in shown
    v("link", filled["again"], filled["login"], "--kind", "duplicate_of")
    assert typed("duplicates").startswith("No duplicates suspected")


def test_groups_and_recommendations(v: Any, typed: Callable[..., str], filled: dict[str, str]) -> None:
    clusters = v("cluster", "-k", "2").data["clusters"]
    assert sorted(one for cluster in clusters for one in cluster["task_ids"]) == sorted(filled.values())
    assert typed("cluster", "-k", "2").startswith("2 groups of 4 tasks")
    found = v("recommend", "-n", "2").data
    assert {one["task"]["task_id"] for one in found["recommended"]} == {filled["login"], filled["export"]}
    shown = typed("recommend")
    assert "priority high" in shown
    assert "assigned to you" in shown
    assert "vespera claim" in shown
    assert v("cluster", "-k", "-1").error["code"] == "invalid_input"


def test_suggestions_trends_and_feedback(v: Any, typed: Callable[..., str], filled: dict[str, str]) -> None:
    assert {"text": "password", "source": "word", "tasks": 2} in v("suggest", "pass").data["suggestions"]
    assert "password" in typed("suggest", "pass")
    assert v("trends").data["after"] == 4
    assert typed("trends").startswith("4 tasks made since")
    noted = v("feedback", filled["login"], "--useful", "--query", "cannot sign in").data
    assert noted["noted"] == 1
    assert "Noted (2 kept" in typed("feedback", filled["page"], "--not-useful", "--like", filled["login"])
    assert v("feedback", filled["login"], "--query", "x").error["code"] == "usage"
    assert v("feedback", filled["login"], "--useful").error["code"] == "invalid_input"


def test_a_look_before_creating(v: Any, typed: Callable[..., str], filled: dict[str, str]) -> None:
    title = "Export invoices as spreadsheet"
    refused = v("create", title, "--if-similar", "refuse").error
    assert (refused["code"], refused["similar"]) == ("similar_exists", [filled["export"]])
    there = v("create", title, "--if-similar", "return-existing").data
    assert (there["created"], there["task"]["task_id"]) == (False, filled["export"])
    assert typed("create", title, "--if-similar", "return_existing").startswith("There already:")
    shown = typed("create", title, "--if-similar", "warn")
    assert shown.startswith("Created ")
    assert f"like it:\n  {filled['export']}" in shown
    assert v("create", title).data["created"] is True
    assert v("create", title, "--if-similar", "perhaps").error["code"] == "invalid_input"


def test_a_broken_model_is_told(v: Any, typed: Callable[..., str], filled: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / ".vespera" / "config.toml"
    config.write_text(config.read_text().replace("[vespera]", '[vespera]\nembedder = "nonsense"'))
    data = v("search", "login").data
    assert data["degraded"]
    assert {one["task_id"] for one in data["tasks"]} == {filled["login"], filled["again"], filled["page"]}
    assert "note: Found by words alone" in typed("search", "login")
    assert v("search", "login", "--mode", "semantic").error["code"] == "plugin"
    assert v("similar", filled["login"]).error["next"]
