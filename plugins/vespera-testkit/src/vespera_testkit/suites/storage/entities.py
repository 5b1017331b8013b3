"""The contract of entities: written by version, found by any filter, gone with the unit that wrote them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import pytest

from vespera_core.errors import InvalidInput, VersionConflict
from vespera_core.model.basics import EARLIEST, LATEST, Micros
from vespera_core.model.entity import Entity
from vespera_core.model.query import EventQuery
from vespera_core.ports.capabilities import DURABLE
from vespera_testkit.conformance import requires
from vespera_testkit.suites.storage.rows import ODD_TEXTS
from vespera_testkit.suites.storage.units import failing, furnish, picture
from vespera_testkit.world.bench import Bench

FULL = Entity("run", "r1", "p", "t-1", "running", {"a": [1, {"b": None}], "": 1.5}, 7, Micros(3), Micros(4))
BROKEN: tuple[dict[str, Any], ...] = (
    {"kind": "task"}, {"kind": "project"}, {"kind": "system"}, {"kind": "Not a word"}, {"kind": ""},
    {"entity_id": ""}, {"entity_id": "\ud800"}, {"entity_id": "x" * 501}, {"project_id": "no id"}, {"owner": "\x00"},
    {"owner": "o" * 201}, {"state": "Not a word"}, {"data": []}, {"data": {"x": float("nan")}}, {"data": {"\ud800": 1}},
    {"created_at": LATEST + 1}, {"updated_at": EARLIEST - 1},
)  # fmt: skip


def put(bench: Bench, *entities: Entity) -> None:
    """Write new entities."""
    bench.write(lambda unit: [unit.put_entity(None, one) for one in entities])


def kept(bench: Bench, kind: Any = None, ids: Any = None, **filters: Any) -> list[Entity]:
    """What a fresh snapshot finds."""
    with bench.reader() as reader:
        return reader.entities(kind, ids, **filters)


class EntityRules:
    """Facts beside tasks and projects."""

    def test_every_field_of_an_entity_comes_back(self, bench: Bench) -> None:
        """Every field of an entity is read as it was written; kinds and ids tell case apart."""
        put(bench, FULL, bare := Entity("run", "r2"))
        assert kept(bench, "run") == [FULL, bare]
        with bench.reader() as reader:
            assert reader.entity("run", "r1") == FULL
            assert reader.entity("grant", "r1") is reader.entity("run", "R1") is reader.entity("run", "") is None

    def test_texts_and_json_are_kept_verbatim(self, bench: Bench) -> None:
        """Ids, owners and data come back character by character and type by type, up to the limits."""
        data = {"a": True, "b": 1, "c": 1.0, "d": [], "e": {}, "long": "ß" * 100_000}
        made = [Entity("run", text, "p", text, data={text: [text], **data}) for text in ODD_TEXTS]
        put(bench, *made, Entity("run", "x" * 500, created_at=EARLIEST, updated_at=LATEST, version=2**53))
        for one in made:
            found = kept(bench, "run", [one.entity_id])
            assert (found, repr(found[0].data)) == ([one], repr(dict(sorted(one.data.items()))))
            assert kept(bench, "run", owner=one.owner) == [one]

    def test_an_update_writes_what_may_change(self, bench: Bench) -> None:
        """An update writes owner, state, data, version and time."""
        put(bench, FULL)
        new = replace(FULL, owner="", state="done", data={}, version=8, updated_at=Micros(9))
        bench.write(lambda unit: unit.put_entity(FULL, new))
        assert kept(bench) == [new]

    def test_an_update_is_found_by_what_it_made_new(self, bench: Bench) -> None:
        """After an update an entity is found by its new owner and state, and no more by the old ones.

        If this fails: an index beside the rows is not written with them.
        """
        put(bench, FULL, other := replace(FULL, entity_id="r2"))
        new = replace(FULL, owner="t-2", state="done", version=8)
        bench.write(lambda unit: unit.put_entity(FULL, new))
        for name, old in (("owner", "t-1"), ("state", "running"), ("state", ("running",))):
            assert kept(bench, "run", **{name: old}) == kept(bench, **{name: old}) == [other]
        for name, now in (("owner", "t-2"), ("state", "done"), ("state", ("running", "done"))):
            assert new in kept(bench, "run", **{name: now})
            assert new in kept(bench, **{name: now})

    @requires(DURABLE)
    def test_a_store_that_is_opened_again_holds_them(self, bench: Bench) -> None:
        """Entities, and the versions that guard them, are there when the store is opened again."""
        put(bench, FULL, Entity("grant", "r1", owner="ann"), Entity("run", "r2"))
        new = replace(FULL, owner="t-2", state="done", data={"x": [True]}, version=8)
        bench.write(lambda unit: unit.put_entity(FULL, new))
        before = kept(bench)
        for _ in range(2):
            bench.reopen()
            assert kept(bench) == before
            assert (kept(bench, state="running"), kept(bench, owner="t-2")) == ([], [new])
        with pytest.raises(VersionConflict):
            bench.write(lambda unit: unit.put_entity(FULL, new))
        bench.write(lambda unit: unit.put_entity(new, replace(new, version=9)))
        bench.reopen()
        assert [one.version for one in kept(bench, "run")] == [9, 1]

    def test_kinds_have_ids_of_their_own(self, bench: Bench) -> None:
        """Two kinds may have the same id."""
        put(bench, run := Entity("run", "a"), grant := Entity("grant", "a"))
        assert (kept(bench, "run"), kept(bench, "grant"), kept(bench)) == ([run], [grant], [grant, run])

    def test_another_version_is_refused(self, bench: Bench) -> None:
        """A write that starts from another version raises `VersionConflict` and writes nothing."""
        put(bench, FULL)
        newer = replace(FULL, version=8, state="done")
        stale: tuple[Entity | None, ...] = (None, replace(FULL, version=6), newer)
        for old in stale:
            with pytest.raises(VersionConflict):
                bench.write(lambda unit, old=old: unit.put_entity(old, newer))
        other = Entity("run", "none", version=2)
        with pytest.raises(VersionConflict):
            bench.write(lambda unit: unit.put_entity(Entity("run", "none"), other))
        assert kept(bench) == [FULL]

    def test_a_refused_write_leaves_the_unit_as_it_was(self, bench: Bench) -> None:
        """After a refusal the unit goes on, with what it wrote before and what it writes afterwards."""
        put(bench, FULL)

        def work(unit: Any) -> None:
            unit.put_entity(None, Entity("run", "before"))
            with pytest.raises(VersionConflict):
                unit.put_entity(None, FULL)
            with pytest.raises(InvalidInput):
                unit.put_entity(None, Entity("task", "t"))
            unit.put_entity(None, Entity("run", "behind"))

        bench.write(work)
        assert [one.entity_id for one in kept(bench)] == ["before", "behind", "r1"]

    def test_a_unit_sees_its_own_entities(self, bench: Bench) -> None:
        """Within a unit, entities are read and found as the unit wrote them."""

        def work(unit: Any) -> list[Any]:
            unit.put_entity(None, FULL)
            new = replace(FULL, state="done", version=8)
            unit.put_entity(FULL, new)
            return [unit.entity("run", "r1"), unit.entities("run", state="done"), unit.entities("run", state="running")]

        new = replace(FULL, state="done", version=8)
        assert bench.write(work) == [new, [new], []]

    @pytest.mark.parametrize("broken", BROKEN, ids=repr)
    def test_an_entity_that_no_store_may_hold_is_refused(self, bench: Bench, broken: dict[str, Any]) -> None:
        """Values that are never valid raise `InvalidInput`, new or changed, and nothing of that work is written."""
        put(bench, FULL)
        with pytest.raises(InvalidInput):
            put(bench, Entity("run", "good"), replace(Entity("run", "bad"), **broken))
        with pytest.raises(InvalidInput):
            bench.write(lambda unit: unit.put_entity(FULL, replace(FULL, version=8, **broken)))
        assert kept(bench) == [FULL]

    def test_returned_entities_are_not_live(self, bench: Bench) -> None:
        """Changing what was given or answered changes nothing in the store."""
        mine = {"list": [1]}
        put(bench, Entity("run", "a", data=mine))
        mine["list"].append(2)
        for _ in range(2):
            (found,) = kept(bench, "run")
            assert found.data == {"list": [1]}
            found.data["list"].clear()

    def test_filters_are_joined(self, bench: Bench) -> None:
        """Kind, ids, project, owner and state are joined by "and"; "" is a value, and None stands for any."""
        random = Random(4)
        words: dict[str, tuple[Any, ...]] = {
            "project_id": ("", "p", "q"),
            "owner": ("", "a", "A"),
            "state": ("", "done", "open"),
        }
        made = [
            Entity(random.choice(("run", "grant")), f"{place:02}", **{k: random.choice(v) for k, v in words.items()})
            for place in range(60)
        ]
        put(bench, *random.sample(made, len(made)))
        states = (None, "", "open", "none", (), ("done",), ("", "open"), ("none", "done"))
        ids: tuple[list[str] | None, ...] = (None, [], ["07"], ["40", "07", "none", "07", *map(str, range(10, 30))])
        for kind, some, project, owner, state in product(
            (None, "run", "none"), ids, ("p", "", None), ("a", "", None), states
        ):
            wanted = [
                one
                for one in sorted(made, key=lambda one: (one.kind, one.entity_id))
                if kind in (None, one.kind)
                and (some is None or one.entity_id in some)
                and project in (None, one.project_id)
                and owner in (None, one.owner)
                and (state is None or one.state == state or (isinstance(state, tuple) and one.state in state))
            ]
            assert kept(bench, kind, some, project_id=project, owner=owner, state=state) == wanted

    def test_a_work_that_fails_leaves_nothing(self, bench: Bench) -> None:
        """A unit that fails leaves every entity as it was."""
        furnish(bench)
        put(bench, FULL)
        before = (picture(bench), kept(bench))

        def work(unit: Any) -> None:
            unit.put_entity(FULL, replace(FULL, state="done", data={"x": 1}, version=8))
            unit.put_entity(None, Entity("grant", "new"))

        failing(bench, work)
        assert (picture(bench), kept(bench)) == before
        bench.write(work)
        assert [one.state for one in kept(bench)] == ["", "done"]

    def test_entities_stand_outside_tasks(self, bench: Bench) -> None:
        """An entity changes no task, no count and no line of the log."""
        furnish(bench)
        before = picture(bench)
        put(bench, Entity("run", "t", "p", "t", "open"))
        assert picture(bench) == before
        with bench.reader() as reader:
            assert list(reader.event_rows(EventQuery(kinds=("run.started",)))) == []
