"""Entities in the ledger: an event for every version, a log that leads to them, and a doctor that names damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.app.care.rebuild import State, digest, replay, replayed_store, stored
from vespera_core.app.unit import Unit
from vespera_core.errors import InvalidInput, VersionConflict
from vespera_core.model.basics import Micros
from vespera_core.model.entity import Entity
from vespera_core.model.event import Event
from vespera_core.model.query import EventQuery
from vespera_core.ports.access import Caller
from vespera_testkit.model.invariants import check_invariants
from vespera_testkit.world.clock import START, FakeClock
from vespera_testkit.world.ledgers import STORES, Ledgers

RUN = Entity("run", "r1", "mem", "mem-a", "open", {"step": 1})


def write(ledger: Vespera, work: Callable[[Unit], Any]) -> Any:
    """Run a work as a service does."""
    return ledger.kernel.write(Caller(actor="ann"), "test", work)


def state_of(ledger: Vespera) -> State:
    """What the store holds."""
    with ledger.kernel.storage.read() as reader:
        return stored(reader)


def events_of(ledger: Vespera) -> list[Event]:
    """The lines about entities."""
    with ledger.kernel.storage.read() as reader:
        return [one for one in reader.events(EventQuery()) if one.entity_type == "run"]


@pytest.fixture(params=STORES)
def ledger(request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
    return ledgers.open(request.param)


def test_each_version_has_its_event(ledger: Vespera, clock: FakeClock) -> None:
    first = write(ledger, lambda unit: unit.put_entity(None, replace(RUN, version=9, created_at=Micros(5)), "run.made"))
    assert first == replace(RUN, created_at=Micros(START), updated_at=Micros(START))
    later = Micros(clock.advance(1))
    done = replace(first, state="done", data={"step": True}, created_at=Micros(1), version=44)
    second = write(ledger, lambda unit: unit.put_entity(first, done, "run.ended", reason="all done"))
    assert second == replace(first, state="done", data={"step": True}, version=2, updated_at=later)
    same = write(ledger, lambda unit: unit.put_entity(second, replace(second, version=7), "run.touched"))
    assert same == second
    third = write(ledger, lambda unit: unit.put_entity(second, second, "run.noted", note="n"))
    assert third == replace(second, version=3)
    facts = {"kind": "run", "entity_id": "r1", "project_id": "mem", "owner": "mem-a", "state": "open"}
    changes = {"state": ["open", "done"], "data": [{"step": 1}, {"step": True}]}
    assert [(one.kind, one.project_id, one.entity, one.entity_version, one.payload) for one in events_of(ledger)] == [
        ("run.made", "mem", "r1", 1, {"entity": {**facts, "data": {"step": 1}}}),
        ("run.ended", "mem", "r1", 2, {"changes": changes, "reason": "all done"}),
        ("run.noted", "mem", "r1", 3, {"note": "n"}),
    ]
    assert state_of(ledger).entities == {("run", "r1"): third}
    check_invariants(ledger)


def test_two_writers_of_one_version(ledger: Vespera) -> None:
    first = write(ledger, lambda unit: unit.put_entity(None, RUN, "run.made"))
    write(ledger, lambda unit: unit.put_entity(first, replace(first, state="done"), "run.ended"))
    for old in (None, first):
        with pytest.raises(VersionConflict):
            write(ledger, lambda unit, old=old: unit.put_entity(old, replace(first, state="lost"), "run.lost"))
    assert [one.kind for one in events_of(ledger)] == ["run.made", "run.ended"]
    check_invariants(ledger)


@pytest.mark.parametrize("name", ["kind", "entity_id", "project_id"])
def test_an_entity_stays_the_one_that_it_is(ledger: Vespera, name: str) -> None:
    first = write(ledger, lambda unit: unit.put_entity(None, RUN, "run.made"))
    with pytest.raises(InvalidInput, match=name):
        write(ledger, lambda unit: unit.put_entity(first, replace(first, **{name: "other"}), "run.moved"))
    assert list(state_of(ledger).entities.values()) == [first]


def test_the_log_leads_to_the_state_of_any_moment(ledger: Vespera, clock: FakeClock) -> None:
    ledger.tasks.create_task("A", task_id="mem-a")
    moments: list[tuple[Micros, dict[tuple[str, str], Entity], str]] = []
    everywhere = Entity("principal", "mem-a", data={"of": "no project"})
    write(ledger, lambda unit: unit.put_entity(None, everywhere, "principal.added"))
    for step in range(5):
        run = state_of(ledger).entities.get(("run", "r1"))
        new = replace(run or RUN, data={"step": step})
        write(ledger, lambda unit, run=run, new=new: unit.put_entity(run, new, "run.stepped"))
        state = state_of(ledger)
        moments.append((Micros(clock.at), state.entities, digest(state)))
        clock.advance(1)
    assert len({one[2] for one in moments}) == len(moments), "the digest covers entities"
    with ledger.kernel.storage.read() as reader:
        for at, entities, whole in moments:
            assert replay(reader, at).entities == entities
            assert digest(replay(reader, at)) == whole
            with replayed_store(reader, at).read() as then:
                assert stored(then).entities == entities
    assert ledger.tasks.get_task("mem-a").title == "A"
    check_invariants(ledger)


def test_an_export_of_tasks_knows_nothing_of_them(ledger: Vespera, tmp_path: Path) -> None:
    ledger.tasks.create_task("A", task_id="mem-a")
    answers = []
    for name in ("before", "after"):
        answers.append(ledger.call("exchange.export", ask.ExportFile(format="jsonl", path=str(tmp_path / name))))
        write(ledger, lambda unit, name=name: unit.put_entity(None, replace(RUN, entity_id=name), "run.made"))
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()
    assert answers[0].digest == answers[1].digest


DAMAGES = {
    "state": ("UPDATE entity SET state = 'lost'", "run r1 differs from its events"),
    "data": ("""UPDATE entity SET data = '{"step":2}'""", "run r1 differs from its events"),
    "data that is no JSON": ("UPDATE entity SET data = '{'", "'r1' is damaged"),
    "version": ("UPDATE entity SET version = 2", "run r1 differs from its events"),
    "moment": ("UPDATE entity SET updated_at = updated_at + 1", "run r1 differs from its events"),
    "removed": ("DELETE FROM entity", "run r1 is only in the log"),
    "planted": (
        "INSERT INTO entity SELECT row + 1, 'grant', 'g', '', '', '', '{}', 1, 0, 0 FROM entity",
        "grant g is only in the table",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_altered_row_is_named(ledgers: Ledgers, damage: str) -> None:
    statement, words = DAMAGES[damage]
    ledger = ledgers.open("sqlite")
    write(ledger, lambda unit: unit.put_entity(None, RUN, "run.made"))
    assert ledger.call("system.doctor", ask.Nothing()).healthy
    with closing(sqlite3.connect(ledger.kernel.storage.path)) as opened:
        assert opened.execute(statement).rowcount == 1
        opened.commit()
    answer = ledger.call("system.doctor", ask.Nothing())
    assert not answer.healthy
    assert any(words in one.message for one in answer.findings if one.severity == "damage"), answer.findings


def test_a_backup_holds_them(ledgers: Ledgers, tmp_path: Path) -> None:
    ledger = ledgers.open("sqlite")
    write(ledger, lambda unit: unit.put_entity(None, RUN, "run.made"))
    ledger.call("system.backup", ask.BackupFile(path=str(tmp_path / "copy.db")))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT kind, entity_id, state FROM entity").fetchall() == [("run", "r1", "open")]
