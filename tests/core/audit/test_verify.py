"""The log as evidence: an adversary who writes to the database's file is found out, at the row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.audit.answers import VerifyAnswer
from vespera_core.app.audit.requests import VerifyLog
from vespera_core.app.requests import ClaimTask, CompleteTasks, CreateProject, CreateTask, DeleteTask, History, TaskRef
from vespera_core.cli.main import main
from vespera_core.errors import InvalidInput
from vespera_core.model.event import EventDraft, EventRow, Stamp, seal
from vespera_core.model.query import EventQuery


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    """A workspace with a dozen tasks in two projects."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        opened.call("project.create", CreateProject(project_id="api"))
        for number in range(12):
            opened.call("task.create", CreateTask(title=f"Task {number}", project_id="api" if number % 3 else None))
        yield opened


def verified(ledger: Vespera, head: str | None = None) -> VerifyAnswer:
    answer = ledger.call("audit.verify", VerifyLog(head=head))
    assert isinstance(answer, VerifyAnswer)
    return answer


def rows(ledger: Vespera) -> list[EventRow]:
    with ledger.kernel.storage.read() as reader:
        return list(reader.event_rows(EventQuery()))


def tampered(ledger: Vespera, *statements: str) -> None:
    """What somebody with the file in their hands does: the triggers go first."""
    assert ledger.folder is not None
    (file,) = ledger.folder.glob("*.db")
    with closing(sqlite3.connect(file)) as connection, connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'")
        for (name,) in found.fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)


def broken(ledger: Vespera, head: str | None = None) -> tuple[int, str]:
    answer = verified(ledger, head)
    assert not answer.intact
    assert answer.broken is not None
    assert answer.head is None
    return answer.broken.seq, answer.broken.what


def test_an_intact_log_says_where_it_ends(ledger: Vespera) -> None:
    last = rows(ledger)[-1]
    assert verified(ledger) == VerifyAnswer(intact=True, rows=last.seq, head=f"{last.seq}:{last.hash}")
    assert verified(ledger, f"{last.seq}:{last.hash}").intact


@pytest.mark.parametrize("column", ["actor", "payload", "at", "origin", "context", "kind", "entity", "hash"])
def test_an_altered_row_is_named(ledger: Vespera, column: str) -> None:
    value = "at + 0" if column == "at" else f"replace({column}, 'a', 'b') || ' '"
    tampered(ledger, f"UPDATE event SET {column} = {value.replace('+ 0', '+ 1')} WHERE seq = 5")
    seq, what = broken(ledger)
    assert seq == 5
    assert "event 5" in what


def test_a_row_that_was_taken_out_is_named(ledger: Vespera) -> None:
    tampered(ledger, "DELETE FROM event WHERE seq = 6")
    assert broken(ledger) == (6, "event 6 is missing: 7 comes next")


def test_a_row_that_was_taken_out_is_missed_though_the_others_moved_up(ledger: Vespera) -> None:
    last = rows(ledger)[-1].seq
    moves = [f"UPDATE event SET seq = {seq - 1} WHERE seq = {seq}" for seq in range(7, last + 1)]
    tampered(ledger, "DELETE FROM event WHERE seq = 6", *moves)
    assert broken(ledger)[0] == 6


def test_a_row_that_was_put_in_is_named(ledger: Vespera) -> None:
    kept = rows(ledger)
    copied = "event_id || 'x', at, kind, project_id, entity_type, entity, entity_version + 90, actor, origin, context,"
    columns = "event_id, at, kind, project_id, entity_type, entity, entity_version, actor, origin, context, payload"
    tampered(ledger, f"INSERT INTO event (seq, {columns}, prev_hash, hash) SELECT {kept[-1].seq + 1}, {copied} payload,"
                     f" prev_hash, hash FROM event WHERE seq = {kept[-1].seq}")  # fmt: skip
    assert broken(ledger)[0] == kept[-1].seq + 1


def test_bytes_that_are_no_row_are_named(ledger: Vespera) -> None:
    tampered(ledger, "UPDATE event SET actor = CAST(X'FFFE' AS TEXT) WHERE seq = 4")
    assert broken(ledger)[0] in (4, 3)


@pytest.mark.parametrize("gone", [1, 4])
def test_a_log_that_was_cut_off_ends_too_early(ledger: Vespera, gone: int) -> None:
    last = rows(ledger)[-1].seq
    tampered(ledger, f"DELETE FROM event WHERE seq > {last - gone}")
    seq, what = broken(ledger)
    assert seq == last - gone + 1
    assert "ends too early" in what


def test_a_log_that_was_written_anew_fits_in_itself_and_not_to_a_head_kept_elsewhere(ledger: Vespera) -> None:
    kept, heads, statements = rows(ledger), dict[str, str](), list[str]()
    head = f"{kept[-1].seq}:{kept[-1].hash}"
    for row in kept:
        actor = "mallory" if row.seq == 3 else row.actor
        draft = EventDraft(row.kind, row.project_id, row.entity_type, row.entity, row.entity_version,
                           json.loads(row.payload))  # fmt: skip
        fresh = seal(draft, row.seq, row.at, Stamp(actor, row.origin, row.context), heads.get(row.project_id, "0" * 64))
        heads[row.project_id] = fresh.hash
        statements.append(
            f"UPDATE event SET actor = '{actor}', event_id = '{fresh.event_id}', prev_hash = '{fresh.prev_hash}', "
            f"hash = '{fresh.hash}' WHERE seq = {row.seq}"
        )
    tampered(ledger, *statements)
    assert verified(ledger).intact
    assert broken(ledger, head)[0] == kept[-1].seq


def test_what_is_no_head_is_refused(ledger: Vespera) -> None:
    for head in ("12", "x:y", f"0:{'a' * 64}", "5:" + "A" * 64):
        with pytest.raises(InvalidInput):
            verified(ledger, head)


def test_the_command_says_it_with_its_exit_code(ledger: Vespera, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-C", str(ledger.folder.parent if ledger.folder else ""), "audit", "verify"]
    assert main(words) == 0
    assert "Intact: " in capsys.readouterr().out
    tampered(ledger, "UPDATE event SET actor = 'mallory' WHERE seq = 2")
    assert main(words) == 1
    assert "Broken at event 2: event 2 was altered" in capsys.readouterr().out


def test_every_write_makes_events_that_say_who_did_it_by_which_operation(ledger: Vespera) -> None:
    made = ledger.call("task.create", CreateTask(title="Watched")).task.task_id
    ledger.call("task.claim", ClaimTask(task_id=made))
    ledger.call("task.complete", CompleteTasks(task_ids=(made,)))
    ledger.acting_as("bob").call("task.delete", DeleteTask(task_id=made))
    ledger.call("task.restore", TaskRef(task_id=made))
    events = ledger.call("event.list", History(task_id=made)).events
    told = [(one.kind, one.actor, one.context["operation"]) for one in reversed(events)]
    assert told == [
        ("task.created", "ann", "task.create"), ("task.claimed", "ann", "task.claim"),
        ("task.completed", "ann", "task.complete"), ("task.deleted", "bob", "task.delete"),
        ("task.restored", "ann", "task.restore"),
    ]  # fmt: skip
