"""Rules of the state machine: entities, made and changed in the units that make and change tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from vespera_core.app.unit import Unit
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.entity import Entity
from vespera_core.model.task import Task
from vespera_testkit.machine.base import MAX_TASKS, Base, actors, pick
from vespera_testkit.model.paper import Sheet
from vespera_testkit.world.ledgers import PROJECT

STATES = ("", "open", "done")
DATA: tuple[dict[str, Any], ...] = ({}, {"n": 1}, {"n": 1.0}, {"n": True}, {"text": "ß\u2028", "list": [None, {}]})
Write = Callable[[Unit], object]


class Noting(Base):
    """What rooms beside the tasks keep, written in one unit with a task or alone."""

    @initialize()
    def first_entities(self) -> None:
        self.put(None, Entity("run", "r1", PROJECT, "mem-a", "open", {"n": 1}))
        self.put(None, Entity("grant", "mem-a", "", "ann"))

    @rule(which=pick, owner=pick, state=st.sampled_from(STATES), actor=actors)
    def step(self, which: int, owner: int, state: str, actor: str) -> None:
        """An entity goes on together with the task that it belongs to from now on."""
        before = self.known()[which % len(self.entities)]
        new = replace(before, owner=self.one(owner).task_id, state=state)
        self.put(before, new, self.beside("change", owner, actor)[1], actor)

    @rule(
        kind=st.sampled_from(("run", "grant")),
        name=st.sampled_from(("mem-a", "r1", "r2")),
        owner=pick,
        state=st.sampled_from(STATES),
        data=st.sampled_from(DATA),
        basis=st.sampled_from(("right", "right", "right", "stale", "none")),
        beside=st.sampled_from(("make", "change", "nothing")),
        actor=actors,
    )
    def note(
        self, kind: str, name: str, owner: int, state: str, data: dict[str, Any], basis: str, beside: str, actor: str
    ) -> None:
        """Any entity, based on any version, beside any write."""
        before = self.entities.get((kind, name))
        start = before or Entity(kind, name, PROJECT if name == "r1" else "")
        wanted = replace(start, owner=self.one(owner).task_id, state=state, data=data)
        old = {"right": before, "none": None, "stale": replace(start, version=start.version + 1)}[basis]
        task, written = self.beside(beside, owner, actor)
        seen = self.twins.write(self.unit(old, wanted, written), actor)
        assert seen.code == (None if old == before else "version_conflict"), seen.shown
        if seen.code is None:
            self.noted(before, seen.answer, wanted)
            if task is not None:
                self.paper.tasks[task.task_id] = task

    @rule(which=pick, owner=pick, beside=st.sampled_from(("make", "change")))
    def give_up(self, which: int, owner: int, beside: str) -> None:
        """A work that raises behind its writes leaves neither the entity nor the task."""
        seen = self.twins.write(partial(self.raising, self.doomed(which, owner, beside)), "ann")
        assert seen.code == "invalid_input", seen.shown

    @rule(which=pick, owner=pick, beside=st.sampled_from(("make", "change")))
    def run_out_of_room(self, which: int, owner: int, beside: str) -> None:
        """The same where the disk takes nothing of it."""
        self.twins.write_without_room(self.doomed(which, owner, beside), "ann")

    def doomed(self, which: int, owner: int, beside: str) -> Write:
        """The writes of a unit that will not be kept: of an entity that is there, of a new one, and of a task."""
        before = self.known()[which % len(self.entities)]
        _, written = self.beside(beside, owner, "ann")
        first = self.unit(before, replace(before, state="doomed", data={"n": self.made}), written)
        return self.unit(None, Entity("run", "doomed", PROJECT, before.entity_id), first)

    @staticmethod
    def raising(writes: Write, unit: Unit) -> None:
        """A work that gives up."""
        writes(unit)
        raise InvalidInput("The caller gives up.", field="state")

    def known(self) -> list[Entity]:
        """Entities in the order in which a store lists them."""
        return [self.entities[key] for key in sorted(self.entities)]

    def unit(self, old: Entity | None, new: Entity, written: Write) -> Callable[[Unit], Entity]:
        """What is written beside an entity, and the entity itself."""
        self.made += 1
        step = self.made

        def work(unit: Unit) -> Entity:
            written(unit)
            kept = unit.put_entity(old, new, f"{new.kind}.noted", step=step)
            assert unit.work.entity(new.kind, new.entity_id) == kept, "a unit does not see its own entity"
            return kept

        return work

    def put(
        self, before: Entity | None, wanted: Entity, written: Write = lambda unit: None, actor: str = "ann"
    ) -> None:
        """Write an entity in a unit that must succeed."""
        seen = self.twins.write(self.unit(before, wanted, written), actor)
        assert seen.code is None, seen.shown
        self.noted(before, seen.answer, wanted)

    def beside(self, what: str, number: int, actor: str) -> tuple[Sheet | None, Write]:
        """What the same unit does to a task, and the new task on paper."""
        one, made, now = self.one(number), self.made, self.clock.at
        if what == "make" and len(self.paper.tasks) < MAX_TASKS:
            fresh = Sheet(f"mem-u{made}", PROJECT, now, role="dev")
            at = Micros(now)
            task = Task(
                fresh.task_id, PROJECT, f"Task {made}", role="dev", created_at=at, created_by=actor, updated_at=at
            )
            return fresh, lambda unit: unit.insert(task)
        if what == "nothing":
            return None, lambda unit: None

        def change(unit: Unit) -> None:
            task = unit.work.task(one.task_id)
            assert task is not None
            unit.record(task, "task.updated", {"notes": f"note {made}"})

        return None, change

    @invariant()
    def entities_are_found(self) -> None:
        """By owner and by state, as the model holds them: what a write made new is found by what it made new."""
        known = self.known()
        for ledger in self.twins.both:
            with ledger.kernel.storage.read() as reader:
                assert reader.entities("run", state="open") == [
                    one for one in known if (one.kind, one.state) == ("run", "open")
                ]
                assert reader.entities(None, state=("done", "")) == [one for one in known if one.state != "open"]
                for one in known:
                    assert one in reader.entities(one.kind, owner=one.owner)

    def noted(self, before: Entity | None, kept: Entity, wanted: Entity) -> None:
        """What a unit answers is what it was asked for, of the next version and of this moment."""
        now = Micros(self.clock.at)
        version, born = (1, now) if before is None else (before.version + 1, before.created_at)
        assert kept == replace(wanted, version=version, created_at=born, updated_at=now)
        assert repr(kept.data) == repr(wanted.data)
        self.entities[kept.kind, kept.entity_id] = kept
