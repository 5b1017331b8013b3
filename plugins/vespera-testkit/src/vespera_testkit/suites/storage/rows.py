"""The contract of rows: tasks come back as they were written, and whoever comes too late is refused."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_core.errors import DuplicateId, InvalidInput, VersionConflict
from vespera_core.model.basics import EARLIEST, LATEST, MAX_TEXT, MAX_TITLE, Micros
from vespera_core.model.project import Project
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import FIELDS, Relation
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.tasks import new_task, record_of

ODD_TEXTS = (
    "plain",
    "tab\there, line\nbreak, return\r\n",
    "  spaces around  ",
    "emoji 🦔👩‍👩‍👧 flag 🇨🇭",
    "right to left: שלום مرحبا",
    "combining e\u0301 and composed \u00e9",
    "quotes ' \" ` and \\ backslash; -- DROP TABLE task;",
    "percent % underscore _ star * hash #",
    "beyond the basic plane \U0001d518\U0001d52b \U0010fffd",
    "zero\u200bwidth \ufeff and \u2028 line separator",
)

FULL: dict[str, Any] = {
    "description": "d", "type": "bug", "status": "in_progress", "priority": "someday", "role": "r", "assignee": "a",
    "acceptance_criteria": "c", "notes": "n", "tags": ("b", "a"), "metadata": {"k": [1, {"x": None}], "": ""},
    "due_at": Micros(1), "defer_until": Micros(2), "estimate_minutes": 3, "external_ref": "e", "block_reason": "br",
    "close_reason": "cr", "created_at": Micros(4), "created_by": "cb", "updated_at": Micros(5), "started_at": Micros(6),
    "closed_at": Micros(7), "closed_by": "x", "deleted_at": Micros(8), "delete_batch": "batch", "hold_kind": "worker",
    "lease_owner": "o", "lease_until": Micros(9), "lease_seconds": 10, "fence": 11, "checkpoint": {"next": "step"},
    "version": 12,
}  # fmt: skip
"""A value other than the default for every field that stands in a task's own row."""

NOTHINGS: dict[str, tuple[Any, ...]] = {
    "estimate_minutes": (None, 0), "due_at": (None, Micros(0)), "defer_until": (None, Micros(0)),
    "started_at": (None, Micros(0)), "block_reason": (None, ""), "close_reason": (None, ""),
    "checkpoint": (None, {}), "lease_until": (None, Micros(0)),
}  # fmt: skip
"""Fields in which "not set" and "nothing" are two values."""


BROKEN: tuple[dict[str, Any], ...] = (
    {"title": ""},
    {"title": "\x00"},
    {"description": "\ud800"},
    {"metadata": {"sensitive": {}}},
    {"priority": "urgent"},
    {"relations": (Relation("Not a word", "aim"),)},
    {"metadata": {"x": float("nan")}},
    {"estimate_minutes": -1},
)
"""Fields with values that no store may hold."""


class RowRules:
    """Rows in, the same values out."""

    def test_every_field_comes_back(self, bench: Bench) -> None:
        """Every field of a task, each with a value of its own, is read as it was written."""
        bench.add(new_task("up"), new_task("aim"))
        full = new_task("t", **FULL, parent_id="up", relations=(Relation("depends_on", "aim"),))
        assert {name for name in FIELDS if getattr(full, name) == getattr(new_task("t"), name)} == {
            "task_id", "project_id", "title",
        }  # fmt: skip
        bench.add(full)
        assert bench.task("t") == full

    def test_an_update_writes_every_field(self, bench: Bench) -> None:
        """An update writes every field, relations included, and takes every one back to nothing."""
        bench.add(new_task("up"), new_task("aim"), plain := new_task("t"))
        changes = {**FULL, "version": 2, "parent_id": "up", "relations": (Relation("depends_on", "aim"),)}
        full = plain.evolve(**changes, title="other")
        bench.write(lambda unit: unit.update_task(plain, full, "active"))
        assert bench.task("t") == full
        bare = new_task("t", version=3)
        bench.write(lambda unit: unit.update_task(full, bare, "todo"))
        assert bench.task("t") == bare

    def test_texts_are_kept_verbatim(self, bench: Bench) -> None:
        """Text comes back character by character: line breaks, spaces at the ends, emoji, combining marks.

        If this fails: the store trims, normalises or re-encodes text; compare the first text that differs byte by byte.
        """
        tasks = [
            new_task(f"t{place}", title=text, description=text, notes=text, acceptance_criteria=text, role=text,
                     assignee=text, external_ref=text, tags=(text,), metadata={text: text}, checkpoint={text: [text]})
            for place, text in enumerate(ODD_TEXTS)
        ]  # fmt: skip
        bench.add(*tasks)
        for task in tasks:
            assert bench.task(task.task_id) == task

    def test_values_at_the_limits(self, bench: Bench) -> None:
        """The longest id, title and texts, the largest and smallest numbers, and the ends of time are kept.

        If this fails: look for a column that is too short, for integers of 32 bits, and for numbers that pass through
        a float.
        """
        task = new_task(
            "i" * 128,
            title="🦔" * MAX_TITLE,
            description="ß" * MAX_TEXT,
            notes="\n" * MAX_TEXT,
            tags=tuple(f"tag {number}" for number in range(100)),
            due_at=LATEST,
            created_at=EARLIEST,
            estimate_minutes=52_560_000,
            version=2**53,
            fence=2**40,
            metadata={
                "big": 10**100,
                "small": -(10**100),
                "tiny": 5e-324,
                "huge": 1.7e308,
                "third": 1 / 3,
                "zero": -0.0,
            },
        )
        bench.add(task)
        kept = bench.task("i" * 128)
        assert kept == task
        assert kept is not None
        assert str(kept.metadata["zero"]) == "-0.0"

    def test_json_keeps_its_types(self, bench: Bench) -> None:
        """In JSON, `true`, `1`, `1.0` and `"1"` are four values, and stay so.

        If this fails: the engine has a JSON type of its own that rewrites what it is given; keep JSON as text.
        """
        metadata = {"a": True, "b": 1, "c": 1.0, "d": "1", "e": None, "f": [], "g": {}, "h": [[1], {"": False}]}
        bench.add(new_task("t", metadata=metadata, checkpoint=metadata))
        kept = bench.task("t")
        assert kept is not None
        assert repr(kept.metadata) == repr(metadata)
        assert repr(kept.checkpoint) == repr(metadata)

    @pytest.mark.parametrize("field", sorted(NOTHINGS))
    def test_nothing_is_not_unset(self, bench: Bench, field: str) -> None:
        """ "Not set" and "empty" are two values: None is not 0, "" or {}.

        If this fails: a truth test (`value or None`) stands where a test for None should.
        """
        tasks = [new_task(f"t{place}", **{field: value}) for place, value in enumerate(NOTHINGS[field])]
        bench.add(*tasks)
        assert [getattr(bench.task(task.task_id), field) for task in tasks] == list(NOTHINGS[field])

    def test_what_no_store_may_hold_is_refused(self, bench: Bench) -> None:
        """Values that are never valid raise `InvalidInput`, new or changed, and nothing of that work is written.

        If this fails: call the core's check for every task that is written, before the first of them is.
        """
        bench.add(kept := new_task("t"), new_task("aim"))
        for fields in BROKEN:
            broken = new_task("broken", **fields)
            with pytest.raises(InvalidInput):
                bench.add(new_task("new"), broken)
            with pytest.raises(InvalidInput):
                bench.update(kept, **fields)
        assert bench.task("t") == kept
        assert bench.task("new") is None

    def test_returned_values_are_not_live(self, bench: Bench) -> None:
        """What was given and what was answered is the caller's: changing it later changes nothing in the store.

        If this fails: a dictionary is handed through; parse it anew, or copy it, on the way in and on the way out.
        """
        mine = {"list": [1], "map": {"x": 1}}
        bench.add(new_task("t", metadata=mine, checkpoint={"c": []}))
        bench.write(lambda unit: unit.put_project(Project("p", "p", metadata=mine, workflow={"statuses": {}})))
        mine["list"].append(2)  # type: ignore[attr-defined]
        for _ in range(2):
            with bench.reader() as reader:
                tasks = [reader.tasks(["t"])["t"], reader.select(TaskQuery()).items[0]]
                tasks.append(reader.search(["Title"], TaskQuery(), every=True).items[0])
                project = reader.projects(["p"])[0]
            for task in tasks:
                assert task.metadata == {"list": [1], "map": {"x": 1}}
                assert task.checkpoint == {"c": []}
                task.metadata["map"]["x"] = 2
                task.metadata["more"] = 1
                task.checkpoint["c"].append(1)
            assert project.metadata == {"list": [1], "map": {"x": 1}}
            project.metadata["list"].clear()
            project.workflow["statuses"]["x"] = "held"

    # ------------------------------------------------------------ ids

    def test_ids_that_name_nothing_are_left_out(self, bench: Bench) -> None:
        """Ids that name nothing are left out of answers, which stand in the order asked for; ids tell case apart."""
        bench.add(new_task("a"), new_task("b"))
        with bench.reader() as reader:
            assert list(reader.tasks(["b", "none", "a", "b"])) == ["b", "a"], "in the order asked for: answers keep it"
            assert reader.tasks([]) == {}
            assert reader.task("A") is None
            assert set(reader.readiness(["b", "none"])) == {"b"}
            assert reader.readiness([]) == {}
            assert reader.edges([], incoming=True) == reader.edges(["none"], incoming=False) == []

    def test_a_deleted_task_is_found_by_its_id(self, bench: Bench) -> None:
        """A task that was deleted is still read by its id, by a prefix, and in its readiness."""
        bench.add(gone := new_task("gone", deleted_at=Micros(5), delete_batch="x"))
        with bench.reader() as reader:
            assert reader.tasks(["gone"]) == {"gone": gone}
            assert reader.ids_with_prefix("go", 5) == ["gone"]
            assert reader.readiness(["gone"])["gone"].deleted

    def test_prefixes_are_plain_text(self, bench: Bench) -> None:
        """A prefix is plain text: `%`, `_` and `*` stand for themselves, and case counts; ids come by code point.

        If this fails: LIKE or GLOB sees patterns, or the collation of the engine sorts in another order.
        """
        ids = ["a", "a-1", "a-10", "a-2", "A-1", "a_1", "aX1", "a.b", "a~", "a@b", "a+b", "a#b", "ab", "b"]
        bench.add(*map(new_task, ids))
        with bench.reader() as reader:
            for prefix in (
                "",
                "a",
                "a-",
                "a-1",
                "a_",
                "A",
                "a.",
                "a~",
                "a@",
                "a+",
                "a#",
                "%",
                "_",
                "a%",
                "*",
                "é",
                "🦔",
            ):
                expected = sorted(one for one in ids if one.startswith(prefix))
                assert reader.ids_with_prefix(prefix, 100) == expected, prefix
                assert reader.ids_with_prefix(prefix, 2) == expected[:2], prefix

    # ------------------------------------------------------------ guards

    def test_a_stale_version_is_refused(self, bench: Bench) -> None:
        """A write that starts from another version than the present one raises `VersionConflict` and writes nothing.

        If this fails: put the old version into the condition of the update, and look at how many rows it changed.
        """
        bench.add(first := new_task("t"))
        second = bench.update(first, title="second")
        with pytest.raises(VersionConflict):
            bench.update(first, title="lost")
        with pytest.raises(VersionConflict):
            bench.update(second.evolve(version=7), title="ahead")
        with pytest.raises(VersionConflict):
            bench.update(new_task("none"))
        assert bench.task("t") == second

    def test_a_refused_update_leaves_the_unit_usable(self, bench: Bench) -> None:
        """After a version conflict the unit is as it was before, relations included, and goes on."""
        bench.add(aim := new_task("aim"), first := new_task("t"))

        def work(unit: Any) -> None:
            stale = first.evolve(version=9, title="stale", relations=(Relation("depends_on", "aim"),))
            with pytest.raises(VersionConflict):
                unit.update_task(stale, stale.evolve(version=10), "todo")
            assert unit.task("t") == first
            unit.update_task(aim, aim.evolve(title="written", version=2), "todo")

        bench.write(work)
        assert bench.task("t") == first
        assert bench.task("aim") == aim.evolve(title="written", version=2)

    @pytest.mark.parametrize("taken", [["t"], ["new", "t"], ["t", "new"], ["new", "new"]], ids="-".join)
    def test_a_taken_id_leaves_the_unit_as_it_was(self, bench: Bench, taken: list[str]) -> None:
        """An id that is taken raises `DuplicateId` with that id, none of its batch is written, and the unit goes on.

        If this fails: the engine ends the transaction at an error: use a savepoint, or look before you insert.
        """
        bench.add(first := new_task("t", title="findable first"))

        def work(unit: Any) -> None:
            arrows = {"t": (), "new": (Relation("x", "t"),)}
            rows = [new_task(one, title="findable other", relations=arrows[one]) for one in taken]
            with pytest.raises(DuplicateId) as caught:
                unit.insert_tasks([(row, record_of(row)) for row in rows])
            assert caught.value.details["task_id"] == ("t" if "t" in taken else "new")
            assert unit.task("t") == first
            assert unit.task("new") is None
            unit.insert_tasks([(task := new_task("later"), record_of(task))])

        bench.write(work)
        assert bench.task("t") == first
        assert bench.task("new") is None
        assert bench.task("later") is not None
        with bench.reader() as reader:
            assert [task.task_id for task in reader.search(["findable"], TaskQuery(), every=True).items] == ["t"]
            assert reader.edges(["t"], incoming=True) == []
            assert reader.select(TaskQuery(ready_at=Micros(1))).total == 2
