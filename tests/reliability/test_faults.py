"""T6, T23: full and failing disks, files that may not be written, damaged files, processes that hang.

Whatever happens, the answer is an error of the ledger, nothing is half-written, and what was promised still holds.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from threading import Event as Flag
from typing import Any

import pytest

from reliability.support.dose import dose, say
from reliability.support.engine import Engine, running_on
from reliability.support.failing import ERRORS, FailingDisk, small_disk
from reliability.support.processes import Child, Send, children
from reliability.support.workspaces import (
    assert_healthy,
    copy_workspace,
    doctor_faults,
    events_of,
    raw,
    set_busy_seconds,
    store_file,
)
from vespera_core.app.application import Vespera, load_plugins
from vespera_core.app.care.rebuild import digest, stored
from vespera_core.app.config import Settings
from vespera_core.errors import (
    InvalidInput,
    Refused,
    StoreBusy,
    StoreCorrupt,
    StoreFault,
    StoreFull,
    StoreNewer,
    StoreReadOnly,
    VesperaError,
)
from vespera_core.model.task import Task
from vespera_core.ports.storage import UnitOfWork
from vespera_sql.checks import findings
from vespera_sql.connection import connect

NOBODY = 65534
BIG = "x" * 3000


def state_of(ledger: Vespera) -> tuple[str, int]:
    """Everything that counts as state, and where the log ends."""
    with ledger.kernel.storage.read() as reader:
        return digest(stored(reader)), len(events_of(ledger))


def filled(ledger: Vespera, count: int) -> list[str]:
    """Some tasks with texts, in one tree."""
    made = ledger.tasks.create_task_tree([{"title": f"task {n}", "description": f"{n} {BIG}"} for n in range(count)])
    return [task.task_id for task in made]


def refused(write: Callable[[], Any]) -> VesperaError | None:
    """The error that a write ends with, if it does; anything but an error of the ledger fails the test."""
    try:
        write()
    except VesperaError as error:
        return error
    return None


# ---------------------------------------------------------------- a disk that fails


WRITES: dict[str, Callable[[Vespera, str, str], Any]] = {
    "create": lambda ledger, one, _: ledger.tasks.create_task(f"new {one}"),
    "keyed create": lambda ledger, one, key: ledger.tasks.create_task(f"new {one}", idempotency_key=key),
    "update": lambda ledger, one, key: ledger.tasks.update_task(one, description=key + BIG * 2),
    "claim": lambda ledger, one, _: ledger.tasks.claim(one),
    "complete": lambda ledger, one, _: ledger.tasks.complete_task(one),
    "tree": lambda ledger, one, key: ledger.tasks.create_task_tree({"title": one, "children": [{"title": key}] * 3}),
}


@pytest.mark.parametrize("error", sorted(ERRORS))
@pytest.mark.parametrize("write", sorted(WRITES))
def test_the_nth_change_of_the_disk_fails(workspace: Path, write: str, error: str) -> None:
    """For n = 0, 1, 2 ... until the write succeeds: a clean error, nothing of it there, and it works once mended.

    Without checkpoints: apsw raises what a checkpoint after a commit meets, where SQLite itself says nothing of it.
    The small disk below brings full checkpoints, with the shipping engine.
    """
    disk = FailingDisk(f"failing-{write}-{error}", error)
    with running_on(Engine(disk.name, autocheckpoint=0)), Vespera.open(workspace, actor="victim") as ledger:
        made = ledger.tasks.create_task_tree([{"title": f"task {number}"} for number in range(150)])
        number = 0
        while _fails_at(disk, ledger, number, partial(WRITES[write], ledger, made[number].task_id, f"key {number}")):
            number += 1
        assert number >= 3, "no write has so few changes: the disk did not fail where it should"
        assert doctor_faults(ledger) == []
    say(f"{write}, {error}: failed at each of {number} places")
    disk.unregister()
    assert_healthy(workspace)


def _fails_at(disk: FailingDisk, ledger: Vespera, number: int, write: Callable[[], Any]) -> bool:
    """Fail at the n-th change, check that nothing happened or all did, mend, and do it; answers whether it failed."""
    before = state_of(ledger)
    disk.fail_at(number)
    error = refused(write)
    struck = disk.failures > 0
    disk.mend()
    assert struck == (error is not None)
    if error is None:
        assert state_of(ledger) != before
        return False
    assert isinstance(error, StoreFault)
    assert error.message
    assert error.next
    assert state_of(ledger) == before, f"a write that failed at change {number} left something"
    write()
    assert state_of(ledger) != before
    return True


def test_a_small_disk_fills_up(template: Path, tmp_path: Path) -> None:
    """Page by page on a real file system: full, refused, freed, done, in one process that never reopens."""
    try:
        with small_disk(tmp_path / "disk", 32 << 20) as disk:
            with children() as family:
                family.append(Child(lambda send: _fill_up(copy_workspace(template, disk / "workspace"), disk, send)))
                said = family[0].drain()
                assert family[0].wait() == 0, said
            assert_healthy(disk / "workspace")
    except PermissionError as error:
        pytest.skip(f"no file system can be mounted here ({error}); the limits on file size and VFS faults still ran")
    counts = {line[0]: line[1] for line in said}
    say(f"a small disk: {counts}")
    assert counts["refused"] > 5
    assert counts["done"] > 5


def _fill_up(workspace: Path, disk: Path, send: Send) -> None:
    counts = {"refused": 0, "done": 0}
    with Vespera.open(workspace, actor="victim") as ledger:
        ids = filled(ledger, 20)
        for pages in range(dose(40, 120)):
            _leave_room(disk, pages * 4096)
            before = state_of(ledger)
            write = partial(ledger.tasks.update_task, ids[pages % 20], notes=f"{pages} {BIG * 8}")
            error = refused(write)
            after = state_of(ledger)
            (disk / "filler").unlink()
            if error is not None:
                assert isinstance(error, StoreFull), error
                assert before == after
                write()
            counts["done" if error is None else "refused"] += 1
            assert state_of(ledger) != before
        assert doctor_faults(ledger) == []
    for item in counts.items():
        send(item)


def _leave_room(disk: Path, size: int) -> None:
    """Fill a file system but for `size` bytes."""
    with (disk / "filler").open("wb") as filler:
        free = os.statvfs(disk).f_bavail * 4096
        filler.write(bytes(max(0, free - size)))


def test_files_may_not_grow(workspace: Path) -> None:
    """A limit on the size of files, for those who may not mount: refused, lifted, done."""
    with children() as family:
        family.append(Child(lambda send: _grow_against_a_limit(workspace, send)))
        said = family[0].drain()
        assert family[0].wait() == 0, said
    assert said[-1][0] == "refused"
    assert said[-1][1] > 5
    assert_healthy(workspace)


def _grow_against_a_limit(workspace: Path, send: Send) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    count = 0
    with Vespera.open(workspace, actor="victim") as ledger:
        (one,) = filled(ledger, 1)
        wal = Path(f"{store_file(workspace)}-wal")
        for pages in range(30):
            before = state_of(ledger)
            limit = wal.stat().st_size + pages * 1024
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            write = partial(ledger.tasks.update_task, one, notes=f"{pages} {BIG}")
            error = refused(write)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            if error is not None:
                count += 1
                assert isinstance(error, StoreFault), error
                assert state_of(ledger) == before
                write()
            assert state_of(ledger) != before
        assert doctor_faults(ledger) == []
    send(["refused", count])


# ---------------------------------------------------------------- files that may not be written


@pytest.fixture
def open_folder(template: Path) -> Iterator[Path]:
    """A workspace where another user may come, owned by whoever runs the scene in it."""
    folder = Path(tempfile.mkdtemp(prefix="vespera-scene-"))
    folder.chmod(0o755)
    workspace = copy_workspace(template, folder / "workspace")
    with Vespera.open(workspace, actor="before") as ledger:
        filled(ledger, 3)
    if os.geteuid() == 0:
        for path in (workspace, *workspace.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    yield workspace
    shutil.rmtree(folder)


def as_nobody(scene: Callable[[], None]) -> None:
    """Play a scene in a process without root's right to write everything."""

    def play(send: Send) -> None:
        load_plugins(Settings(), rescan=True)  # imports what nobody may not read where root's own Python runs
        if os.geteuid() == 0:
            os.setgroups([])
            os.setegid(NOBODY)
            os.seteuid(NOBODY)
        scene()
        send(["played"])

    with children() as family:
        family.append(Child(play))
        said = family[0].drain()
        assert family[0].wait() == 0
        assert said == [["played"]]


@pytest.mark.parametrize("what", ["file", "folder", "file and folder"])
def test_what_may_not_be_written_is_said(open_folder: Path, what: str) -> None:
    """Writes are refused with the reason, reads either work or say the same; afterwards everything works."""
    store = store_file(open_folder)
    modes = {store: 0o444 if "file" in what else 0o600, store.parent: 0o555 if "folder" in what else 0o700}

    def scene() -> None:
        for path, mode in modes.items():
            path.chmod(mode)
        error = refused(lambda: _write_once(open_folder))
        assert isinstance(error, StoreReadOnly), repr(error)
        assert ".vespera" in error.message + error.next
        reading = refused(lambda: _read_once(open_folder))
        assert reading is None or isinstance(reading, StoreReadOnly), repr(reading)
        store.parent.chmod(0o700)
        for path in store.parent.glob("vespera.db*"):  # SQLite gave the files beside the store the store's own mode
            path.chmod(0o600)
        assert _write_once(open_folder).version == 1
        assert_healthy(open_folder)

    as_nobody(scene)


def _write_once(workspace: Path) -> Task:
    with Vespera.open(workspace, actor="victim") as ledger:
        return ledger.tasks.create_task("written")


def _read_once(workspace: Path) -> int:
    with Vespera.open(workspace, actor="victim") as ledger:
        return ledger.tasks.list_tasks().total


def test_a_file_that_becomes_read_only_under_an_open_ledger(open_folder: Path) -> None:
    """The lock cannot be opened any more: the write is refused, and works again without reopening."""
    folder = store_file(open_folder).parent

    def scene() -> None:
        for path in folder.glob("vespera.lock*"):
            path.unlink()
        with Vespera.open(open_folder, actor="victim") as ledger:
            total = ledger.tasks.list_tasks().total
            folder.chmod(0o555)
            error = refused(lambda: ledger.tasks.create_task("refused"))
            assert isinstance(error, StoreReadOnly), repr(error)
            assert ledger.tasks.list_tasks().total == total
            folder.chmod(0o700)
            assert ledger.tasks.create_task("written").version == 1

    as_nobody(scene)


# ---------------------------------------------------------------- damaged files


@pytest.fixture
def full(workspace: Path) -> Path:
    """A workspace with something in it, closed: the store is one file."""
    with Vespera.open(workspace, actor="before") as ledger:
        ids = filled(ledger, 40)
        for one, other in zip(ids[:10], ids[10:20], strict=True):
            ledger.tasks.add_dependency(one, other)
            ledger.tasks.update_task(other, notes="changed", idempotency_key=other)
    assert not Path(f"{store_file(workspace)}-wal").exists()
    return workspace


def overwrite(workspace: Path, offset: int, data: bytes) -> None:
    with store_file(workspace).open("r+b") as stream:
        stream.seek(offset)
        stream.write(data)


def test_a_garbled_header_is_said(full: Path, rng: Random) -> None:
    overwrite(full, 0, rng.randbytes(100))
    with pytest.raises(StoreCorrupt, match="not a database") as caught:
        Vespera.open(full, actor="victim")
    assert caught.value.exit_code == 5
    assert "backup" in caught.value.next


def test_a_garbled_schema_is_said(full: Path) -> None:
    """Names that are no text any more: sqlite3 itself stumbles over them."""
    overwrite(full, store_file(full).read_bytes().index(b"CREATE TABLE task"), b"CREATE \xc0\xff")
    with pytest.raises(StoreCorrupt) as caught:
        Vespera.open(full, actor="victim")
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_said(full: Path, share: float) -> None:
    store = store_file(full)
    os.truncate(store, int(store.stat().st_size * share) // 4096 * 4096)
    assert verdict(full) != "healthy"


def test_an_empty_file_is_said(full: Path) -> None:
    os.truncate(store_file(full), 0)
    with pytest.raises(StoreFault, match="holds no store"):
        Vespera.open(full, actor="victim")


def test_a_missing_file_is_said(full: Path) -> None:
    store_file(full).unlink()
    with pytest.raises(StoreFault, match="missing") as caught:
        Vespera.open(full, actor="victim")
    assert "backup" in caught.value.next
    assert not store_file(full).exists(), "a missing store must not be replaced by an empty one"


def test_a_newer_schema_is_left_alone(full: Path) -> None:
    with raw(full) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = store_file(full).read_bytes()
    with pytest.raises(StoreNewer) as caught:
        Vespera.open(full, actor="victim")
    assert caught.value.details["schema"] == 99
    assert store_file(full).read_bytes() == before


def verdict(workspace: Path) -> str:
    """What the doctor makes of a file: healthy, damaged, or not readable; anything but an error of the ledger fails."""
    try:
        with Vespera.open(workspace, actor="doctor") as ledger:
            return "damaged" if doctor_faults(ledger) else "healthy"
    except StoreCorrupt:
        return "not readable"


def test_flipped_bytes_are_found(full: Path, tmp_path: Path, rng: Random) -> None:
    """Random bytes overwritten: the doctor says so, or else the state is what it was. It never breaks down itself."""
    with Vespera.open(full, actor="checker") as ledger:
        sound = state_of(ledger)
    size, verdicts = store_file(full).stat().st_size, []
    for number in range(dose(60, 1000)):
        copy = copy_workspace(full, tmp_path / "copy")
        offset = rng.randrange(100, size - 64)
        overwrite(copy, offset, rng.randbytes(rng.choice((1, 4, 64))))
        verdicts.append(verdict(copy))
        if verdicts[-1] == "healthy":
            with Vespera.open(copy, actor="checker") as ledger:
                assert state_of(ledger) == sound, f"damage {number} at byte {offset} went unseen"
        shutil.rmtree(copy)
    say(f"flipped bytes: { ({word: verdicts.count(word) for word in sorted(set(verdicts))}) }")
    assert len(set(verdicts)) > 1, "nothing was ever damaged, so this run has shown nothing"


INSERTED = """
INSERT INTO event SELECT seq + 1000, 'new', at, kind, project_id, entity_type, 'other', 1, actor, origin, context,
  payload, prev_hash, hash FROM event WHERE seq = 7
"""

ALTERATIONS = {
    "payload": ("UPDATE event SET payload = '{}' WHERE seq = 7", "event 7 was altered"),
    "payload that is no JSON": ("UPDATE event SET payload = '{' WHERE seq = 7", "event 7 was altered"),
    "actor": ("UPDATE event SET actor = 'somebody' WHERE seq = 7", "event 7 was altered"),
    "moment": ("UPDATE event SET at = 5 WHERE seq = 7", "event 7"),
    "hash": ("UPDATE event SET hash = prev_hash WHERE seq = 7", "event 7 was altered"),
    "removed": ("DELETE FROM event WHERE seq = 7", "event 7 is missing"),
    "last removed": ("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)", "differs from its events"),
    "inserted": (INSERTED, "1007"),
    "task": ("UPDATE task SET title = 'other' WHERE row = 5", "differs from its events"),
    "text that is not UTF-8": ("UPDATE task SET title = CAST(x'41ff' AS TEXT) WHERE row = 5", "UTF-8"),
    "relation": ("DELETE FROM relation WHERE source = (SELECT min(source) FROM relation)", "differs from its events"),
    "ready counter": ("UPDATE project SET ready_count = ready_count + 1", "project rel"),
    "readiness": ("UPDATE task SET open_blockers = 5 WHERE row = 5", "is kept as"),
    "text index": (
        "INSERT INTO task_text (task_text, rowid, title) SELECT 'delete', row, title FROM task",
        "text index",
    ),
}


@pytest.mark.parametrize("alteration", sorted(ALTERATIONS))
def test_an_altered_row_is_named(full: Path, alteration: str) -> None:
    """One row changed behind the ledger's back, triggers dropped: the doctor names it."""
    statement, words = ALTERATIONS[alteration]
    with raw(full) as connection:
        connection.execute("DROP TRIGGER event_no_update")
        connection.execute("DROP TRIGGER event_no_delete")
        assert connection.execute(statement).rowcount != 0
    with Vespera.open(full, actor="doctor") as ledger:
        faults = doctor_faults(ledger)
    assert any(words in fault for fault in faults), faults


def test_a_check_beside_a_writer_finds_no_damage(full: Path) -> None:
    """What cannot be looked at now is said to be so, and is no damage; after the writer all is well."""
    with raw(full) as writer, closing(connect(full / ".vespera" / "vespera.db", 0.05)) as connection:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE task SET notes = 'n' WHERE row = 1")
        told = {one.check: one.severity for one in findings(connection)}
        assert told == {"file": "ok", "foreign keys": "ok", "text index": "warning", "ready counters": "ok"}
        writer.execute("ROLLBACK")
        assert {one.severity for one in findings(connection)} == {"ok"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'somebody'",
        "UPDATE event SET payload = '{}' WHERE seq = 1",
        "DELETE FROM event",
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "DELETE FROM task WHERE row = 1",
    ],
)
def test_the_log_only_grows(full: Path, statement: str) -> None:
    with raw(full) as connection:
        before = connection.execute("SELECT * FROM event").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|marking"):
            connection.execute(statement)
        assert connection.execute("SELECT * FROM event").fetchall() == before
    assert_healthy(full)


# ---------------------------------------------------------------- neighbours in a shared commit


def test_a_failing_work_takes_none_of_its_neighbours(workspace: Path, rng: Random) -> None:
    """In one commit: works that succeed, that are refused, that break before they write, and that break after it."""
    with Vespera.open(workspace, actor="neighbour") as ledger:
        (anchor,) = filled(ledger, 1)
        for number in range(dose(15, 100)):
            _one_shared_commit(ledger, anchor, rng, number)
        assert doctor_faults(ledger) == []


def _one_shared_commit(ledger: Vespera, anchor: str, rng: Random, number: int) -> None:
    kinds = rng.choices(["good", "refused", "breaks at once", "breaks after writing"], [5, 1, 1, 1], k=9)
    kinds[rng.randrange(9)] = "breaks after writing"
    writer: Any = ledger.kernel.storage
    before = {event.seq for event in events_of(ledger)}
    started, gate = Flag(), Flag()
    with ThreadPoolExecutor(len(kinds) + 1) as pool:
        leader = pool.submit(writer.write, partial(_hold_up, started, gate))
        assert started.wait(10)
        waiting = [pool.submit(_neighbour, ledger, kind, anchor, f"{number}-{n}") for n, kind in enumerate(kinds)]
        while len(writer._writer._queue) < len(kinds):
            time.sleep(0.001)
        gate.set()
        leader.result(10)
        outcomes = [one.result(10) for one in waiting]
    assert outcomes == kinds
    assert writer._writer._last_batch == len(kinds), "they did not share a commit"
    fresh = [event for event in events_of(ledger) if event.seq not in before]
    made = [event.payload["task"]["title"] if event.kind == "task.created" else event.kind for event in fresh]
    assert sorted(made) == sorted(f"{number}-{n}" for n, kind in enumerate(kinds) if kind == "good")


def _hold_up(started: Flag, gate: Flag, _work: UnitOfWork) -> None:
    """The work of whoever leads, which takes so long that all others wait for the next commit together."""
    started.set()
    assert gate.wait(10)


def _neighbour(ledger: Vespera, kind: str, anchor: str, title: str) -> str:
    """Do a work of a kind; answers the kind if what came of it is what should."""
    if kind == "good":
        assert ledger.tasks.create_task(title, depends_on=(anchor,)).version == 1
    elif kind == "refused":
        with pytest.raises(Refused):
            ledger.tasks.add_dependency(anchor, anchor)
    elif kind == "breaks at once":
        with pytest.raises(InvalidInput):
            ledger.tasks.create_task("")
    else:
        with pytest.raises(ZeroDivisionError):
            ledger.kernel.write(ledger.caller, "planted", partial(_write_and_break, anchor))
    return kind


def _write_and_break(anchor: str, unit: Any) -> None:
    unit.record(unit.task(anchor), "task.updated", {"title": "half-written"})
    unit.finish()
    raise ZeroDivisionError


# ---------------------------------------------------------------- a process that hangs


def test_a_writer_that_hangs_does_not_hang_the_others(workspace: Path) -> None:
    """A process stopped inside its transaction keeps the lock: others give up after `busy_seconds`, and go on later."""
    set_busy_seconds(workspace, 0.5)
    with children() as family:
        family.append(Child(lambda send: _hang_in_a_transaction(workspace, send)))
        family[0].expect("inside")
        with Vespera.open(workspace, actor="other") as ledger:
            assert ledger.tasks.list_tasks().total == 0, "readers are not held up"
            with ThreadPoolExecutor(4) as pool:
                titles = [f"refused {number}" for number in range(4)]
                errors = list(pool.map(lambda title: refused(partial(ledger.tasks.create_task, title)), titles))
            assert [type(error) for error in errors] == [StoreBusy] * 4
            assert all(error is not None and "process" in error.next for error in errors)
            assert refused(partial(ledger.tasks.create_task, "refused too")) is not None
            family[0].signal(signal.SIGCONT)
            assert family[0].drain()[-1] == ["written"]
            assert family[0].wait() == 0
            for number in range(5):
                assert ledger.tasks.create_task(f"later {number}").version == 1
            assert {task.title[:5] for task in ledger.tasks.list_tasks().tasks} == {"hung ", "later"}
    assert_healthy(workspace)


def _hang_in_a_transaction(workspace: Path, send: Send) -> None:
    with Vespera.open(workspace, actor="hung") as ledger:

        def work(unit: Any) -> None:
            send(["inside"])
            os.kill(os.getpid(), signal.SIGSTOP)

        ledger.kernel.write(ledger.caller, "planted", work)
        ledger.tasks.create_task("hung and back")
        send(["written"])


def test_a_killed_writer_that_hung_frees_the_others(workspace: Path) -> None:
    """Others that wait when the stopped process is killed go on at once."""
    with children() as family:
        family.append(Child(lambda send: _hang_in_a_transaction(workspace, send)))
        family[0].expect("inside")
        with Vespera.open(workspace, actor="other") as ledger, ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ledger.tasks.create_task, "waited")
            time.sleep(0.2)
            assert not waiting.done()
            family[0].kill()
            assert waiting.result(20).version == 1
    assert_healthy(workspace)
