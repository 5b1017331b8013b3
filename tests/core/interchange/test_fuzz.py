"""Whatever a file holds: rows come out that a store may hold, or one InvalidImport does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vespera_core.errors import InvalidImport
from vespera_core.interchange.beads_words import TEXTS, TIMES
from vespera_core.interchange.formats import FORMATS
from vespera_core.interchange.jsonl_words import PROJECT_DEFAULTS, TASK_NAMES
from vespera_core.model.task import check_task
from vespera_core.model.workflow import STATUSES

relaxed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
    max_examples=200,
)

words = st.sampled_from(
    [
        "open",
        "closed",
        "deferred",
        "done",
        "blocks",
        "parent-child",
        "bd-1",
        "p",
        "1",
        "5.2",
        "high",
        "2026-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "depends_on",
    ]
)
leaves = words | st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5)
KEYS = [
    "id",
    "depends_on_id",
    "type",
    "text",
    "author",
    "created_at",
    "issue_id",
    "at",
    "actor",
    "title",
    "statuses",
    "transitions",
    "types",
    "beads",
    "metadata",
    "subtasks",
    "dependencies",
    "tasks",
]
garbage = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)


def settle(name: str, path: Path, content: bytes, to_task: Any) -> None:
    path.write_bytes(content)
    reader = next(one.read for one in FORMATS if one.name == name)
    assert reader is not None
    for skip in (False, True):
        try:
            source = reader(path, skip)
            list(source.projects())
            for row in source.rows():
                check_task(to_task(row))
                closed = row.fields.get("status", "pending") in ("completed", "cancelled")
                assert closed == (row.fields.get("closed_at") is not None) or row.fields["status"] not in STATUSES
        except InvalidImport as error:
            str(error).encode()
        else:
            json.dumps([problem.message for problem in source.problems], ensure_ascii=False).encode()


def line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


beads_keys = [
    *TEXTS,
    *TIMES,
    "status",
    "issue_type",
    "priority",
    "labels",
    "estimated_minutes",
    "dependencies",
    "comments",
    "metadata",
    "unlinked_dependencies",
    "other",
]


@relaxed
@given(more=st.dictionaries(st.sampled_from(beads_keys), garbage, max_size=4))
def test_beads(tmp_path: Path, to_task: Any, more: Any) -> None:
    settle("beads", tmp_path / "f", line({"id": "bd-1", "title": "x", **more}), to_task)


@relaxed
@given(more=st.dictionaries(st.sampled_from(beads_keys), garbage, max_size=6))
@example(more={"metadata": {"\x85": None}})  # a line of JSON Lines ends at a newline alone
def test_whatever_beads_imports_survives_an_export(
    source_of: Any, exported: Any, to_task: Any, more: dict[str, Any]
) -> None:
    source = source_of("beads", {"id": "bd-1", "title": "x", "created_at": "2026-01-01T00:00:00Z", **more}, skip=True)
    rows = list(source.rows())
    again = list(source_of("beads", *exported("beads", rows).split("\n")[:-1]).rows())
    assert [to_task(row) for row in again] == [to_task(row) for row in rows]
    assert [row.comments for row in again] == [row.comments for row in rows]


@relaxed
@given(more=st.dictionaries(st.sampled_from([*TASK_NAMES, "comments", "lease_until"]), garbage, max_size=4))
def test_jsonl_tasks(tmp_path: Path, to_task: Any, more: Any) -> None:
    task = {"task_id": "t", "project_id": "p", "title": "x", **more}
    settle("jsonl", tmp_path / "f", line({"format": "vespera", "schema": 1}) + line({"task": task}), to_task)


@relaxed
@given(more=st.dictionaries(st.sampled_from([*PROJECT_DEFAULTS]), garbage, max_size=4))
def test_jsonl_projects(tmp_path: Path, to_task: Any, more: Any) -> None:
    project = {"project_id": "p", "name": "x", **more}
    settle("jsonl", tmp_path / "f", line({"format": "vespera", "schema": 1}) + line({"project": project}), to_task)


taskmaster_keys = [
    "title",
    "description",
    "details",
    "status",
    "priority",
    "dependencies",
    "subtasks",
    "testStrategy",
    "acceptanceCriteria",
    "createdAt",
    "updatedAt",
    "completedAt",
    "dueDate",
    "parentTaskId",
    "other",
]


@relaxed
@given(more=st.dictionaries(st.sampled_from(taskmaster_keys), garbage, max_size=4), number=garbage, tag=garbage)
def test_taskmaster(tmp_path: Path, to_task: Any, more: Any, number: Any, tag: Any) -> None:
    subtasks = [{"id": number, "title": "s", **more}, number]
    tasks = [{"id": 1, "title": "x", "subtasks": subtasks, **more}, {"id": number, "title": "y", "subtasks": more}]
    settle("taskmaster", tmp_path / "f", line({str(tag): {"tasks": tasks, "metadata": tag}}), to_task)
    settle("taskmaster", tmp_path / "f", line({"a": tag}), to_task)


backlog_keys = [
    "title",
    "status",
    "priority",
    "type",
    "assignee",
    "reporter",
    "labels",
    "dependencies",
    "milestone",
    "parent_task_id",
    "created_date",
    "updated_date",
    "completed_date",
    "other",
]


@relaxed
@given(more=st.dictionaries(st.sampled_from(backlog_keys), garbage, max_size=4), body=st.text(max_size=20))
def test_backlog_values(tmp_path: Path, to_task: Any, more: Any, body: str) -> None:
    head = "".join(f"{key}: {json.dumps(value)}\n" for key, value in {"id": "B-1", "title": "x", **more}.items())
    settle_folder(tmp_path, to_task, f"---\n{head}---\n{body}".encode(errors="surrogatepass"))


yaml_bits = st.sampled_from(
    [
        "id: B-1\n",
        "title: x\n",
        "- ",
        "&a ",
        "*a",
        "!!int ",
        "!!timestamp x",
        "? ",
        ": ",
        "[",
        "]",
        "{",
        "}",
        "|\n",
        ">",
        "'",
        '"',
        "@x\n",
        "\n",
        "  ",
        "<<: ",
        "2026-02-30",
        "0o9",
        "%",
        "---\n",
    ]
)


@relaxed
@given(bits=st.lists(yaml_bits, max_size=12))
def test_backlog_text(tmp_path: Path, to_task: Any, bits: list[str]) -> None:
    settle_folder(tmp_path, to_task, f"---\nid: B-1\ntitle: x\n{''.join(bits)}\n---\n".encode())


def settle_folder(path: Path, to_task: Any, content: bytes) -> None:
    folder = path / "folder" / "tasks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "1.md").write_bytes(content)
    reader = next(one.read for one in FORMATS if one.name == "backlog")
    assert reader is not None
    try:
        for row in reader(folder.parent, False).rows():
            check_task(to_task(row))
    except InvalidImport as error:
        str(error).encode()


@pytest.mark.parametrize("name", ["beads", "jsonl", "taskmaster"])
@relaxed
@given(content=st.binary(max_size=60))
def test_any_bytes(tmp_path: Path, to_task: Any, name: str, content: bytes) -> None:
    settle(name, tmp_path / "f", content, to_task)
