"""The contract of queries: filters, orders, pages and totals, held against a filter written in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import LATEST, Micros
from vespera_core.model.query import SORTS, TaskQuery
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import PRIORITIES, Task
from vespera_core.ports.storage import Tally
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.clock import START
from vespera_testkit.world.tasks import category_of, new_task, record_of

Row = tuple[Task, Readiness]

NOW = Micros(START + 50)
STATUSES = ("pending", "in_progress", "blocked", "completed", "cancelled")
CHOICES: dict[str, tuple[Any, ...]] = {
    "projects": ((), ("p",), ("q",), ("p", "r"), ("none",)),
    "without_projects": (("p",), ("q", "r")),
    "without_roles": (("dev",), ("ops", "none"), ("dev", "ops")),
    "statuses": (("pending",), ("completed", "blocked")),
    "types": (("bug",), ("task", "epic")),
    "priorities": (("high",), ("critical", "someday")),
    "role": ("dev", "", "None"),
    "assignee": ("ann", ""),
    "tags": (("x",), ("x", "y"), ("%",)),
    "parent_id": ("t0", "none", ""),
    "open": (True, False),
    "deleted": (True,),
    "ready_at": (Micros(0), NOW, Micros(START + 10**6)),
    "waiting_at": (Micros(0), NOW, Micros(START + 10**6)),
    "held_at": (Micros(0), NOW),
    "created_after": (Micros(START), Micros(START + 4)),
    "created_before": (Micros(START), Micros(START + 4)),
    "updated_after": (Micros(START + 3),),
    "updated_before": (Micros(START + 3),),
}
"""Values worth asking for, by filter."""


def random_rows(count: int, seed: int = 7) -> list[Row]:
    """Tasks with every mixture of fields, ties in time, and readiness of all kinds."""
    random = Random(seed)
    rows = []
    for number in range(count):
        status = random.choice(STATUSES)
        closed = Micros(START) if status in ("completed", "cancelled") else None
        task = new_task(
            f"t{number}", project_id=random.choice("ppqr"), title=random.choice(("b", "a", "B", "é", "🦔", "aa")),
            status=status, type=random.choice(("task", "bug", "epic")), priority=random.choice(PRIORITIES),
            role=random.choice((None, "dev", "ops")), assignee=random.choice((None, "ann", "bob")), closed_at=closed,
            tags=random.choice(((), ("x",), ("y", "x"), ("%",), ("xx",))), created_at=Micros(START + number // 7),
            parent_id=random.choice((None, "t0")) if number else None, updated_at=Micros(START + random.randrange(9)),
            deleted_at=random.choice((None, None, None, Micros(3))),
        )  # fmt: skip
        if task.status == "in_progress":
            held = random.choice(("worker", "worker", "human", None))
            until = random.choice((Micros(START + 20), NOW, Micros(START + 90))) if held == "worker" else None
            task = task.evolve(hold_kind=held, lease_owner=held and "ann", lease_until=until)
        ready_at = random.choice((None, Micros(0), Micros(0), Micros(START + 20), Micros(START + 90)))
        if task.deleted_at is not None or category_of(task) in ("held", "closed"):
            ready_at = None  # as it always is in a ledger, and kept counters may build on it
        rows.append((task, record_of(task, ready_at=ready_at)))
    random.shuffle(rows)
    return sorted(rows, key=lambda row: row[0].task_id != "t0")


def fits(query: TaskQuery, task: Task, record: Readiness) -> bool:
    """What the docstring of `TaskQuery` says, once more and slowly."""
    todo = category_of(task) == "todo"
    wishes = {
        "projects": query.projects is None or task.project_id in query.projects,
        "without": task.project_id not in query.without_projects,
        "roles": task.role is None or task.role not in query.without_roles,
        "status": not query.statuses or task.status in query.statuses,
        "type": not query.types or task.type in query.types,
        "priority": not query.priorities or task.priority in query.priorities,
        "role": query.role is None or task.role == query.role,
        "assignee": query.assignee is None or task.assignee == query.assignee,
        "tags": set(query.tags) <= set(task.tags),
        "parent": query.parent_id is None or task.parent_id == query.parent_id,
        "open": query.open is None or query.open == (category_of(task) != "closed"),
        "deleted": query.deleted == (task.deleted_at is not None),
        "created": (query.created_after or START) <= task.created_at < (query.created_before or LATEST),
        "updated": (query.updated_after or START) <= task.updated_at < (query.updated_before or LATEST),
        "ready": query.ready_at is None or (record.ready_at is not None and record.ready_at <= query.ready_at),
        "waiting": query.waiting_at is None
        or category_of(task) == "held"
        or (todo and (record.ready_at is None or record.ready_at > query.waiting_at)),
        "held": query.held_at is None
        or (task.hold_kind == "worker" and task.lease_until is not None and task.lease_until > query.held_at),
    }
    return all(wishes.values())


def ordered(tasks: list[Task], sort: str) -> list[str]:
    """Ids in the order that SORTS promises."""
    keys: dict[str, Any] = {
        "priority": lambda task: (PRIORITIES.index(task.priority), task.created_at, task.task_id),
        "created": lambda task: (task.created_at, task.task_id),
        "updated": lambda task: (-task.updated_at, task.task_id),
        "title": lambda task: (task.title, task.task_id),
        "id": lambda task: task.task_id,
    }
    return [task.task_id for task in sorted(tasks, key=keys[sort])]


def expected(rows: list[Row], query: TaskQuery) -> list[str]:
    """Every id that a query asks for, in order."""
    return ordered([task for task, record in rows if fits(query, task, record)], query.sort)


def pages(bench: Bench, **wishes: Any) -> Iterator[tuple[list[str], int]]:
    """The pages of a query, cursor by cursor: their ids and their totals."""
    cursor = None
    while True:
        with bench.reader() as reader:
            page = reader.select(TaskQuery(cursor=cursor, **wishes))
        yield [task.task_id for task in page.items], page.total
        cursor = page.next_cursor
        if cursor is None:
            return


def check_query(bench: Bench, rows: list[Row], wishes: dict[str, Any]) -> int:
    """One query answers as the slow filter does; answers how many rows that were."""
    query = TaskQuery(**wishes)
    wanted = expected(rows, query)
    with bench.reader() as reader:
        page = reader.select(query)
    first = wanted[: query.limit] if query.limit else wanted
    assert [task.task_id for task in page.items] == first, wishes
    assert page.total == (len(wanted) if query.counted else 0), wishes
    assert (page.next_cursor is None) == (len(first) == len(wanted)), wishes
    by_id = {task.task_id: task for task, _ in rows}
    assert all(task == by_id[task.task_id] for task in page.items)
    return len(wanted)


class QueryRules:
    """What is asked for comes back: all of it, once, in order."""

    @pytest.mark.parametrize("name", sorted(CHOICES))
    def test_each_filter_alone(self, bench: Bench, name: str) -> None:
        """Each filter of `TaskQuery` finds what its docstring says: every row that fits, and no other.

        If this fails: the message shows the filter; the slow one in plain Python (`fits`, in the same file) says what
        is right.
        """
        bench.add_records(rows := random_rows(120))
        counts = [check_query(bench, rows, {name: value, "limit": 0}) for value in CHOICES[name]]
        assert 0 < max(counts) < len(rows), "the filter was not put to the test"

    def test_no_filter_is_forgotten_here(self) -> None:
        """The kit has values for every filter that there is: a check of the kit itself."""
        assert {*CHOICES, "sort", "cursor", "limit", "counted"} == set(TaskQuery.__dataclass_fields__)

    @pytest.mark.parametrize("seed", range(4))
    def test_filters_together(self, bench: Bench, seed: int) -> None:
        """Filters are joined by "and", in every order and with any limit; the total counts what a limit leaves out."""
        bench.add_records(rows := random_rows(90, seed))
        random = Random(seed)
        found = 0
        for _ in range(150):
            names = random.sample(sorted(CHOICES), random.randint(0, 3))
            wishes = {name: random.choice(CHOICES[name]) for name in names}
            limit = random.choice((0, 1, 5, 50, 1000))
            found += check_query(
                bench,
                rows,
                {**wishes, "sort": random.choice(list(SORTS)), "limit": limit, "counted": random.random() < 0.8},
            )
        assert found > 500

    @pytest.mark.parametrize("sort", list(SORTS))
    @pytest.mark.parametrize("limit", [1, 7, 40])
    def test_pages_partition_the_result(self, bench: Bench, sort: str, limit: int) -> None:
        """Page after page gives every row once, in the promised order, with one total, and no empty last page.

        If this fails: rows with equal keys have no order: end every order with the id, and let the cursor hold all of
        its keys.
        """
        bench.add_records(rows := random_rows(60))
        for wishes in ({}, {"ready_at": NOW}, {"waiting_at": NOW}, {"deleted": True}):
            wanted = expected(rows, TaskQuery(sort=sort, limit=0, **wishes))
            got = list(pages(bench, sort=sort, limit=limit, **wishes))
            assert [one for page, _ in got for one in page] == wanted
            assert {total for _, total in got} == {len(wanted)}
            assert all(len(page) == limit for page, _ in got[:-1])
            assert got[-1][0], "an empty last page was announced"

    def test_held_tasks_of_a_role_are_counted_to_the_very_moment(self, bench: Bench) -> None:
        """A lease holds until its moment and not at it; deleted tasks and other roles are not counted."""
        held = {"status": "in_progress", "hold_kind": "worker", "lease_owner": "ann", "role": "dev"}
        bench.add(
            new_task("a", **held, lease_until=NOW), new_task("b", **held, lease_until=Micros(NOW + 1)),
            new_task("c", **{**held, "role": "ops"}, lease_until=Micros(NOW + 9)),
            new_task("d", **{**held, "hold_kind": "human"}), new_task("e", role="dev"),
            gone := new_task("f", **held, lease_until=Micros(NOW + 9)),
        )  # fmt: skip
        query = TaskQuery(role="dev", held_at=NOW, limit=1)

        def total() -> int:
            with bench.reader() as reader:
                return reader.select(query).total

        assert total() == 2
        bench.update(gone, deleted_at=Micros(1))
        assert total() == 1
        bench.storage.write(lambda unit: unit.set_lease("a", Micros(NOW + 5)))
        assert total() == 2
        bench.storage.write(lambda unit: unit.set_lease("b", NOW))
        assert total() == 1

    def test_tasks_without_a_role_are_of_none_that_is_left_out(self, bench: Bench) -> None:
        """Leaving roles out keeps the tasks that have none.

        If this fails: in SQL, NOT IN is not true of NULL; ask for NULL beside it.
        """
        bench.add(new_task("a"), new_task("b", role="dev"), new_task("c", role="ops"), new_task("d", role="Dev"))
        for roles, wanted in (("dev",), "acd"), (("dev", "ops"), "ad"), (("none",), "abcd"):
            for wishes in ({}, {"ready_at": NOW}, {"ready_at": NOW, "counted": False}):
                query = TaskQuery(without_roles=roles, sort="id", limit=1, **wishes)
                total = len(wanted) if query.counted else 0
                got = [*pages(bench, without_roles=roles, sort="id", limit=1, **wishes)]
                assert got == [([one], total) for one in wanted]
        with bench.reader() as reader:
            assert reader.select(TaskQuery(role="dev", without_roles=("dev",))).total == 0

    def test_a_full_last_page_has_no_cursor(self, bench: Bench) -> None:
        """A cursor is only there where a further page has rows; a limit of 0 gives everything."""
        bench.add(*(new_task(f"t{number}") for number in range(6)))
        assert [len(page) for page, _ in pages(bench, limit=3)] == [3, 3]
        assert [page for page, _ in pages(bench, limit=0)] == [[f"t{number}" for number in range(6)]]

    def test_a_page_goes_on_where_rows_have_come_and_gone(self, bench: Bench) -> None:
        """The next page begins behind the last row seen, whatever was added or deleted meanwhile.

        If this fails: pages are counted by offset; go on from the keys of the last row.
        """
        bench.add(*(tasks := [new_task(f"t{number}") for number in range(6)]))
        with bench.reader() as reader:
            page = reader.select(TaskQuery(sort="id", limit=3))
        bench.update(tasks[2], deleted_at=Micros(1))
        bench.add(new_task("t25"), new_task("t1x"))
        with bench.reader() as reader:
            rest = reader.select(TaskQuery(sort="id", limit=3, cursor=page.next_cursor))
        assert [task.task_id for task in rest.items] == ["t25", "t3", "t4"]
        assert rest.total == 7

    def test_a_cursor_of_another_order_is_refused(self, bench: Bench) -> None:
        """A cursor that this order did not give out raises `InvalidInput`."""
        bench.add(new_task("a"), new_task("b"))
        with bench.reader() as reader:
            cursor = reader.select(TaskQuery(sort="title", limit=1)).next_cursor
            for sort, text in (("created", cursor), ("title", "nonsense"), ("title", "é"), ("title", "")):
                with pytest.raises(InvalidInput):
                    reader.select(TaskQuery(sort=sort, cursor=text))

    def test_time_alone_makes_ready(self, bench: Bench) -> None:
        """A task becomes ready when its moment comes, without any write, and is waiting until then."""
        moments = {"now": 0, "lapsed": START + 10, "later": START + 11, "never": None}
        tasks = {one: new_task(one, status="in_progress" if one == "lapsed" else "pending") for one in moments}
        bench.add_records((tasks[one], record_of(tasks[one], ready_at=at)) for one, at in moments.items())
        for at, ready in (
            (0, {"now"}),
            (START + 9, {"now"}),
            (START + 10, {"now", "lapsed"}),
            (START + 11, {"now", "lapsed", "later"}),
        ):
            with bench.reader() as reader:
                page = reader.select(TaskQuery(ready_at=Micros(at)))
                waiting = reader.select(TaskQuery(waiting_at=Micros(at)))
            assert {task.task_id for task in page.items} == ready
            assert page.total == len(ready)
            assert {task.task_id for task in waiting.items} == {"later", "never", "now"} - ready

    def test_the_ready_total_follows_every_write(self, bench: Bench) -> None:
        """The total of ready tasks follows every write, by project too, and goes back with a unit that fails.

        If this fails: a kept counter is not part of the transaction.
        """
        bench.add(a := new_task("a"), b := new_task("b", project_id="q"), new_task("c"))

        def totals() -> tuple[int, ...]:
            with bench.reader() as reader:
                asked: list[dict[str, Any]] = [
                    {},
                    {"projects": ("p",)},
                    {"without_projects": ("p",)},
                    {"projects": ("p", "q")},
                ]
                return tuple(reader.select(TaskQuery(ready_at=NOW, limit=1, **one)).total for one in asked)

        assert totals() == (3, 2, 1, 3)
        bench.write(lambda unit: unit.set_readiness([record_of(a, ready_at=None), record_of(b, ready_at=Micros(5))]))
        assert totals() == (2, 1, 1, 2)
        bench.write(lambda unit: unit.set_readiness([record_of(a), record_of(b, ready_at=None)]))
        assert totals() == (2, 2, 0, 2)

        def fails(unit: Any) -> None:
            unit.set_readiness([record_of(a, ready_at=None)])
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            bench.write(fails)
        assert totals() == (2, 2, 0, 2)

    def test_a_unit_counts_its_own_writes(self, bench: Bench) -> None:
        """Within a unit, totals count what the unit wrote."""
        bench.add(a := new_task("a"))

        def work(unit: Any) -> list[int]:
            seen = [unit.select(TaskQuery(ready_at=NOW)).total]
            unit.insert_tasks([(task := new_task("b"), record_of(task))])
            seen.append(unit.select(TaskQuery(ready_at=NOW)).total)
            unit.set_readiness([record_of(a, ready_at=None)])
            seen.append(unit.select(TaskQuery(ready_at=NOW)).total)
            return seen

        assert bench.write(work) == [1, 2, 1]

    def test_tally_counts_live_tasks(self, bench: Bench) -> None:
        """The tally counts live tasks by project, status and type, and has no line for nothing."""
        with bench.reader() as reader:
            assert reader.tally() == []
        bench.add_records(rows := random_rows(80))
        counts: dict[tuple[str, str, str], int] = {}
        for task, _ in rows:
            if task.deleted_at is None:
                key = (task.project_id, task.status, task.type)
                counts[key] = counts.get(key, 0) + 1
        with bench.reader() as reader:
            assert sorted(reader.tally()) == sorted(Tally(*key, count) for key, count in counts.items())
