"""Backlog.md: folders, front matter, sections, and ids that were renamed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from vespera_core.errors import InvalidImport
from vespera_core.interchange.backlog_sections import sections
from vespera_core.model.times import parse_moment


@pytest.fixture
def folder(tmp_path: Path, open_source: Any) -> Any:
    def make(files: dict[str, str | bytes], *, skip: bool = False) -> Any:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return open_source("backlog", tmp_path, skip=skip)

    return make


def head(task_id: str, *lines: str, body: str = "") -> str:
    return "\n".join(["---", f"id: {task_id}", f"title: Title of {task_id}", *lines, "---", body])


def test_folders(folder: Any) -> None:
    source = folder({
        "tasks/back-1.md": head("BACK-1"), "tasks/readme.md": "# Tasks", "completed/back-2.md": head("BACK-2"),
        "drafts/draft-1.md": head("DRAFT-1", "labels: [draft, x]"), "docs/doc-1.md": head("doc-1"),
        "archive/tasks/back-3.md": head("BACK-3"), "milestones/m-1.md": head("m-1"), ".git/x.md": head("no"),
    })  # fmt: skip
    rows = {row.fields["task_id"]: row.fields["tags"] for row in source.rows()}
    assert rows == {"BACK-1": (), "BACK-2": (), "DRAFT-1": ("draft", "x")}
    assert source.skipped == {"no_front_matter": 1, "document": 1, "archived": 1, "milestone": 1}


@pytest.mark.parametrize("inner", ["backlog/tasks/a.md", "a.md"])
def test_the_folder_above_or_within_will_do(folder: Any, inner: str) -> None:
    assert [row.fields["task_id"] for row in folder({inner: head("BACK-1")}).rows()] == ["BACK-1"]


def test_ids_are_found_by_any_spelling(folder: Any) -> None:
    wanted = "dependencies: [task-1, BACK-1, back-7.2, TASK-7.02, 7.2, draft-7, other, task-99]"
    source = folder({
        "tasks/1.md": head("BACK-1"), "tasks/2.md": head("'back-7.02'", "parent_task_id: task-1"),
        "tasks/3.md": head("BACK-3", wanted), "drafts/4.md": head("DRAFT-99"),
    })  # fmt: skip
    rows = {row.fields["task_id"]: row for row in source.rows()}
    assert rows["back-7.02"].parents == ["BACK-1"]
    assert [target for _, target in rows["BACK-3"].relations] == ["BACK-1", "back-7.02", "draft-7", "other", "task-99"]


def test_repeated_ids_and_self_dependencies_are_reported(folder: Any) -> None:
    source = folder({"completed/a.md": head("BACK-1"), "tasks/a.md": head("back-1", "dependencies: [BACK-2, back-1~2]"),
                     "tasks/b.md": head("BACK-2", "dependencies: [task-2, 'no such!']")})  # fmt: skip
    assert [row.fields["task_id"] for row in source.rows()] == ["BACK-1", "back-1~2", "BACK-2"]
    assert [problem.kind for problem in source.problems] == ["cycle", "repeated_id", "cycle", "unlinked"]


def test_a_parent_that_cannot_be_is_reported(folder: Any) -> None:
    source = folder({"tasks/a.md": head("B-1", "parent_task_id: '?'"), "tasks/b.md": head("B-2", "parent_task_id: 2")})
    assert [row.parents for row in source.rows()] == [[], []]
    assert [problem.kind for problem in source.problems] == ["unlinked", "cycle"]


def test_fields(folder: Any) -> None:
    lines = [
        "status: In Progress", "assignee: ['@ada', '@bob']", "reporter: '@eve'", "created_date: 2026-01-01",
        "updated_date: '2026-01-02 10:30'", "labels: [a, b, a]", "priority: medium", "type: enhancement", "ordinal: 7",
        "milestone: M-1", "references: [x]", "modified_files: []", "due: 2026-01-01 10:00:00", "nothing:",
    ]  # fmt: skip
    milestone = head("m-1", body="## Description\n\nWhy\n")
    source = folder({"tasks/1.md": head("BACK-1", *lines), "milestones/m.md": milestone})
    (row,) = source.rows()
    assert row.fields == {
        "task_id": "BACK-1", "title": "Title of BACK-1", "status": "in_progress", "assignee": "@ada",
        "created_by": "@eve", "created_at": parse_moment("2026-01-01"), "updated_at": parse_moment("2026-01-02T10:30"),
        "tags": ("a", "b"), "priority": "normal", "type": "feature", "description": "", "acceptance_criteria": "",
        "notes": "",
        "metadata": {"backlog": {
            "other_assignees": ["@bob"], "type": "enhancement", "ordinal": 7, "milestone": "M-1", "references": ["x"],
            "milestone_title": "Title of m-1", "milestone_description": "Why", "modified_files": [],
            "due": "2026-01-01T10:00:00",
        }},
    }  # fmt: skip


def test_names_that_yaml_forbids_are_read_as_backlog_reads_them(folder: Any) -> None:
    source = folder({"tasks/1.md": head("B-1", "assignee: @ada", "reporter: @eve"),
                     "tasks/2.md": head("B-2", "assignee:", "  - @ada")})  # fmt: skip
    assert [row.fields["assignee"] for row in source.rows()] == ["@ada", "@ada"]


@pytest.mark.parametrize(
    ("word", "status", "kinds"),
    [("To Do", "pending", []), ("Done", "completed", []), ("In Review", "in_review", []), ("Blocked", "blocked", []),
     ("Draft", "pending", []), ("Waiting for Godot", "pending", ["unknown_status"])],
)  # fmt: skip
def test_statuses(folder: Any, word: str, status: str, kinds: list[str]) -> None:
    source = folder({"tasks/1.md": head("B-1", f"status: {word}", "created_date: 2026-01-01")})
    (row,) = source.rows()
    assert (row.fields["status"], [problem.kind for problem in source.problems]) == (status, kinds)
    assert row.fields.get("closed_at") == (parse_moment("2026-01-01") if status == "completed" else None)
    assert ("draft" in row.fields["tags"]) == (word == "Draft")


def test_closed_without_any_time_falls_back_to_the_file(folder: Any, tmp_path: Path) -> None:
    source = folder({"tasks/1.md": head("B-1", "status: Done")})
    os.utime(tmp_path / "tasks/1.md", (1000, 1000))
    (row,) = source.rows()
    assert row.fields["closed_at"] == 1000 * 1_000_000


BODY = """before

## Description

<!-- SECTION:DESCRIPTION:BEGIN -->
What

## Inner heading
stays
<!-- SECTION:DESCRIPTION:END -->

## Acceptance Criteria
<!-- AC:BEGIN -->
- [ ] #1 One
```
## Notes in code
```
<!-- AC:END -->

## Implementation Plan

1. Do

## Description
again
<!-- AC:BEGIN -->"""


def test_sections() -> None:
    got = sections(BODY)
    assert got.description == "What\n\n## Inner heading\nstays"
    assert got.acceptance_criteria == "- [ ] #1 One\n```\n## Notes in code\n```"
    assert got.notes == "before\n\n## Implementation Plan\n\n1. Do\n\n## Description\nagain\n<!-- AC:BEGIN -->"


def test_a_mark_without_an_end_is_text() -> None:
    got = sections("## Description\n<!-- SECTION:DESCRIPTION:BEGIN -->\nx\n## Other\ny")
    assert (got.description, got.notes) == ("<!-- SECTION:DESCRIPTION:BEGIN -->\nx", "## Other\ny")


BAD = [
    ("---\ntitle: x\n---\n", "it has no id"),
    ("---\nid: a b\ntitle: x\n---\n", "'a b' is not an id"),
    ("---\nid: B-1\n---\n", "it has no title"),
    ("---\nid: B-1\ntitle: {a: 1}\n---\n", "title must be text, not dict"),
    (f"---\nid: B-1\ntitle: {'x' * 501}\n---\n", "title has 501 characters"),
    ("---\nid: B-1\ntitle: [\n---\n", "malformed front matter: .* \\(line"),
    ("---\n- a\n---\n", "not a list of keys and values"),
    ("---\nid: B-1\ntitle: x\ncreated_date: soon\n---\n", "created_date 'soon' is not a time"),
    ("---\nid: B-1\ntitle: x\ncreated_date: 2026-13-77\n---\n", "malformed front matter: month must be"),
    ("---\nid: B-1\ntitle: x\nlabels: [{}]\n---\n", "labels must be text, not dict"),
    ("---\nid: B-1\ntitle: x\npriority: [1]\n---\n", "priority must be text"),
    ("---\nid: B-1\ntitle: x\nk: &a [1]\nl: [*a]\n---\n", "aliases are not read"),
    ("---\nid: B-1\ntitle: x\nk: .nan\n---\n", "metadata contains nan"),
    ("---\nid: B-1\ntitle: x\nk: !!binary aGk=\n---\n", "bytes is not text"),
    ("---\nid: B-1\ntitle: x\nk: !!int ''\n---\n", "malformed front matter"),
    ("---\nid: B-1\ntitle: x\nk: !!python/object:os.system x\n---\n", "malformed front matter"),
    (f"---\nid: B-1\ntitle: 0x{'f' * 5000}\n---\n", "too many digits"),
    (f"---\nid: B-1\ntitle: x\nk: {'[' * 30}{']' * 30}\n---\n", "nested too deeply"),
    ("---\nid: B-1\ntitle: x\nstatus: Done\n", "the file seems truncated"),
    (b"---\nid: B-1\ntitle: \xe9\n---\n", "byte 20 \\(0xe9\\) is not UTF-8"),
    ("---\nid: B-1\ntitle: x\n---\n\x00", "notes contains a NUL"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_files(folder: Any, text: Any, message: str) -> None:
    with pytest.raises(InvalidImport, match=f"tasks/1.md: .*{message}"):
        list(folder({"tasks/1.md": text}).rows())
    source = folder({"tasks/1.md": text, "tasks/2.md": head("B-2")}, skip=True)
    assert [row.fields["task_id"] for row in source.rows()] == ["B-2"]
    assert [(problem.where, problem.kind) for problem in source.problems] == [("tasks/1.md", "invalid")]


def test_a_folder_without_markdown(folder: Any) -> None:
    with pytest.raises(InvalidImport, match="holds no Markdown files"):
        folder({"tasks/x.txt": "x"})
