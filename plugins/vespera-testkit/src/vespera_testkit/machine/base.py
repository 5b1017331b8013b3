"""What the rules of the state machine stand on: twins, the model on paper, and what always holds."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from vespera_core.app import requests as ask
from vespera_core.app.care.rebuild import Entities, replayed_store, stored
from vespera_core.model.basics import Micros
from vespera_testkit.machine.twins import Outcome, Twins
from vespera_testkit.model.invariants import check_invariants, named_digest
from vespera_testkit.model.paper import SHIPPED, Paper, Sheet
from vespera_testkit.world.clock import SECOND, FakeClock
from vespera_testkit.world.ledgers import Ledgers

MAX_TASKS = 14
CUSTOM = {"triage": "held", "doing": "active", "wontfix": "closed", "next": "todo"}
WORKFLOWS: tuple[dict[str, Any], ...] = (
    {},
    {"statuses": CUSTOM},
    {"statuses": {"triage": "held"}},
    {"statuses": {**CUSTOM, "triage": "todo"}},
    {
        "statuses": CUSTOM,
        "transitions": {"pending": ["triage", "in_progress"]},
        "types": {"bug": {"pending": ["doing"]}},
    },
)
UNFORESEEN = frozenset({"transition"})
"""Refusals that the prose leaves to the workflow's table: the twins must agree, the model has no opinion."""

pick = st.integers(0, MAX_TASKS - 1)
maybe = st.one_of(st.none(), pick)
actors = st.sampled_from(("ann", "bob", "cy"))
roles = st.sampled_from((None, None, "dev", "ops"))
statuses = st.sampled_from((*SHIPPED, *CUSTOM))
spans = st.sampled_from((5, 60, 900))
fences = st.sampled_from(("none", "none", "none", "right", "right", "wrong"))
deferrals = st.sampled_from((None, -10, 0, 30, 7200))
flag = st.booleans()


class Base(RuleBasedStateMachine):
    """Two stores, one clock, one model."""

    def __init__(self, ledgers: Ledgers, clock: FakeClock, store: str = "sqlite") -> None:
        super().__init__()
        self._ledgers = ledgers
        self.clock = clock
        self.twins = Twins(ledgers, store)
        self.paper = Paper()
        self.versions: dict[str, int] = {}
        self.made = 0
        self.kept: list[tuple[str, Any, str, str, int, Outcome]] = []
        self.entities: Entities = {}
        self.moments: list[tuple[int, Any, list[str], Entities]] = []
        self.renewed = False

    # ------------------------------------------------------------ helpers

    def one(self, number: int) -> Sheet:
        """A task that exists, deleted or not."""
        return list(self.paper.tasks.values())[number % len(self.paper.tasks)]

    def fence_of(self, one: Sheet, word: str) -> int | None:
        """The fence that a caller shows."""
        return {"none": None, "right": one.fence if one.hold else None, "wrong": one.fence + 7}[word]

    def gone(self, *sheets: Sheet) -> set[str]:
        """Deleted tasks are not found."""
        return {"not_found"} if any(one.deleted for one in sheets) else set()

    def do(
        self, operation: str, request: Any, actor: str, reasons: set[str] | None, *, key: str | None = None
    ) -> Outcome:
        """Perform it on both; it must be refused for one of the reasons, and must succeed where there is none."""
        seen = self.twins.call(operation, request, actor, key)
        if reasons is not None and seen.code not in UNFORESEEN:
            allowed: set[str | None] = {*reasons} or {None}
            assert seen.code in allowed, f"{operation} {request} by {actor}: {seen.shown}, foreseen: {allowed}"
        return seen

    def renew(self, one: Sheet, actor: str, fence: int | None) -> None:
        """Any write by its holder renews a worker's lease, and never shortens it."""
        if one.hold == "worker" and one.seconds is not None and (fence is not None or one.owner == actor):
            before, one.until = one.until, max(one.until or 0, self.clock.at + one.seconds * SECOND)
            self.renewed |= before != one.until

    def wrote(self, one: Sheet, seen: Outcome, task: Any, actor: str, fence: int | None) -> None:
        """Renew where an event was written: what changes nothing is no write."""
        if seen.code is None and task.version != self.versions.get(one.task_id):
            self.renew(one, actor, fence)

    def hindered(self, one: Sheet) -> bool:
        """Not to be completed without force."""
        if self.paper.category(one) == "closed":
            return False
        return self.paper.obstructed(one, self.clock.at) or self.paper.category(one) == "held"

    def foreseen(self, before: set[str]) -> list[str]:
        """What became ready meanwhile, sorted."""
        return sorted(set(self.paper.ready(self.clock.at, offered=False)) - before)

    def ready_now(self) -> set[str]:
        """What is ready now, archived projects included."""
        return set(self.paper.ready(self.clock.at, offered=False))

    # ------------------------------------------------------------ always

    @invariant()
    def rows_are_foreseen(self) -> None:
        """Both stores hold what the model holds; versions only rise."""
        for ledger in self.twins.both:
            with ledger.kernel.storage.read() as reader:
                projects, tasks, entities = stored(reader)
            assert entities == self.entities
            assert {one: Sheet.of(task).facts() for one, task in tasks.items()} == {
                one: sheet.facts() for one, sheet in self.paper.tasks.items()
            }
            assert {one.project_id for one in projects.values() if one.status == "archived"} == self.paper.archived
            assert all(tasks[one].version >= version for one, version in self.versions.items())
        self.versions = {one: task.version for one, task in tasks.items()}

    @invariant()
    def reads_agree(self) -> None:
        """Lists, the queue, what waits and counts: the same on both, and as the model says."""
        ready = self.twins.call("task.ready", ask.ReadyTasks(limit=0)).answer
        assert [task.task_id for task in ready.tasks] == self.paper.ready(self.clock.at)
        first = self.twins.call("task.ready", ask.ReadyTasks(limit=1, project_id="web")).answer
        assert first.total == sum(task.project_id == "web" for task in ready.tasks)
        waiting = self.twins.call("task.blocked", ask.ListTasks(limit=0)).answer
        for item in waiting.tasks:
            named = {reason.task_id for reason in item.waits_for if reason.kind == "blocker"}
            assert named == self.paper.blockers(self.paper.tasks[item.task.task_id])
            assert item.waits_for
        self.twins.call("system.stats", ask.Nothing())
        self.twins.call("event.list", ask.History(limit=4))

    def teardown(self) -> None:
        """What holds at the end of every run."""
        try:
            self.whole()
        finally:
            self._ledgers.close()

    def whole(self) -> None:
        """Logs, digests, counters, and how things stood before."""
        for ledger in self.twins.both:
            check_invariants(ledger)
        first, second = map(named_digest, self.twins.both)
        assert first == second
        for one in self.paper.tasks:
            self.twins.call("task.get", ask.TaskRef(task_id=one))
            self.twins.call("task.explain", ask.TaskRef(task_id=one))
        for at, listed, ready, entities in self.moments:
            self.entities_then(Micros(at), entities)
            then = self.twins.call("task.list", ask.ListTasks(limit=0, as_of=Micros(at))).shown
            assert without_leases(then) == without_leases(listed)
            queue = self.twins.call("task.ready", ask.ReadyTasks(limit=0, as_of=Micros(at))).answer
            assert not ready or [task.task_id for task in queue.tasks] == ready

    def entities_then(self, at: Micros, entities: Entities) -> None:
        """Replayed up to a moment, both logs lead to the entities of that moment."""
        for ledger in self.twins.both:
            with ledger.kernel.storage.read() as reader, replayed_store(reader, at).read() as then:
                assert stored(then).entities == entities


def without_leases(page: Any) -> Any:
    """A page without the ends of leases: heartbeats move them without an event."""
    return [{**task, "lease_until": None} for task in page["tasks"]]
