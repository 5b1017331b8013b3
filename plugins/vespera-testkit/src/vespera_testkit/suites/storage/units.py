"""The contract of transactions: all or nothing, alone and in company; snapshots that stand still; care and closing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from vespera_core.errors import DuplicateId, VersionConflict
from vespera_core.model.basics import Micros
from vespera_core.model.event import chain_faults
from vespera_core.model.project import Project
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.model.task import Relation
from vespera_core.ports.access import Remembered
from vespera_core.ports.capabilities import SNAPSHOTS
from vespera_testkit.conformance import requires, without
from vespera_testkit.suites.storage.events import draft
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.clock import START
from vespera_testkit.world.tasks import new_task, record_of


class Stop(Exception):
    """A work gives up."""


def picture(bench: Bench) -> dict[str, Any]:
    """Everything that a store says of itself."""
    with bench.reader() as reader:
        tasks = {
            task.task_id: task
            for deleted in (False, True)
            for task in reader.select(TaskQuery(limit=0, deleted=deleted)).items
        }
        ids = sorted(tasks)
        return {
            "tasks": tasks,
            "readiness": reader.readiness(ids),
            "out": sorted(reader.edges(ids, incoming=False)),
            "in": sorted(reader.edges(ids, incoming=True)),
            "ready": reader.select(TaskQuery(ready_at=Micros(START))).total,
            "found": sorted(task.task_id for task in reader.search(["Title"], TaskQuery(), every=True).items),
            "projects": reader.projects(),
            "events": list(reader.event_rows(EventQuery())),
            "tally": reader.tally(),
        }


def everything(unit: Any) -> None:
    """Use every write of a unit once."""
    task = unit.task("t")
    unit.insert_tasks([(new := new_task("new", relations=(Relation("x", "t"),)), record_of(new))])
    changed = task.evolve(title="Title changed", version=2, parent_id="aim", relations=(Relation("y", "aim"),))
    unit.update_task(task, changed, "todo")
    unit.set_readiness([record_of(changed, ready_at=None, open_children=4), record_of(new, ready_at=None)])
    unit.set_lease("aim", 99)
    unit.put_project(Project("p", "changed", version=2))
    unit.put_project(Project("fresh", "fresh"))
    unit.append([draft("t", 2), draft("new", 1, project="q")])
    unit.remember("ann", "key", Remembered("h", "r", START + 10**9))


def furnish(bench: Bench) -> None:
    """Something of every kind, so that there is something to lose."""
    bench.add(new_task("aim"), new_task("t", relations=(Relation("depends_on", "aim"),)))
    bench.write(lambda unit: unit.append([draft("aim", 1), draft("t", 1)]))


def failing(bench: Bench, work: Callable[[Any], Any]) -> None:
    """Run a work, then raise inside it."""

    def wrapped(unit: Any) -> None:
        work(unit)
        raise Stop

    with pytest.raises(Stop):
        bench.write(wrapped)


def read_and_stop(bench: Bench) -> None:
    """Give up in the middle of reading."""
    with bench.reader() as reader:
        next(reader.event_rows(EventQuery()), None)
        raise Stop


class UnitRules:
    """All of a work becomes durable together, or none of it happens."""

    def test_a_work_answers_what_it_returns(self, bench: Bench) -> None:
        """`write` answers what the work returned, and the unit has the moment of the clock."""
        assert bench.write(lambda unit: {"any": unit.now}) == {"any": START}

    def test_a_work_that_fails_at_once_leaves_nothing(self, bench: Bench) -> None:
        """A work that raises before it writes leaves nothing."""
        furnish(bench)
        before = picture(bench)
        failing(bench, lambda _: None)
        assert picture(bench) == before

    def test_a_work_that_fails_after_writing_leaves_nothing(self, bench: Bench) -> None:
        """A work that raises after every kind of write leaves nothing of any of them, and can be done again.

        If this fails: something is written beside the transaction: an index, a counter, a cache.
        """
        furnish(bench)
        before = picture(bench)
        failing(bench, everything)
        assert picture(bench) == before
        assert bench.write(lambda unit: (unit.recall("ann", "key"), unit.project("fresh"))) == (None, None)
        bench.write(everything)
        after = picture(bench)
        assert before != after
        assert list(chain_faults(after["events"])) == []
        failing(bench, lambda unit: unit.append([draft("new", 2)]))
        assert picture(bench) == after

    def test_an_interrupt_leaves_nothing(self, bench: Bench) -> None:
        """Ctrl-C in the middle of a work leaves nothing, and the store goes on."""
        furnish(bench)
        before = picture(bench)

        def interrupted(unit: Any) -> None:
            everything(unit)
            raise KeyboardInterrupt

        with pytest.raises((KeyboardInterrupt, Exception)):
            bench.write(interrupted)
        assert picture(bench) == before
        bench.write(everything)

    def test_a_unit_reads_its_own_writes(self, bench: Bench) -> None:
        """Within a unit every way of reading shows what the unit wrote."""
        furnish(bench)

        def work(unit: Any) -> None:
            everything(unit)
            assert unit.task("t").title == "Title changed"
            assert unit.task("aim").lease_until == 99
            assert set(unit.tasks(["new", "t"])) == {"new", "t"}
            assert unit.readiness(["t"])["t"].open_children == 4
            assert {edge.kind for edge in unit.edges(["t"], incoming=False)} == {"y", "child_of"}
            assert {edge.source for edge in unit.edges(["aim"], incoming=True)} == {"t"}
            assert unit.select(TaskQuery(parent_id="aim")).total == 1
            assert unit.search(["changed"], TaskQuery(), every=True).total == 1
            assert [one.project_id for one in unit.projects()] == ["fresh", "p", "q", "r"]
            assert len(list(unit.event_rows(EventQuery()))) == 4
            assert sum(line.tasks for line in unit.tally()) == 3
            assert unit.recall("ann", "key") == Remembered("h", "r", START + 10**9)

        bench.write(work)

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_failure_in_company_takes_no_neighbour(self, bench: Bench, when: str) -> None:
        """Of eight threads that write, each work that was acknowledged is there whole, and no part of one that failed.

        If this fails: works of several threads share a transaction, or one that fails takes back those beside it.
        """
        furnish(bench)
        threads, rounds = 8, 12
        start = Barrier(threads)

        def work(number: int, turn: int) -> Callable[[Any], str]:
            def run(unit: Any) -> str:
                bad = (number + turn) % 3 == 0
                if bad and when == "before":
                    raise Stop
                task = new_task(f"n{number}-{turn}", project_id="pq"[number % 2])
                unit.insert_tasks([(task, record_of(task))])
                unit.append([draft(task.task_id, 1, project=task.project_id)])
                if bad:
                    raise Stop
                return task.task_id

            return run

        def client(number: int) -> set[str]:
            start.wait()
            done = set()
            for turn in range(rounds):
                try:
                    done.add(bench.write(work(number, turn)))
                except Stop:
                    assert (number + turn) % 3 == 0
            return done

        with ThreadPoolExecutor(threads) as pool:
            acknowledged = set().union(*pool.map(client, range(threads)))
        after = picture(bench)
        assert set(after["tasks"]) == acknowledged | {"aim", "t"}
        assert len(acknowledged) == sum((number + turn) % 3 != 0 for number in range(threads) for turn in range(rounds))
        assert {row.entity for row in after["events"]} == set(after["tasks"])
        assert list(chain_faults(after["events"])) == []
        assert after["ready"] == len(after["tasks"])

    def test_one_winner_per_version(self, bench: Bench) -> None:
        """Of eight who write the same version, one wins, and the others are told."""
        bench.add(first := new_task("t"))
        threads = 8
        start = Barrier(threads)

        def client(number: int) -> bool:
            start.wait()
            try:
                bench.update(first, title=f"by {number}")
            except VersionConflict:
                return False
            return True

        with ThreadPoolExecutor(threads) as pool:
            won = list(pool.map(client, range(threads)))
        assert won.count(True) == 1
        kept = bench.task("t")
        assert kept is not None
        assert (kept.version, kept.title) == (2, f"by {won.index(True)}")

    def test_one_winner_per_id(self, bench: Bench) -> None:
        """Of eight who insert the same id, one wins, and the others are told."""
        threads = 8
        start = Barrier(threads)

        def client(number: int) -> bool:
            start.wait()
            try:
                bench.add(new_task("t", title=f"by {number}"))
            except DuplicateId:
                return False
            return True

        with ThreadPoolExecutor(threads) as pool:
            won = list(pool.map(client, range(threads)))
        assert won.count(True) == 1
        kept = bench.task("t")
        assert kept is not None
        assert kept.title == f"by {won.index(True)}"

    # ------------------------------------------------------------ snapshots

    @requires(SNAPSHOTS)
    def test_a_snapshot_stands_still_while_others_write(self, bench: Bench) -> None:
        """A write by another thread takes effect, and is not seen by an open snapshot."""
        self.hold_still(bench, patience=5, overtaken=True)

    @without(SNAPSHOTS)
    def test_a_write_waits_for_a_snapshot(self, bench: Bench) -> None:
        """A write by another thread takes effect once the snapshot is closed."""
        self.hold_still(bench, patience=0.2, overtaken=False)

    def hold_still(self, bench: Bench, patience: float, overtaken: bool) -> None:
        """Write in another thread while a snapshot is open, and look whether it moves."""
        furnish(bench)
        written = Event()

        def writer() -> None:
            bench.write(everything)
            written.set()

        thread = Thread(target=writer)
        with bench.reader() as reader:
            first = reader.select(TaskQuery(limit=0))
            lines = reader.event_rows(EventQuery())
            next(lines)
            thread.start()
            assert written.wait(patience) == overtaken
            assert reader.select(TaskQuery(limit=0)) == first
            assert reader.task("new") is None
            assert reader.project("p") == Project("p", "p")
            assert reader.search(["changed"], TaskQuery(), every=True).total == 0
            assert len(list(lines)) == 1
        thread.join()
        assert written.is_set()
        assert bench.task("new") is not None

    def test_a_reader_that_fails_lets_go(self, bench: Bench) -> None:
        """A reader that ends by an exception, in the middle of a result, holds nothing up."""
        for _ in range(3):
            with pytest.raises(Stop):
                read_and_stop(bench)
        bench.add(new_task("t"))
        assert bench.task("t") is not None

    def test_readers_may_overlap(self, bench: Bench) -> None:
        """Two snapshots may be open at once."""
        bench.add(new_task("t"))
        with bench.reader() as one, bench.reader() as two:
            assert one.task("t") == two.task("t")

    # ------------------------------------------------------------ care

    def test_a_sound_store_has_no_findings(self, bench: Bench) -> None:
        """`check` says of a sound store that all is well, in at least one line, and changes nothing."""
        furnish(bench)
        bench.write(everything)
        before = picture(bench)
        findings = bench.storage.check()
        assert findings
        assert {one.severity for one in findings} == {"ok"}
        assert picture(bench) == before

    def test_closing_twice_is_fine(self, bench: Bench) -> None:
        """Closing a store that is closed does nothing."""
        furnish(bench)
        bench.storage.close()
        bench.storage.close()
