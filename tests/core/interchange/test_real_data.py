"""The real projects beside the checkout come in whole: exact counts, and what is wrong with them is named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from vespera_core.ports.format import ImportRow, Source

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real projects are not at {DATA}"),
]


def links(rows: Iterable[ImportRow]) -> tuple[Counter[str], list[tuple[str, str]]]:
    """How many relations of each kind resolve, and which do not."""
    rows = list(rows)
    known = {row.fields["task_id"] for row in rows}
    found, lost = Counter[str](), []
    for row in rows:
        for kind, target in [*row.relations, *(("parent", parent) for parent in row.parents)]:
            if target in known:
                found[kind] += 1
            else:
                lost.append((row.fields["task_id"], target))
    return found, lost


def kinds(source: Source) -> Counter[str]:
    return Counter(problem.kind for problem in source.problems)


def test_beads(open_source: Any) -> None:
    source = open_source("beads", DATA / "beads-issues.jsonl")
    rows = list(source.rows())
    assert (len(rows), source.skipped, source.problems, source.total()) == (2295, {"tombstone": 346}, [], 2641)
    found, lost = links(rows)
    assert found == {"depends_on": 349, "parent": 326, "discovered_from": 69, "relates_to": 9}
    assert lost == [
        ("bd-08lym", "bd-wisp-75s"), ("bd-7bs4.1", "bd-7bs4"), ("bd-879d", "bd-d3e5"), ("bd-yyxi", "bd-eph-5h2"),
    ]  # fmt: skip
    assert sum(len(row.parents) == 2 for row in rows) == 4
    statuses = Counter((row.fields["status"], "closed_at" in row.fields) for row in rows)
    assert statuses == {("completed", True): 2190, ("pending", False): 92, ("in_progress", False): 13}


def test_beads_export_imports_as_the_same_tasks(open_source: Any, exported: Any, to_task: Any, tmp_path: Path) -> None:
    rows = list(open_source("beads", DATA / "beads-issues.jsonl").rows())
    known = {row.fields["task_id"] for row in rows}
    for row in rows:  # as the importer does: what leads nowhere is left out
        row.parents[:] = [target for target in row.parents if target in known]
        row.relations[:] = [pair for pair in row.relations if pair[1] in known]
    path = tmp_path / "again.jsonl"
    path.write_text(exported("beads", rows), encoding="utf-8")
    again = list(open_source("beads", path).rows())
    assert [to_task(row) for row in again] == [to_task(row) for row in rows]


def test_beads_export_gives_back_what_the_file_said(open_source: Any, exported: Any) -> None:
    path = DATA / "beads-issues.jsonl"
    before = [row for line in path.read_bytes().splitlines() if (row := json.loads(line))["status"] != "tombstone"]
    after = [json.loads(line) for line in exported("beads", open_source("beads", path).rows()).split("\n")[:-1]]
    same = ("id", "title", "description", "status", "priority", "issue_type", "close_reason", "notes")
    for old, new in zip(before, after, strict=True):
        assert {key: old[key] for key in same if key in old} == {key: new[key] for key in same if key in new}
        assert sorted(map(str, old.get("dependencies", []))) == sorted(map(_in_order, new.get("dependencies", [])))


def _in_order(link: dict[str, Any]) -> str:
    return str({key: link[key] for key in ("issue_id", "depends_on_id", "type", "created_at", "created_by")})


def test_taskmaster(open_source: Any) -> None:
    source = open_source("taskmaster", DATA / "taskmaster-tasks.json")
    rows = list(source.rows())
    assert (len(rows), sum(bool(row.parents) for row in rows), source.skipped) == (1096, 914, {})
    assert len({row.fields["task_id"] for row in rows}) == 1096
    assert len({row.fields["tags"] for row in rows}) == 9
    assert kinds(source) == {"repeated_id": 7, "deferred_without_date": 5}
    found, lost = links(rows)
    assert found == {"depends_on": 973, "parent": 914}
    assert lost == [("test-tag-1", "test-tag-16")]


def test_taskmaster_holds_one_cycle_for_the_importer_to_drop(open_source: Any) -> None:
    source = open_source("taskmaster", DATA / "taskmaster-tasks.json")
    assert source.drops_cycles
    waits = {row.fields["task_id"]: {target for _, target in row.relations} for row in source.rows()}
    loops = {frozenset((one, two)) for one, targets in waits.items() for two in targets if one in waits.get(two, ())}
    assert loops == {frozenset(("master-12.1", "master-12.4"))}


def test_backlog(open_source: Any) -> None:
    source = open_source("backlog", DATA / "backlog-md")
    rows = list(source.rows())
    folders = Counter(row.where.split("/")[0] for row in rows)
    assert folders == {"completed": 455, "tasks": 158, "drafts": 15}
    assert source.skipped == {"no_front_matter": 3, "milestone": 3}
    assert source.problems == []
    assert sum("draft" in row.fields["tags"] for row in rows) == 15
    found, lost = links(rows)
    assert found == {"parent": 116, "depends_on": 89}
    assert lost == [
        ("BACK-1", "task-0"), ("BACK-13.1", "task-13"), ("BACK-217.01", "task-217"), ("DRAFT-14", "task-8"),
        ("DRAFT-2", "task-8"), ("DRAFT-6", "task-8"), ("DRAFT-8", "task-8"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "file"),
    [("beads", "beads-issues.jsonl"), ("taskmaster", "taskmaster-tasks.json"), ("backlog", "backlog-md")],
)
def test_every_call_of_rows_gives_the_same(open_source: Any, name: str, file: str) -> None:
    source = open_source(name, DATA / file)
    first = list(source.rows())
    told = (dict(source.skipped), list(source.problems))
    assert list(source.rows()) == first
    assert (source.skipped, source.problems) == told
    for row in first:
        closed = row.fields["status"] in ("completed", "cancelled")
        assert (row.fields.get("closed_at") is not None) == closed
