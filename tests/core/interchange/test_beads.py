"""The words of beads in ours, one rule at a time, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vespera_core.errors import InvalidImport
from vespera_core.interchange.reading import NEVER
from vespera_core.model.times import parse_moment
from vespera_core.ports.format import Comment, ImportRow

AT = "2026-01-02T03:04:05.678901+02:00"


def issue(**more: Any) -> dict[str, Any]:
    return {"id": "bd-1", "title": "One", "created_at": AT, "updated_at": AT} | more


def dependency(target: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"issue_id": "bd-1", "depends_on_id": target, "type": kind, **more}


@pytest.fixture
def row(source_of: Any) -> Any:
    def make(**more: Any) -> ImportRow:
        (only,) = source_of("beads", issue(**more)).rows()
        return only  # type: ignore[no-any-return]

    return make


@pytest.mark.parametrize(
    ("word", "status"),
    [("open", "pending"), ("in_progress", "in_progress"), ("hooked", "in_progress"), ("blocked", "blocked"),
     ("closed", "completed"), ("", "pending"), (None, "pending")],
)  # fmt: skip
def test_statuses(row: Any, word: str | None, status: str) -> None:
    assert row(status=word).fields["status"] == status


def test_an_original_word_is_kept(row: Any) -> None:
    assert row(status="hooked").fields["metadata"] == {"beads": {"status": "hooked"}}
    assert "metadata" not in row(status="open").fields


def test_deferred_with_a_date(row: Any) -> None:
    fields = row(status="deferred", defer_until="2026-05-01T00:00:00Z").fields
    assert (fields["status"], fields["defer_until"]) == ("pending", parse_moment("2026-05-01"))


def test_deferred_without_a_date_waits_for_one(source_of: Any) -> None:
    source = source_of("beads", issue(status="deferred"))
    (row,) = source.rows()
    assert row.fields["defer_until"] == NEVER
    assert [problem.kind for problem in source.problems] == ["deferred_without_date"]


def test_unknown_statuses_are_reported(source_of: Any) -> None:
    source = source_of("beads", issue(status="pinned"), issue(id="bd-2", status="merged", closed_at=AT))
    assert [row.fields["status"] for row in source.rows()] == ["pending", "completed"]
    assert [(problem.where, problem.kind) for problem in source.problems] == [
        ("line 1", "unknown_status"), ("line 2", "unknown_status"),
    ]  # fmt: skip


def test_tombstones_are_counted_and_their_ids_are_taken(source_of: Any) -> None:
    source = source_of("beads", issue(status="tombstone"), issue(id="bd-2"))
    assert [row.fields["task_id"] for row in source.rows()] == ["bd-2"]
    assert source.skipped == {"tombstone": 1}
    with pytest.raises(InvalidImport, match="line 2: duplicate id"):
        list(source_of("beads", issue(status="tombstone"), issue()).rows())


@pytest.mark.parametrize(
    ("kind", "ours"),
    [("blocks", "depends_on"), ("related", "relates_to"), ("relates-to", "relates_to"), ("replies-to", "relates_to"),
     ("duplicates", "duplicate_of"), ("discovered-from", "discovered_from"), ("supersedes", "supersedes"),
     ("Waits For", "waits_for")],
)  # fmt: skip
def test_dependencies(row: Any, kind: str, ours: str) -> None:
    assert row(dependencies=[dependency("bd-2", kind)]).relations == [(ours, "bd-2")]


def test_parents_keep_the_order_of_the_file(row: Any) -> None:
    links = [dependency(target, "parent-child") for target in ("bd-9", "bd-3", "bd-9")]
    assert row(dependencies=links).parents == ["bd-9", "bd-3"]


def test_dependencies_that_lead_out_are_reported(source_of: Any) -> None:
    links = [dependency("external:other:thing", "blocks"), dependency("bd-2", "blocks") | {"issue_id": "bd-7"}]
    source = source_of("beads", issue(dependencies=links))
    (row,) = source.rows()
    assert (row.relations, [problem.kind for problem in source.problems]) == ([], ["unlinked", "unlinked"])


@pytest.mark.parametrize(("number", "word"), [*enumerate(["critical", "high", "normal", "low", "someday"])])
def test_priorities(row: Any, number: int, word: str) -> None:
    assert row(priority=number).fields["priority"] == word


def test_fields_with_a_home(row: Any) -> None:
    texts = {"description": "d", "notes": "n", "acceptance_criteria": "c", "assignee": "a", "external_ref": "gh-1"}
    comment = {"id": 3, "issue_id": "bd-1", "author": "ada", "text": "hm", "created_at": AT}
    got = row(**texts, labels=["x", "x", "", "y"], estimated_minutes=5, due_at=AT, comments=[comment])
    assert texts.items() <= got.fields.items()
    assert (got.fields["tags"], got.fields["estimate_minutes"]) == (("x", "y"), 5)
    assert got.fields["due_at"] == parse_moment(AT)
    assert got.comments == [Comment(parse_moment(AT), "ada", "hm")]


def test_closed_at_follows_the_status(row: Any) -> None:
    assert row(status="closed").fields["closed_at"] == parse_moment(AT)
    opened = row(status="open", closed_at=AT).fields
    assert "closed_at" not in opened
    assert opened["metadata"] == {"beads": {"closed_at": AT}}
    assert "closed_at" not in row(closed_at="0001-01-01T00:00:00Z").fields


def test_what_has_no_home_is_kept(row: Any) -> None:
    assert row(design="so", metadata={"k": 1}).fields["metadata"] == {"k": 1, "beads": {"design": "so"}}


FULL = [
    issue(status="hooked", design="so", owner=None, issue_type="Weird Type", metadata={"k": 1}),
    issue(id="bd-2", status="deferred", labels=["a"], estimated_minutes=3, priority=4, external_ref="gh-9"),
    issue(id="bd-3", status="closed", close_reason="done", dependencies=[
        {"depends_on_id": "bd-2", "type": "replies-to"},
        {"depends_on_id": "bd-2", "type": "parent-child", "created_at": AT},
        {"depends_on_id": "bd-1", "type": "parent-child"},
        {"depends_on_id": "external:x", "type": "blocks"},
        {"depends_on_id": "bd-1", "type": "until-done"},
    ]),
    issue(id="bd-4", status="pinned", closed_at=AT, comments=[{"author": "ada", "text": "hm", "created_at": AT}]),
]  # fmt: skip


def test_an_export_imports_as_the_same(source_of: Any, exported: Any, to_task: Any) -> None:
    rows = list(source_of("beads", *FULL).rows())
    text = exported("beads", rows)
    again = list(source_of("beads", text).rows())
    assert [to_task(row) for row in again] == [to_task(row) for row in rows]
    assert [row.comments for row in again] == [row.comments for row in rows]
    assert exported("beads", again) == text


def test_an_export_speaks_the_language_of_beads(source_of: Any, exported: Any) -> None:
    one, two, three, _ = (
        json.loads(line) for line in exported("beads", source_of("beads", *FULL).rows()).split("\n")[:-1]
    )
    assert (one["status"], one["issue_type"], one["design"], one["metadata"]) == (
        "hooked",
        "Weird Type",
        "so",
        {"k": 1},
    )
    assert (two["status"], two["priority"], two["labels"], two["estimated_minutes"]) == ("deferred", 4, ["a"], 3)
    assert {(link["type"], link["depends_on_id"]) for link in three["dependencies"]} == {
        ("parent-child", "bd-2"), ("replies-to", "bd-2"), ("parent-child", "bd-1"), ("until-done", "bd-1"),
    }  # fmt: skip


def test_an_export_says_what_holds_now(source_of: Any, exported: Any) -> None:
    (row,) = source_of("beads", issue(status="hooked", dependencies=[dependency("bd-2", "related", by="x")])).rows()
    row.fields["status"], row.relations[:] = "blocked", [("depends_on", "bd-5")]
    data = json.loads(exported("beads", [row]))
    assert data["status"] == "blocked"
    assert data["dependencies"] == [dependency("bd-5", "blocks")]
    assert data["unlinked_dependencies"] == [{"depends_on_id": "bd-2", "type": "related", "by": "x"}]
