"""The contract of the log and of kept answers: appended in order, chained by project, asked for by any field."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from vespera_core.errors import VersionConflict
from vespera_core.model.basics import Micros
from vespera_core.model.event import GENESIS, EventDraft, EventRow, chain_faults
from vespera_core.model.query import EventQuery
from vespera_core.ports.access import Remembered
from vespera_core.ports.storage import EMPTY_TAIL, Tail
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.clock import START


def draft(entity: str, version: int, kind: str = "task.updated", project: str = "p", **payload: Any) -> EventDraft:
    """An event of a task."""
    return EventDraft(kind, project, "task", entity, version, payload)


def write_log(bench: Bench) -> list[EventRow]:
    """Forty events of several entities, projects, kinds and moments."""
    random = Random(3)
    rows: list[EventRow] = []
    versions: dict[str, int] = {}
    for _ in range(20):
        drafts = []
        for _ in range(random.randint(1, 3)):
            entity = random.choice("abc")
            versions[entity] = versions.get(entity, 0) + 1
            kind = random.choice(("task.created", "task.updated", "task.claimed"))
            drafts.append(draft(entity, versions[entity], kind, random.choice("pq"), n=[1, {"ü": None}]))
        rows.extend(bench.write(lambda unit, drafts=drafts: unit.append(drafts)))
        bench.clock.advance(1)
    return rows


def asked_for(row: EventRow, query: EventQuery) -> bool:
    """What the docstring of `EventQuery` says, once more."""
    return (
        query.entity in (None, row.entity)
        and query.project_id in (None, row.project_id)
        and (not query.kinds or row.kind in query.kinds)
        and row.seq > query.after_seq
        and (query.before_seq is None or row.seq < query.before_seq)
        and (query.until is None or row.at <= query.until)
        and query.seq in (None, row.seq)
        and query.event_id in (None, row.event_id)
    )


def expected(rows: list[EventRow], query: EventQuery) -> list[EventRow]:
    """The lines that a query asks for, in order."""
    found = [row for row in rows if asked_for(row, query)]
    found = found[::-1] if query.newest_first else found
    return found[: query.limit] if query.limit else found


def read_rows(bench: Bench, **wishes: Any) -> list[EventRow]:
    """The lines that the store gives."""
    with bench.reader() as reader:
        return list(reader.event_rows(EventQuery(**wishes)))


def event_choices(rows: list[EventRow]) -> dict[str, tuple[Any, ...]]:
    """Values worth asking for, by field."""
    return {
        "entity": ("a", "b", "none"),
        "project_id": ("p", "q", ""),
        "kinds": (("task.created",), ("task.created", "task.claimed"), ("none",)),
        "after_seq": (0, 1, 20, len(rows), len(rows) + 5),
        "before_seq": (0, 1, 2, 20, len(rows) + 5),
        "until": (Micros(START - 1), Micros(START), Micros(START + 5_000_000), Micros(START + 10**9)),
        "seq": (1, 17, 0, 10**6),
        "event_id": (rows[4].event_id, "none"),
        "newest_first": (True, False),
        "limit": (1, 5, 1000, 0),
    }


class EventRules:
    """The log only grows, and says what was written."""

    def test_the_log_starts_empty(self, bench: Bench) -> None:
        """A new store has no line, and the tail of an empty log."""
        assert read_rows(bench) == []
        assert bench.write(lambda unit: unit.tail("p")) == EMPTY_TAIL

    def test_lines_come_back_as_they_were_sealed(self, bench: Bench) -> None:
        """Lines are read as `append` answered them, numbered from 1 without a gap, payload and stamp included."""
        rows = write_log(bench)
        assert read_rows(bench) == rows
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        with bench.reader() as reader:
            event = next(iter(reader.events(EventQuery(seq=3))))
        assert event.payload == {"n": [1, {"ü": None}]}
        assert (event.seq, event.actor, event.context) == (3, "ann", {})

    def test_the_chain_holds_in_each_project(self, bench: Bench) -> None:
        """Each project's lines are a chain of hashes of their own, and the tail is its end.

        If this fails: `append` must seal lines in order, with the hash of the project's last line and not of the log's.
        """
        rows = write_log(bench)
        assert list(chain_faults(rows)) == []
        for project in "pq":
            own = [row for row in rows if row.project_id == project]
            assert [row.prev_hash for row in own] == [GENESIS, *(row.hash for row in own[:-1])]
            assert bench.write(lambda unit, one=project: unit.tail(one)) == Tail(
                rows[-1].seq, rows[-1].at, own[-1].hash
            )
        assert bench.write(lambda unit: unit.tail("none")) == Tail(rows[-1].seq, rows[-1].at, GENESIS)

    def test_a_unit_sees_its_own_tail(self, bench: Bench) -> None:
        """Within a unit, the tail moves with every line that it appends."""

        def work(unit: Any) -> list[Tail]:
            tails = [unit.tail("p")]
            for version in (1, 2):
                unit.append([draft("a", version), draft("b", version, project="q")])
                tails.append(unit.tail("p"))
            return tails

        tails = bench.write(work)
        rows = read_rows(bench)
        assert tails == [EMPTY_TAIL, Tail(2, START, rows[0].hash), Tail(4, START, rows[2].hash)]
        assert list(chain_faults(rows)) == []

    def test_time_never_runs_back(self, bench: Bench) -> None:
        """Where the clock was set back, the moment of a unit is that of the last line."""
        bench.write(lambda unit: unit.append([draft("a", 1)]))
        bench.clock.advance(-100)
        now, rows = bench.write(lambda unit: (unit.now, unit.append([draft("a", 2)])))
        assert now == rows[0].at == START
        bench.clock.advance(101)
        assert bench.write(lambda unit: unit.append([draft("a", 3)]))[0].at == START + 1_000_000

    def test_a_version_has_one_event(self, bench: Bench) -> None:
        """A version of a thing has one event; a second one raises `VersionConflict`, and its batch leaves nothing.

        If this fails: a unique index over kind, id and version is missing.
        """
        bench.write(lambda unit: unit.append([draft("a", 1)]))
        with pytest.raises(VersionConflict):
            bench.write(lambda unit: unit.append([draft("b", 1), draft("a", 1)]))
        bench.write(lambda unit: unit.append([EventDraft("project.created", "p", "project", "a", 1, {})]))
        assert [(row.entity_type, row.entity) for row in read_rows(bench)] == [("task", "a"), ("project", "a")]

    def test_a_unit_that_fails_leaves_no_line(self, bench: Bench) -> None:
        """A unit that fails leaves no line, no gap in the numbers and no trace in the chain."""
        rows = bench.write(lambda unit: unit.append([draft("a", 1)]))

        def fails(unit: Any) -> None:
            unit.append([draft("a", 2), draft("b", 1, project="q")])
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            bench.write(fails)
        assert read_rows(bench) == rows
        rows += bench.write(lambda unit: unit.append([draft("a", 2), draft("b", 1, project="q")]))
        assert read_rows(bench) == rows
        assert list(chain_faults(rows)) == []

    def test_each_field_of_a_query_alone(self, bench: Bench) -> None:
        """Each field of `EventQuery` finds the lines that its docstring says."""
        rows = write_log(bench)
        for name, values in event_choices(rows).items():
            counts = set()
            for value in values:
                wanted = expected(rows, EventQuery(**{name: value}))
                assert read_rows(bench, **{name: value}) == wanted, (name, value)
                counts.add(len(wanted))
            assert len(counts) > 1 or name == "newest_first"

    def test_fields_of_a_query_together(self, bench: Bench) -> None:
        """Fields of a query of the log are joined by "and", in either order and with any limit."""
        rows = write_log(bench)
        choices = event_choices(rows)
        random = Random(5)
        for _ in range(200):
            names = random.sample(sorted(choices), random.randint(2, 5))
            wishes = {name: random.choice(choices[name]) for name in names}
            assert read_rows(bench, **wishes) == expected(rows, EventQuery(**wishes)), wishes

    # ------------------------------------------------------------ kept answers

    def test_an_answer_is_kept_until_it_expires(self, bench: Bench) -> None:
        """A kept answer comes back for its actor and its key alone, until the moment at which it expires."""
        answer = Remembered("hash", '{"ü":1}', START + 10_000_000)
        bench.write(lambda unit: unit.remember("ann", "key", answer))
        assert bench.write(lambda unit: unit.recall("ann", "key")) == answer
        for actor, key in (("bob", "key"), ("ann", "Key"), ("ann", ""), ("", "key")):
            assert bench.write(lambda unit, who=actor, what=key: unit.recall(who, what)) is None
        bench.clock.at = START + 9_999_999
        assert bench.write(lambda unit: unit.recall("ann", "key")) == answer
        bench.clock.at = START + 10_000_000
        assert bench.write(lambda unit: unit.recall("ann", "key")) is None

    def test_keys_belong_to_actors(self, bench: Bench) -> None:
        """Two actors may use one key, and each has an answer of their own."""
        answers = {who: Remembered(who, who, START + 5) for who in ("ann", "bob")}
        for who, answer in answers.items():
            bench.write(lambda unit, who=who, answer=answer: unit.remember(who, "key", answer))
        for who, answer in answers.items():
            assert bench.write(lambda unit, who=who: unit.recall(who, "key")) == answer

    def test_expired_answers_are_forgotten(self, bench: Bench) -> None:
        """Keeping an answer removes those that have expired, and no others."""
        for number in range(3):
            kept = Remembered("h", "r", START + number * 1_000_000)
            bench.write(lambda unit, kept=kept, key=str(number): unit.remember("ann", key, kept))
        bench.clock.advance(1)
        bench.write(lambda unit: unit.remember("ann", "new", Remembered("h", "r", START + 9_000_000)))
        bench.clock.advance(-1)
        found = bench.write(lambda unit: [unit.recall("ann", key) is not None for key in ("0", "1", "2", "new")])
        assert found == [False, False, True, True]

    def test_an_answer_can_be_replaced(self, bench: Bench) -> None:
        """A later answer under the same key takes the place of the former."""
        for text in ("first", "second"):
            bench.write(lambda unit, text=text: unit.remember("ann", "key", Remembered(text, text, START + 5)))
        assert bench.write(lambda unit: unit.recall("ann", "key")) == Remembered("second", "second", START + 5)

    def test_a_failed_unit_keeps_no_answer(self, bench: Bench) -> None:
        """A unit that fails keeps no answer, and removes none."""
        bench.write(lambda unit: unit.remember("ann", "old", Remembered("h", "r", START + 1)))
        bench.clock.advance(1)

        def fails(unit: Any) -> None:
            unit.remember("ann", "key", Remembered("h", "r", START + 10**9))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            bench.write(fails)
        bench.clock.advance(-1)
        assert bench.write(lambda unit: (unit.recall("ann", "key"), unit.recall("ann", "old"))) == (
            None, Remembered("h", "r", START + 1),
        )  # fmt: skip
