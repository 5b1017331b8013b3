"""Our own format: every field there and back, and a reader that refuses what it does not know."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vespera_core.errors import InvalidImport
from vespera_core.interchange.jsonl import JsonlSource
from vespera_core.interchange.jsonl_words import NUMBERS
from vespera_core.interchange.jsonl_writer import write
from vespera_core.model.basics import Micros
from vespera_core.model.project import Project
from vespera_core.model.task import DEFAULTS, FIELDS, PRIORITIES, VOLATILE_FIELDS, Relation, Task
from vespera_core.ports.format import Comment, ExportedTask

HEADER = '{"format":"vespera","schema":1}'
TASK = {"task_id": "t-1", "project_id": "p", "title": "One"}

FULL = Task(
    task_id="t-1", project_id="p", title="Tïtle 🜁", description="d\n", type="bug", status="completed", priority="high",
    parent_id="t-0", role="dev", assignee="ada", acceptance_criteria="c", notes="n", tags=("b", "a"),
    metadata={"k": [1, 1.5, None, {"z": "ü"}]}, due_at=Micros(1), defer_until=Micros(-1), estimate_minutes=0,
    external_ref="x", block_reason="", close_reason="done", created_at=Micros(0), created_by="ada",
    updated_at=Micros(1_700_000_000_000_001), started_at=Micros(5), closed_at=Micros(6), closed_by="bob",
    deleted_at=Micros(7), delete_batch="b-1", hold_kind="worker", lease_owner="w", lease_until=Micros(9),
    fence=7, lease_seconds=5,
    checkpoint={}, version=12,
    relations=(Relation("depends_on", "t-2"), Relation("relates_to", "t-2")),
)  # fmt: skip


def there_and_back(path: Path, tasks: list[ExportedTask], projects: list[Project]) -> tuple[list[Any], list[Project]]:
    stream = io.StringIO()
    assert write(stream, projects, tasks) == len(tasks)
    path.write_text(stream.getvalue(), encoding="utf-8")
    source = JsonlSource(path, False)
    got = list(source.projects())
    return list(source.rows()), got


def test_the_sample_uses_every_field() -> None:
    assert [name for name in FIELDS if getattr(FULL, name) == DEFAULTS.get(name) and name != "created_at"] == []


def test_every_field_survives(tmp_path: Path, to_task: Any) -> None:
    remarks = (Comment(Micros(3), "ada", "one\ntwo"), Comment(Micros(4), "", ""))
    project = Project("p", "P", "d", "archived", {"statuses": {"x": "held"}}, {"k": 1}, Micros(1), "a", Micros(2), 3)
    (row,), projects = there_and_back(tmp_path / "f", [ExportedTask(FULL, remarks)], [project])
    assert to_task(row) == FULL.evolve(lease_until=None)
    assert (tuple(row.comments), projects) == (remarks, [project])


def test_lines_are_in_order_and_bare(tmp_path: Path) -> None:
    tasks = (ExportedTask(Task(name, "p", "T")) for name in ("a", "b"))
    stream = io.StringIO()
    assert write(stream, [Project("p", "P"), Project("q", "Q")], tasks) == 2
    first, *rest = stream.getvalue().split("\n")[:-1]
    assert first == HEADER
    assert [next(iter(json.loads(line).values())) for line in rest][2] == TASK | {
        "task_id": "a", "title": "T", "created_at": "1970-01-01T00:00:00.000000Z", "created_by": "",
        "updated_at": "1970-01-01T00:00:00.000000Z",
    }  # fmt: skip
    assert [line[:26] for line in rest][:2] == ['{"project":{"created_at":"'] * 2
    assert [json.loads(line)["task"]["task_id"] for line in rest[2:]] == ["a", "b"]
    assert [json.loads(line)["project"]["project_id"] for line in rest[:2]] == ["p", "q"]


text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)
filled = text.filter(str.strip)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._~@+#-]{0,20}", fullmatch=True)
moments = st.integers(-30_000_000_000_000_000, 253_402_300_799_999_999)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(text.filter(lambda key: key != "sensitive"), json_values, max_size=3)
STRATEGIES = {
    "task_id": ids.map("t-".__add__),
    "project_id": ids,
    "title": filled,
    "type": st.just("bug"),
    "status": st.just("triage"),
    "priority": st.sampled_from(PRIORITIES),
    "parent_id": st.none() | ids.map("p-".__add__),
    "tags": st.lists(filled, unique=True).map(tuple),
    "metadata": objects,
    "checkpoint": st.none() | objects,
    "estimate_minutes": st.none() | st.integers(0, 9999),
    "fence": st.integers(0, 2**63 - 1),
    "version": st.integers(1, 2**63 - 1),
    "hold_kind": st.sampled_from([None, "human"]),
    "relations": st.sampled_from([(), (Relation("depends_on", "x+y"),)]),
}


def strategy(name: str) -> st.SearchStrategy[Any]:
    if name in STRATEGIES:
        return STRATEGIES[name]
    if name.endswith("_at") or name == "defer_until":
        return moments if name in ("created_at", "updated_at") else st.none() | moments
    if name in ("role", "assignee", "external_ref"):
        return st.none() | filled
    if name in NUMBERS:
        return st.none() | st.integers(0, 9999)
    return text if DEFAULTS[name] == "" else st.none() | text


tasks = st.builds(Task, **{name: strategy(name) for name in FIELDS if name not in VOLATILE_FIELDS})


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60
)
@given(task=tasks)
def test_any_task_survives(tmp_path: Path, to_task: Any, task: Task) -> None:
    (row,), _ = there_and_back(tmp_path / "f", [ExportedTask(task)], [])
    assert to_task(row) == task
    (again,), _ = there_and_back(tmp_path / "g", [ExportedTask(to_task(row))], [])
    assert again == row
    assert (tmp_path / "f").read_bytes() == (tmp_path / "g").read_bytes()


REFUSED = [
    ('{"format":"vespera","schema":2}', "schema 2; this version reads schema 1"),
    ('{"format":"vespera","schema":true}', "schema True"),
    ('{"format":"beads","schema":1}', "not an export of Vespera"),
    ('{"task":{}}', "not an export of Vespera"),
    ("{", "line 1: malformed JSON"),
    ("", "not an export of Vespera"),
]


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize(("header", "message"), REFUSED)
def test_the_header_is_needed(source_of: Any, header: str, message: str, skip: bool) -> None:
    source = source_of("jsonl", header, skip=skip)
    for read in (source.rows, source.projects):
        with pytest.raises(InvalidImport, match=message):
            list(read())


BAD = [
    ({"task": TASK | {"colour": "red", "lease_until": None}}, "unknown field: colour, lease_until"),
    ({"task": {"task_id": "t-1", "title": "x"}}, "no project_id"),
    ({"task": TASK | {"created_at": None}}, "created_at must be a time in text"),
    ({"task": TASK | {"due_at": 5}}, "due_at must be a time in text, not int"),
    ({"task": TASK | {"fence": 1.0}}, "fence must be a whole number"),
    ({"task": TASK | {"fence": 2**63}}, "fence must be a whole number"),
    ({"task": TASK | {"version": 0}}, "version must be a whole number from 1"),
    ({"task": TASK | {"tags": ["a", "a"]}}, "one twice"),
    ({"task": TASK | {"tags": "a"}}, "tags must be a list"),
    ({"task": TASK | {"relations": [["depends_on"]]}}, "a relation is a pair"),
    ({"task": TASK | {"relations": [["depends_on", "a b"]]}}, "relation target 'a b' is not an id"),
    ({"task": TASK | {"metadata": []}}, "metadata must be an object"),
    ({"task": TASK | {"checkpoint": "x"}}, "checkpoint must be an object"),
    ({"task": TASK | {"hold_kind": "ghost"}}, "hold_kind 'ghost' is unknown"),
    ({"task": TASK | {"comments": [{"at": "2026-01-01", "text": "x"}]}}, "a comment is an object"),
    ({"task": TASK | {"status": 5}}, "status must be text"),
    ({"task": TASK | {"status": "completed"}}, "do not fit together"),
    ({"task": TASK | {"closed_at": "2026-01-01T00:00:00Z"}}, "do not fit together"),
    ({"task": TASK | {"parent_id": "t-1"}}, "cannot relate to itself"),
    ({"task": TASK, "project": {}}, "either a project or a task"),
    ({"project": {"project_id": "p", "name": "P", "workflow": {"x": 1}}}, "unknown keys: x"),
    ({"project": {"project_id": "p", "name": "P", "status": "x"}}, "status 'x' is unknown"),
    ({"project": {"project_id": "p", "name": "P", "size": 1}}, "unknown field: size"),
    ({"project": []}, "an object was expected"),
]


@pytest.mark.parametrize(("line", "message"), BAD)
def test_what_is_unknown_or_wrong_is_refused(source_of: Any, line: Any, message: str) -> None:
    with pytest.raises(InvalidImport, match=f"line 2: .*{message}"):
        list(source_of("jsonl", HEADER, line).rows())
    source = source_of("jsonl", HEADER, line, {"task": TASK}, skip=True)
    assert list(source.projects()) == []
    assert [row.fields["task_id"] for row in source.rows()] == ["t-1"]
    assert [(problem.where, problem.kind) for problem in source.problems] == [("line 2", "invalid")]


def test_projects_come_first_and_once(source_of: Any) -> None:
    project = {"project": {"project_id": "p", "name": "P"}}
    with pytest.raises(InvalidImport, match="line 3: a project stands after the first task"):
        list(source_of("jsonl", HEADER, {"task": TASK}, project).rows())
    twice = source_of("jsonl", HEADER, project, project)
    with pytest.raises(InvalidImport, match="line 3: duplicate id: project p"):
        list(twice.projects())
    with pytest.raises(InvalidImport, match="line 3: duplicate id: project p"):
        list(twice.rows())
