"""The contract of readiness: records that stand beside tasks, and change without them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vespera_core.model.basics import Micros
from vespera_core.model.readiness import Readiness
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.tasks import new_task, record_of


class ReadinessRules:
    """What makes a task ready is kept as it was told."""

    def test_readiness_records_come_back(self, bench: Bench) -> None:
        """Readiness records are read as they were written, with a task or later by `set_readiness`."""
        first = record_of(
            new_task("t"), open_blockers=2, open_children=3, held=True, wait_until=Micros(4), ready_at=None
        )
        bench.add_records([(new_task("t"), first), (new_task("u"), record_of(new_task("u")))])
        with bench.reader() as reader:
            assert reader.readiness(["t", "u"]) == {"t": first, "u": record_of(new_task("u"))}
        for change in (
            {"ready_at": Micros(0)},
            {"ready_at": Micros(9), "held": False},
            {"open_blockers": 0, "wait_until": None},
        ):
            first = replace(first, **change)
            bench.write(lambda unit, record=first: unit.set_readiness([record]))
            with bench.reader() as reader:
                assert reader.readiness(["t"]) == {"t": first}

    def test_an_update_keeps_the_counters(self, bench: Bench) -> None:
        """An update of a task carries its own facts into its readiness, and leaves the counters alone.

        If this fails: the whole record is written anew; only `set_readiness` may change counters and `ready_at`.
        """
        bench.add(new_task("up"))
        kept: dict[str, Any] = {"open_blockers": 1, "open_children": 2, "held": True, "wait_until": Micros(3)}
        bench.add_records([(task := new_task("t"), record_of(task, **kept, ready_at=None))])
        bench.update(
            task, status="blocked", parent_id="up", defer_until=Micros(8), hold_kind="worker", lease_until=Micros(9)
        )
        with bench.reader() as reader:
            record = reader.readiness(["t"])["t"]
        assert record == Readiness("t", "p", "up", "held", False, Micros(8), "worker", Micros(9), **kept, ready_at=None)

    def test_set_readiness_writes_nothing_else(self, bench: Bench) -> None:
        """`set_readiness` changes nothing of the task itself."""
        bench.add(task := new_task("t", relations=(), metadata={"a": 1}))
        bench.write(lambda unit: unit.set_readiness([record_of(task, ready_at=None, open_children=5)]))
        assert bench.task("t") == task

    def test_set_lease_moves_the_lease_alone(self, bench: Bench) -> None:
        """`set_lease` changes the end of the lease and nothing else, not even the version."""
        task = new_task("t", status="in_progress", hold_kind="worker", lease_owner="a", lease_until=Micros(5), fence=3)
        bench.add(task)
        bench.write(lambda unit: unit.set_lease("t", 77))
        assert bench.task("t") == task.evolve(lease_until=Micros(77))
