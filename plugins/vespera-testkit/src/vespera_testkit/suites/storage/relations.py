"""The contract of relations: replaced exactly, sorted, and seen from both of their ends."""

from __future__ import annotations

from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge
from vespera_core.model.task import Relation
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.tasks import new_task


class RelationRules:
    """Arrows in, the same arrows out."""

    def test_relations_are_replaced_exactly(self, bench: Bench) -> None:
        """An update replaces the relations of a task: what is new is there, and what is left out is gone."""
        bench.add(*map(new_task, "abcd"), task := new_task("t"))
        steps: tuple[list[tuple[str, str]], ...] = (
            [("depends_on", "a"), ("relates_to", "a"), ("depends_on", "b")],
            [("depends_on", "b"), ("relates_to", "c"), ("blocks_it", "d")],
            [],
            [("depends_on", "d")],
        )
        for step in steps:
            relations = tuple(sorted(Relation(*pair) for pair in step))
            task = bench.update(task, relations=relations)
            assert bench.task("t") == task
            with bench.reader() as reader:
                assert sorted(reader.edges(["t"], incoming=False)) == [Edge("t", *one) for one in relations]
                incoming = reader.edges(["a", "b", "c", "d"], incoming=True)
                assert sorted(incoming) == [Edge("t", *one) for one in relations]

    def test_relations_come_back_sorted(self, bench: Bench) -> None:
        """The relations of a task are sorted, in whatever order they were given."""
        bench.add(*map(new_task, "abc"))
        given = (Relation("relates_to", "a"), Relation("depends_on", "c"), Relation("depends_on", "b"))
        bench.add(new_task("t", relations=given))
        kept = bench.task("t")
        assert kept is not None
        assert list(kept.relations) == sorted(given)

    def test_edges_know_parents(self, bench: Bench) -> None:
        """A parent is an edge `child_of`, from both ends, for deleted tasks too, and it moves with the parent."""
        bench.add(new_task("top"), new_task("mid", parent_id="top"), new_task("other"))
        leaf = new_task("leaf", parent_id="mid", relations=(Relation("depends_on", "other"),))
        bench.add(leaf, new_task("gone", parent_id="mid", deleted_at=Micros(1)))
        up, gone = Edge("leaf", "child_of", "mid"), Edge("gone", "child_of", "mid")
        with bench.reader() as reader:
            assert reader.edges(["top"], incoming=False) == []
            assert sorted(reader.edges(["leaf"], incoming=False)) == [up, Edge("leaf", "depends_on", "other")]
            assert sorted(reader.edges(["mid"], incoming=True)) == [gone, up]
            both = reader.edges(["mid", "top", "other"], incoming=True)
            assert sorted(both) == [gone, up, Edge("leaf", "depends_on", "other"), Edge("mid", "child_of", "top")]
        bench.update(leaf, parent_id="top")
        with bench.reader() as reader:
            assert sorted(reader.edges(["mid"], incoming=True)) == [gone]
            assert sorted(reader.edges(["top"], incoming=True)) == [
                Edge("leaf", "child_of", "top"),
                Edge("mid", "child_of", "top"),
            ]
            assert Edge("leaf", "child_of", "top") in reader.edges(["leaf"], incoming=False)
