"""The contract of search: whole words, of any text that a task has, and never commands."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_core.model.basics import Micros
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import PRIORITIES
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.tasks import new_task

AWKWARD_SEARCHES = (
    '"', "'", '""', "AND", "OR", "NOT", "NEAR", "NEAR(a b)", "a AND", "*", "a*", "-a", "(", ")", "()", ":", "title:a",
    "^a", "{a}", "+", "\\", "%", "_", "__", "a_b", "🦔", "👩‍👩‍👧", "e\u0301", "\u0301", "שלום", "日本語",
    "ß", "İ", "ﬁ", "½", "\u2028", "a\x00b", "x" * 5000, "",
)  # fmt: skip
"""Words that a text index could take for commands."""


class SearchRules:
    """Words lead to the tasks that have them."""

    def test_search_finds_exact_words(self, bench: Bench) -> None:
        """Search finds whole words in every text field, without regard to case and accents, and no deleted tasks."""
        bench.add(
            new_task("a", title="Zebra crossing", created_at=Micros(3)),
            new_task("b", title="x", description="a zebra in the notes, Crossing the road"),
            new_task("c", title="x", acceptance_criteria="ÉCOLE", notes="quagga"),
            new_task("d", title="zebrafish"),
            new_task("e", title="zebra", deleted_at=Micros(1)),
        )
        asked: tuple[tuple[tuple[str, ...], bool, set[str]], ...] = (
            (("zebra",), True, {"a", "b"}), (("ZEBRA",), False, {"a", "b"}), (("zebra", "quagga"), True, set()),
            (("zebra", "quagga"), False, {"a", "b", "c"}), (("crossing", "zebra"), True, {"a", "b"}),
            (("ecole",), True, {"c"}), (("zeb",), True, set()), ((), True, set()), ((), False, set()),
        )  # fmt: skip
        with bench.reader() as reader:
            for words, every, found in asked:
                page = reader.search(words, TaskQuery(), every=every)
                assert {task.task_id for task in page.items} == found, (words, every)
                assert page.total == len(found)
            assert [task.task_id for task in reader.search(["zebra"], TaskQuery(), every=True).items] == ["a", "b"]

    def test_search_keeps_to_the_filters(self, bench: Bench) -> None:
        """A search is narrowed by every filter of its query, and its total counts what the limit leaves out."""
        bench.add(
            *(new_task(f"t{n}", title="zebra", project_id="pq"[n % 2], priority=PRIORITIES[n % 5]) for n in range(10))
        )
        with bench.reader() as reader:
            page = reader.search(
                ["zebra"], TaskQuery(projects=("p",), priorities=("critical", "high"), limit=1), every=True
            )
            assert len(page.items) == 1
            assert page.total == 2
            assert page.items[0].task_id in ("t0", "t6")
            assert reader.search(["zebra"], TaskQuery(limit=0), every=True).total == 10
            assert reader.search(["zebra"], TaskQuery(deleted=True), every=True).total == 0

    def test_search_follows_every_change_of_text(self, bench: Bench) -> None:
        """What is written is found at once, what is gone is not, and a unit that fails changes neither.

        If this fails: the text index is written outside the transaction, or not at every update.
        """
        bench.add(task := new_task("t", title="zebra", notes="quagga"), new_task("aim"))
        task = bench.update(task, title="okapi")
        task = bench.update(task, priority="high")
        task = bench.update(task, notes="", description="zebra zebra")

        def fails(unit: Any) -> None:
            unit.update_task(task, task.evolve(title="lost", version=task.version + 1), "todo")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            bench.write(fails)
        with bench.reader() as reader:
            found = {
                word: reader.search([word], TaskQuery(), every=True).total
                for word in ("zebra", "okapi", "quagga", "lost")
            }
        assert found == {"zebra": 1, "okapi": 1, "quagga": 0, "lost": 0}
        assert [one for one in bench.storage.check() if one.severity == "damage"] == []

    @pytest.mark.parametrize("every", [True, False])
    def test_search_words_are_never_commands(self, bench: Bench, every: bool) -> None:
        """Words of a search are words: operators, quotes and wildcards of the engine mean nothing.

        If this fails: quote each word as the engine wants it, and pass over those in which it sees no letter.
        """
        bench.add(
            new_task("t", title="alpha beta", description="AND NOT near 🦔 e\u0301"), new_task("u", title="other")
        )
        with bench.reader() as reader:
            for word in AWKWARD_SEARCHES:
                for terms in ([word], [word, "alpha"], ["alpha", word], [word, word]):
                    page = reader.search(terms, TaskQuery(), every=every)
                    assert {task.task_id for task in page.items} <= {"t"}, terms
            assert reader.search(["AND"], TaskQuery(), every=every).total == 1
            assert reader.search(["alpha", "NOT", "gamma"], TaskQuery(), every=every).total == (0 if every else 1)
            assert reader.search(["al*"], TaskQuery(), every=every).total == 0
