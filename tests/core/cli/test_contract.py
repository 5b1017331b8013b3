"""The shape of every answer, as programs rely on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TASK_KEYS = {
    "task_id", "title", "description", "status", "priority", "type", "project_id", "parent_id", "depends_on", "role",
    "assignee", "tags", "version", "created_at", "updated_at",
}  # fmt: skip


def test_create_show_and_update_answer_a_task(v: Any) -> None:
    made = v("create", "Write it", "-d", "In full", "-t", "bug", "-p", "1", "-l", "a", "-l", "b", "--role", "dev",
             "--estimate", "90m").data["task"]  # fmt: skip
    assert set(made) >= TASK_KEYS
    assert (made["priority"], made["type"], made["tags"], made["estimate_minutes"]) == ("high", "bug", ["a", "b"], 90)
    shown = v("show", made["task_id"]).data
    assert shown["task"] == made
    assert shown["ready"] is True
    updated = v("update", made["task_id"], "--title", "Write it well", "--expected-version", "1").data["task"]
    assert (updated["title"], updated["version"]) == ("Write it well", 2)


def test_lists_answer_pages(v: Any, make: Callable[..., str]) -> None:
    ids = [make(f"Task {number}") for number in range(3)]
    for words in (("list",), ("ready",), ("search", "Task")):
        page = v(*words, "--limit", "2").data
        assert len(page["tasks"]) == 2
        assert page["total"] == 3
        assert page["next_cursor"] or words[0] == "search"
        assert {one["task_id"] for one in v(*words, "--limit", "0").data["tasks"]} == set(ids)
    first = v("list", "--limit", "2").data
    rest = v("list", "--limit", "2", "--cursor", first["next_cursor"]).data
    assert {one["task_id"] for one in first["tasks"] + rest["tasks"]} == set(ids)
    assert rest["next_cursor"] is None


def test_claim_complete_and_what_that_unblocks(v: Any, make: Callable[..., str]) -> None:
    first = make("First")
    second = make("Second", "--depends-on", first)
    held = v("claim", "--lease", "1h", "--as", "bot").data
    assert held["task"]["task_id"] == first
    assert isinstance(held["fence"], int)
    assert held["lease_until"].endswith("Z")
    assert v("heartbeat", first, "--fence", str(held["fence"]), "--as", "bot").data["fence"] == held["fence"]
    noted = v("checkpoint", first, '{"next_step": "test it"}', "--as", "bot").data["task"]
    assert noted["checkpoint"] == {"next_step": "test it"}
    done = v("complete", first, "--fence", str(held["fence"]), "--claim-next", "--as", "bot").data
    assert done["unblocked"] == [second]
    assert done["claimed"]["task"]["task_id"] == second
    assert v("complete", first, "--as", "bot").data["unblocked"] == []
    assert v("complete", first, "--as", "eve").error["code"] == "conflict"
    assert v("release", second, "--as", "bot").data["task"]["status"] == "pending"


def test_claim_of_nothing_is_no_error(v: Any) -> None:
    assert v("claim").data["task"] is None
    assert v("next").data == {"task": None}
    assert v("ready").data == {"tasks": [], "total": 0, "next_cursor": None}


def test_a_stale_fence_is_a_conflict(v: Any, make: Callable[..., str]) -> None:
    task = make("One")
    v("claim", task, "--as", "bot")
    refused = v("complete", task, "--fence", "99", "--as", "bot")
    assert refused.code == 4
    assert refused.error["code"] == "stale_fence"
    assert v("update", task, "--title", "Mine", "--as", "eve").code == 4


def test_moves_and_undo(v: Any, make: Callable[..., str]) -> None:
    task = make("One")
    assert v("block", task, "-r", "waiting for paint").data["task"]["block_reason"] == "waiting for paint"
    assert v("reopen", task).data["unblocked"] == [task]
    assert v("start", task).data["task"]["status"] == "in_progress"
    assert v("defer", task, "--until", "3d").data["task"]["defer_until"]
    assert v("defer", task, "--until", "2030-12-01").data["task"]["defer_until"] == "2030-12-01T00:00:00.000000Z"
    assert v("defer", task, "--until", "none").data["task"]["defer_until"] is None
    assert v("complete", task, "-r", "all done").data["tasks"][0]["close_reason"] == "all done"
    event = v("history", task, "-n", "1").data["events"][0]
    assert event["kind"] == "task.completed"
    assert v("undo", str(event["seq"])).data["tasks"][0]["status"] == "in_progress"
    assert v("cancel", task, "-r", "no need").data["task"]["close_reason"] == "no need"


def test_delete_is_a_dry_run_first_and_comes_back(v: Any, make: Callable[..., str]) -> None:
    epic = make("Epic")
    child = make("Child", "--parent", epic)
    assert v("delete", epic).error["code"] == "has_children"
    assert v("delete", epic, "--recursive", "--dry-run").data == {"deleted": [epic, child], "dry_run": True}
    assert v("delete", epic, "--recursive").data["deleted"] == [epic, child]
    assert v("show", child).code == 3
    assert set(v("restore", epic).data["restored"]) == {epic, child}
    assert v("tree", epic).data["tree"]["children"][0]["task"]["task_id"] == child


def test_dependencies_and_links(v: Any, make: Callable[..., str]) -> None:
    one, two = make("One"), make("Two")
    assert v("dep", "add", one, two).data["task"]["depends_on"] == [two]
    assert v("dep", "tree", one).data["tree"]["children"][0]["task"]["task_id"] == two
    assert v("dep", "cycles").data == {"cycles": []}
    waiting = v("blocked").data["tasks"][0]
    assert (waiting["task"]["task_id"], waiting["waits_for"][0]["task_id"]) == (one, two)
    assert v("ready", "--explain", one).data["ready"] is False
    assert v("dep", "rm", one, two).data["unblocked"] == [one]
    linked = v("link", one, two, "--kind", "relates-to").data["task"]
    assert linked["relations"] == [{"kind": "relates_to", "task_id": two}]
    assert v("unlink", one, two).data["task"]["relations"] == []


def test_the_past_is_shown_as_it_was(v: Any, make: Callable[..., str]) -> None:
    task = make("Old title")
    then = v("show", task).data["task"]["updated_at"]
    v("update", task, "--title", "New title")
    assert v("show", task, "--as-of", then).data["task"]["title"] == "Old title"
    assert v("show", task, "--as-of", "1h ago").code == 3


def test_projects(v: Any) -> None:
    assert v("project", "create", "web", "--name", "The web").data["project"]["name"] == "The web"
    assert v("--project", "web", "create", "There").data["task"]["project_id"] == "web"
    assert v("create", "There too", "--project", "web").data["task"]["task_id"].startswith("web-")
    assert v("list", "--project", "web").data["total"] == 2
    assert v("--project", "web", "list").data["total"] == 2
    assert v("project", "update", "web", "-d", "All of it").data["project"]["description"] == "All of it"
    assert v("project", "archive", "web").data["project"]["status"] == "archived"
    assert [one["project_id"] for one in v("project", "list").data["projects"]] == ["t"]
    assert v("create", "Late", "--project", "web").error["code"] == "archived"


def test_comments_labels_stats_and_doctor(v: Any, make: Callable[..., str]) -> None:
    task = make("One")
    assert v("comment", task, "Looks good").data["comment"]["text"] == "Looks good"
    assert v("show", task).data["comments"][0]["actor"] == "ann"
    assert v("label", "add", task, "x", "y").data["task"]["tags"] == ["x", "y"]
    assert v("label", "rm", task, "x").data["task"]["tags"] == ["y"]
    assert v("stats").data["total"] == 1
    assert v("doctor").data["healthy"] is True


def test_import_and_export(v: Any, make: Callable[..., str], tmp_path: Path) -> None:
    make("One")
    whole = v("export").data
    assert whole["text"].count("\n") >= 1
    written = v("export", "-o", "out.jsonl").data
    assert (written["tasks"], written["digest"]) == (1, whole["digest"])
    assert (tmp_path / "out.jsonl").read_text() == whole["text"]
    again = v("import", "jsonl", "out.jsonl").data
    assert {"imported", "updated", "unchanged", "skipped", "relations", "problems"} <= set(again)
    assert (again["imported"], again["unchanged"]) == (0, 1)


def test_create_from_lines(v: Any) -> None:
    lines = [
        {"id": "t-1", "title": "First", "labels": ["a"], "priority": 0},
        {"id": "t-2", "title": "Second", "depends_on": ["t-1"], "estimate": "2h", "status": "done"},
        {"title": "Third", "parent": "t-1", "due": "2030-01-01", "children": [{"title": "Fourth"}]},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    made = v("create", "--stdin", "--idempotency-key", "k", stdin=text.encode()).data["tasks"]
    assert [one["title"] for one in made] == ["First", "Second", "Third", "Fourth"]
    assert made[1]["depends_on"] == ["t-1"]
    assert (made[0]["priority"], made[1]["status"], made[1]["estimate_minutes"]) == ("critical", "completed", 120)
    assert made[3]["parent_id"] == made[2]["task_id"]
    again = v("create", "--stdin", "--idempotency-key", "k", stdin=text.encode()).data["tasks"]
    assert [one["task_id"] for one in again] == [one["task_id"] for one in made]
    assert v("list").data["total"] == 4


def test_idempotency_key_repeats_the_answer(v: Any) -> None:
    first = v("create", "Once", "--idempotency-key", "k1").data
    assert v("create", "Once", "--idempotency-key", "k1").data == first
    assert v("create", "Twice", "--idempotency-key", "k1").error["code"] == "idempotency_mismatch"
    assert v("list").data["total"] == 1


def test_config(v: Any) -> None:
    assert v("config", "get").data["vespera.project"] == "t"
    v("project", "create", "web")
    assert v("config", "set", "project", "web").data == {"vespera.project": "web"}
    assert v("create", "There").data["task"]["project_id"] == "web"
    assert v("config", "get", "nonsense").code == 2


def test_plugins(v: Any) -> None:
    names = {one["name"]: one["status"] for one in v("plugins", "list").data["plugins"]}
    assert names["sql"] == "loaded"
    assert "storage sqlite" in v("plugins", "show", "sql").data["plugins"][0]["offers"]
    assert v("plugins", "check").data["healthy"] is True
    assert v("plugins", "show", "nonsense").code == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(v: Any, shell: str) -> None:
    assert "_VESPERA_COMPLETE" in v("completion", shell).data["script"]
    assert v("completion", "nonsense").code == 2


def test_init_again_changes_nothing(v: Any, state: Any) -> None:
    before = state()
    answer = v("init", "--prefix", "other").data
    assert (answer["project"], answer["created"]) == ("t", False)
    assert state() == before


def test_a_very_deep_tree_is_cut_not_crashed(v: Any) -> None:
    chain = [json.dumps({"id": f"t-{n}", "title": "x", "depends_on": [f"t-{n - 1}"] if n else []}) for n in range(3000)]
    v("create", "--stdin", stdin="\n".join(chain).encode())
    node = v("dep", "tree", "t-2999", "--depth", "3").data["tree"]
    assert node["children"][0]["children"][0]["children"][0]["omitted"] == 1
    assert v("dep", "tree", "t-2999").code == 0
