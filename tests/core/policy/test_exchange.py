"""Files in and out: a dry run leaves nothing, and whoever is held to some projects stays in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.policy.conftest import coming_from
from vespera_core.app.application import Vespera
from vespera_core.app.care.rebuild import digest, stored
from vespera_core.app.requests import AddComment, BackupFile, ExportFile, ImportFile, Nothing
from vespera_core.errors import NotFound, PermissionDenied


def exported(ledger: Vespera, path: Path, **fields: Any) -> tuple[list[dict[str, Any]], Any]:
    answer = ledger.call("exchange.export", ExportFile(path=str(path), **fields))
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    return lines, answer


def counts(ledger: Vespera) -> tuple[int, int]:
    """How many tasks and events there are."""
    answer = ledger.call("system.stats", Nothing())
    return answer.total, answer.events


@pytest.fixture
def filled(ledger: Vespera) -> Vespera:
    """Tasks of two projects that hang on each other; bot may take files in and out of mem alone."""
    make = ledger.tasks.create_task
    make("Hidden parent", task_id="web-1", project_id="web")
    make("Hidden need", task_id="web-2", project_id="web")
    make("Shown need", task_id="mem-2", project_id="mem")
    make("Shown", task_id="mem-1", project_id="mem", parent_id="web-1", depends_on=["web-2", "mem-2"])
    ledger.tasks.delete_task("mem-2")
    ledger.access.add_principal("bot", kind="person")
    ledger.access.grant("bot", "exchange.*", project_id="mem")
    return ledger


def test_a_dry_run_says_what_an_import_would_do_and_does_nothing(filled: Vespera, tmp_path: Path) -> None:
    exported(filled, tmp_path / "f")
    with Vespera.in_memory(actor="ann") as other:
        asked = ImportFile(format="jsonl", path=str(tmp_path / "f"), dry_run=True)
        told = other.call("exchange.import", asked)
        assert (told.imported, told.dry_run, *counts(other)) == (4, True, 0, 1)
        assert other.call("exchange.import", ImportFile(format="jsonl", path=str(tmp_path / "f"))).imported == 4
        again = other.call("exchange.import", asked)
        assert (again.imported, again.unchanged) == (0, 4)


def test_an_export_holds_everything_in_order(filled: Vespera, tmp_path: Path) -> None:
    lines, answer = exported(filled, tmp_path / "f")
    assert [line.get("task", {}).get("task_id") for line in lines] == [None, None, "mem-1", "mem-2", "web-1", "web-2"]
    with filled.kernel.storage.read() as reader:
        assert answer.digest == digest(stored(reader)._replace(entities={}))
    assert exported(filled, tmp_path / "g", project_id="web")[1].tasks == 2
    with pytest.raises(NotFound):
        exported(filled, tmp_path / "h", project_id="none")


def test_more_tasks_than_are_read_at_a_time(ledger: Vespera, tmp_path: Path) -> None:
    for number in range(1_203):
        task = ledger.tasks.create_task(f"T {number}", task_id=f"mem-{number:04}")
        if number % 400 == 0:
            ledger.call("task.comment", AddComment(task_id=task.task_id, text=f"Remark {number}"))
    lines, answer = exported(ledger, tmp_path / "f")
    tasks = [line["task"] for line in lines if "task" in line]
    assert answer.tasks == 1_203
    assert [one["task_id"] for one in tasks] == [f"mem-{number:04}" for number in range(1_203)]
    assert [one["comments"][0]["text"] for one in tasks if "comments" in one] == [
        f"Remark {n}" for n in (0, 400, 800, 1200)
    ]


def test_whoever_is_held_to_a_project_gets_no_word_of_others(filled: Vespera, tmp_path: Path) -> None:
    bot = coming_from(filled, "bot")
    lines, _ = exported(bot, tmp_path / "f", project_id="mem")
    assert [line["task"]["task_id"] for line in lines if "task" in line] == ["mem-1", "mem-2"]
    assert "web" not in (tmp_path / "f").read_text()
    for refused in (ExportFile(path=str(tmp_path / "g")), ExportFile(path=str(tmp_path / "g"), project_id="web")):
        with pytest.raises(PermissionDenied):
            bot.call("exchange.export", refused)
    with pytest.raises(PermissionDenied):
        bot.call("system.backup", BackupFile(path=str(tmp_path / "copy")))


def row(task_id: str, **fields: Any) -> str:
    facts = {"task_id": task_id, "title": "Taken over", "created_at": "2026-01-01T00:00:00Z", "created_by": "eve",
             "updated_at": "2026-01-02T00:00:00Z", **fields}  # fmt: skip
    return json.dumps({"task": facts})


MADE = {"created_at": "2026-01-01T00:00:00Z", "created_by": "eve", "updated_at": "2026-01-01T00:00:00Z"}
PROJECT = json.dumps({"project": {"project_id": "own", "name": "Own", "version": 1, **MADE}})


@pytest.mark.parametrize(
    "lines",
    [
        [row("new-1", project_id="web")],
        [row("web-2", project_id="mem")],
        [PROJECT, row("a-1", project_id="mem")],
    ],
    ids=["a task of another project", "a task that is there", "a project"],
)  # fmt: skip
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_file_about_other_projects_is_not_taken(
    filled: Vespera, tmp_path: Path, lines: list[str], dry_run: bool
) -> None:
    path = tmp_path / "f"
    path.write_text("\n".join(['{"format":"vespera","schema":1}', *lines]) + "\n")
    bot, before = coming_from(filled, "bot"), counts(filled)
    with pytest.raises(PermissionDenied):
        bot.call("exchange.import", ImportFile(format="jsonl", path=str(path), project_id="mem", dry_run=dry_run))
    assert counts(filled) == before


def test_a_file_about_the_own_project_is(filled: Vespera, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("\n".join(['{"format":"vespera","schema":1}', row("mem-9", project_id="mem")]) + "\n")
    bot = coming_from(filled, "bot")
    asked = ImportFile(format="jsonl", path=str(path), project_id="mem")
    assert bot.call("exchange.import", asked).imported == 1
    assert filled.tasks.get_task("mem-9").title == "Taken over"
