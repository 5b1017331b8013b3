"""The state machine: random work on two ledgers in lockstep, each step foreseen by the model on paper."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from conformance.invariants import check_invariants, named_digest
from conformance.paper import SHIPPED, Paper, Sheet
from conformance.support import DAY, PROJECT, SECOND, FakeClock, Ledgers
from conformance.twins import Outcome, Twins
from vespera_core.app import requests as ask
from vespera_core.app.care.rebuild import stored
from vespera_core.model.basics import UNSET, Micros
from vespera_core.model.task import PRIORITIES

MAX_TASKS = 14
CUSTOM = {"triage": "held", "doing": "active", "wontfix": "closed", "next": "todo"}
WORKFLOWS: tuple[dict[str, Any], ...] = (
    {}, {"statuses": CUSTOM}, {"statuses": {"triage": "held"}}, {"statuses": {**CUSTOM, "triage": "todo"}},
    {"statuses": CUSTOM, "transitions": {"pending": ["triage", "in_progress"]}, "types": {"bug": {"pending": ["doing"]}}},
)  # fmt: skip
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


class Lockstep(RuleBasedStateMachine):
    """Two stores, one clock, one model."""

    def __init__(self, ledgers: Ledgers, clock: FakeClock) -> None:
        super().__init__()
        self._ledgers = ledgers
        self.clock = clock
        self.twins = Twins(ledgers)
        self.paper = Paper()
        self.versions: dict[str, int] = {}
        self.made = 0
        self.kept: list[tuple[str, Any, str, str, int, Outcome]] = []
        self.moments: list[tuple[int, Any, list[str]]] = []
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
            allowed = reasons or {None}
            assert seen.code in allowed, f"{operation} {request} by {actor}: {seen.shown}, foreseen: {allowed}"
        return seen

    def renew(self, one: Sheet, actor: str, fence: int | None) -> None:
        """Any write by its holder renews a worker's lease."""
        if one.hold == "worker" and one.seconds is not None and (fence is not None or one.owner == actor):
            before, one.until = one.until, self.clock.at + one.seconds * SECOND
            self.renewed |= before != one.until

    def wrote(self, one: Sheet, seen: Outcome, task: Any, actor: str, fence: int | None) -> None:
        """Renew where an event was written: what changes nothing is no write."""
        if seen.code is None and task.version != self.versions.get(one.task_id):
            self.renew(one, actor, fence)

    def foreseen(self, before: set[str]) -> list[str]:
        """What became ready meanwhile, sorted."""
        return sorted(set(self.paper.ready(self.clock.at, offered=False)) - before)

    def ready_now(self) -> set[str]:
        """What is ready now, archived projects included."""
        return set(self.paper.ready(self.clock.at, offered=False))

    # ------------------------------------------------------------ making

    @initialize()
    def begin(self) -> None:
        self.twins.call("project.create", ask.CreateProject(project_id="web", workflow=WORKFLOWS[1]))
        self.paper.statuses = {PROJECT: dict(SHIPPED), "web": {**SHIPPED, **CUSTOM}}
        below = tuple(ask.PlannedTask(title="Leaf", task_id=f"mem-{one}", role="dev") for one in ("b", "c"))
        root = ask.PlannedTask(title="Root", task_id="mem-a", children=below)
        other = ask.PlannedTask(
            title="Other", task_id="web-d", project_id="web", depends_on=("mem-b",), priority="high"
        )
        self.do("task.create_many", ask.CreateTasks(tasks=(root, other)), "ann", set())
        self.enter(Sheet("mem-a", PROJECT, self.clock.at), "ann")
        for one in ("mem-b", "mem-c"):
            self.enter(Sheet(one, PROJECT, self.clock.at, role="dev", parent="mem-a"), "ann")
        self.enter(Sheet("web-d", "web", self.clock.at, priority="high", deps={"mem-b"}), "ann")

    @precondition(lambda self: len(self.paper.tasks) < MAX_TASKS)
    @rule(
        actor=actors, parent=maybe, deps=st.lists(pick, max_size=2), link=maybe, status=statuses, project=st.sampled_from((None, "mem", "web")),
        priority=st.sampled_from(PRIORITIES), role=roles, defer=deferrals, again=st.integers(0, 9), keyed=flag,
        type=st.sampled_from(("task", "bug")), usual=flag,
    )  # fmt: skip
    def create(self, actor: str, parent: Any, deps: Any, link: Any, status: str, project: Any, priority: str, role: Any,
               defer: Any, again: int, keyed: bool, type: str, usual: bool) -> None:  # fmt: skip
        up = self.one(parent) if parent is not None else None
        needs = [self.one(one) for one in deps]
        linked = [self.one(link)] if link is not None else []
        reuse = again == 0
        self.made += 1
        task_id = self.one(0).task_id if reuse else f"mem-t{self.made}"
        home = project or (up.project if up is not None and not up.deleted else PROJECT)
        status = "pending" if usual else status
        until = None if defer is None else self.clock.at + defer * SECOND
        request = ask.CreateTask(
            title=f"Task {self.made}", task_id=task_id, parent_id=up and up.task_id, status=status, project_id=project,
            depends_on=tuple(one.task_id for one in needs), priority=priority, role=role, type=type,
            relations=tuple(("relates_to", one.task_id) for one in linked), defer_until=None if until is None else Micros(until),
        )  # fmt: skip
        fresh = Sheet(task_id, home, self.clock.at, status, type, priority, role, parent=up and up.task_id, defer=until)
        fresh.deps = {one.task_id for one in needs}
        fresh.links = {("relates_to", one.task_id) for one in linked}
        reasons = self.gone(*needs, *linked, *([up] if up else ())) | (
            {"archived"} if home in self.paper.archived else set()
        )
        reasons |= {"duplicate_id"} if reuse else set()
        reasons |= set() if status in self.paper.statuses[home] else {"invalid_input"}
        if not reasons and self.circular_with([fresh]):
            reasons.add("cycle")
        if reuse and {task_id} & {*fresh.deps, *(target for _, target in fresh.links)}:
            reasons.add("invalid_input")
        if reuse:
            reasons.add("cycle")
        key = f"key {self.made}" if keyed else None
        seen = self.do("task.create", request, actor, reasons, key=key)
        if seen.code is None:
            self.enter(fresh, actor)
            if key is not None:
                self.kept.append(("task.create", request, actor, key, self.clock.at, seen))

    def circular_with(self, fresh: list[Sheet]) -> bool:
        """Whether new tasks would close a circle."""
        deps = [(one.task_id, target) for one in fresh for target in one.deps]
        return self.paper.circular(deps, [(one.task_id, one.parent) for one in fresh if one.parent])

    def enter(self, fresh: Sheet, actor: str) -> None:
        """A new task is there."""
        if SHIPPED.get(fresh.status, self.paper.statuses[fresh.project].get(fresh.status)) == "closed":
            fresh.closed_by = actor
        self.paper.tasks[fresh.task_id] = fresh

    @precondition(lambda self: len(self.paper.tasks) < MAX_TASKS - 2)
    @rule(
        actor=actors, parent=maybe, outward=maybe, arrows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3),
        deep=flag, project=st.sampled_from((None, "web")), clash=st.integers(0, 7),
    )  # fmt: skip
    def create_tree(
        self, actor: str, parent: Any, outward: Any, arrows: Any, deep: bool, project: Any, clash: int
    ) -> None:
        """A root and two tasks below it, or a chain, with dependencies among them by key and one to the outside."""
        up = self.one(parent) if parent is not None else None
        out = self.one(outward) if outward is not None else None
        self.made += 1
        ids = [f"mem-t{self.made}{letter}" for letter in "abc"]
        if clash == 0:
            ids[1] = self.one(0).task_id
        needs: dict[int, list[str]] = {0: [], 1: [], 2: []}
        for source, target in arrows:
            if source < 3 and target < 3 and source != target:
                needs[source].append(f"k{target}")
        if out is not None:
            needs[1].append(out.task_id)
        plans = {
            one: dict(title=f"Tree {self.made}", task_id=ids[one], key=f"k{one}", depends_on=tuple(needs[one]))
            for one in range(3)
        }
        leaf = ask.PlannedTask(**plans[2])
        mid = ask.PlannedTask(**plans[1], children=(leaf,) if deep else ())
        root = ask.PlannedTask(
            **plans[0], parent_id=up and up.task_id, project_id=project, children=(mid,) if deep else (mid, leaf)
        )
        home = project or (up.project if up is not None else PROJECT)
        keys = {f"k{one}": ids[one] for one in range(3)}
        parents = [up and up.task_id, ids[0], ids[1] if deep else ids[0]]
        fresh = [Sheet(ids[one], home, self.clock.at, parent=parents[one]) for one in range(3)]
        for one in range(3):
            fresh[one].deps = {keys.get(name, name) for name in needs[one]}
        reasons = self.gone(*([up] if up else ()), *([out] if out else ()))
        reasons |= {"archived"} if home in self.paper.archived else set()
        clashing = ids[1] in self.paper.tasks
        reasons |= {"duplicate_id", "cycle", "invalid_input"} if clashing else set()
        if not reasons and self.circular_with(fresh):
            reasons.add("cycle")
        seen = self.do("task.create_many", ask.CreateTasks(tasks=(root,)), actor, reasons)
        if seen.code is None:
            for one in fresh:
                self.enter(one, actor)

    # ------------------------------------------------------------ changing

    @rule(number=pick, actor=actors, word=fences, role=st.sampled_from((UNSET, None, "dev")), priority=st.sampled_from((UNSET, *PRIORITIES)),
          assignee=st.sampled_from((UNSET, None, "ann", "bob")), defer=st.sampled_from((UNSET, None, -5, 30, 5000)),
          version=st.sampled_from((None, None, 0, 1)), tags=flag, type=st.sampled_from((UNSET, "bug")))  # fmt: skip
    def edit(self, number: int, actor: str, word: str, role: Any, priority: Any, assignee: Any, defer: Any, version: Any,
             tags: bool, type: Any) -> None:  # fmt: skip
        one = self.one(number)
        fence = self.fence_of(one, word)
        until = self.clock.at + defer * SECOND if isinstance(defer, int) else defer
        request = ask.UpdateTasks(
            task_ids=(one.task_id,), role=role, priority=priority, assignee=assignee, defer_until=until, fence=fence, type=type,
            add_tags=("x",) if tags else (), expected_version=None if version is None else self.versions[one.task_id] + version,
            metadata={"n": number} if tags else UNSET, description=f"by {actor}" if tags else UNSET,
        )  # fmt: skip
        reasons = (
            self.gone(one)
            | self.paper.guard(one, actor, fence, self.clock.at)
            | ({"version_conflict"} if version else set())
        )
        seen = self.do("task.update", request, actor, reasons)
        if seen.code is None:
            given = {"role": role, "priority": priority, "assignee": assignee, "defer": until, "type": type}
            for name, value in given.items():
                if value is not UNSET:
                    setattr(one, name, value)
            self.wrote(one, seen, seen.answer.tasks[0], actor, fence)

    @rule(number=pick, parent=maybe, actor=actors, word=fences)
    def reparent(self, number: int, parent: Any, actor: str, word: str) -> None:
        one, up = self.one(number), None if parent is None else self.one(parent)
        fence = self.fence_of(one, word)
        reasons = self.gone(one, *([up] if up else ())) | self.paper.guard(one, actor, fence, self.clock.at)
        if up is not None and self.paper.circular(parents=[(one.task_id, up.task_id)], moved=one.task_id):
            reasons.add("cycle")
        before = self.ready_now()
        request = ask.UpdateTasks(task_ids=(one.task_id,), parent_id=up and up.task_id, fence=fence)
        seen = self.do("task.update", request, actor, reasons)
        if seen.code is None:
            one.parent = up and up.task_id
            self.wrote(one, seen, seen.answer.tasks[0], actor, fence)
            assert list(seen.answer.unblocked) == self.foreseen(before)

    @rule(number=pick, status=statuses, actor=actors, word=fences, force=flag)
    def set_status(self, number: int, status: str, actor: str, word: str, force: bool) -> None:
        one = self.one(number)
        fence = self.fence_of(one, word)
        reasons = self.gone(one) | self.paper.guard(one, actor, fence, self.clock.at)
        if status not in self.paper.statuses[one.project]:
            reasons.add("invalid_input")
        elif status == "completed" and not force and self.hindered(one):
            reasons.add("not_ready")
        request = ask.UpdateTasks(task_ids=(one.task_id,), status=status, fence=fence, force=force)
        before = self.ready_now()
        seen = self.do("task.update", request, actor, reasons)
        if seen.code is None:
            self.paper.move(one, status, actor)
            assert list(seen.answer.unblocked) == self.foreseen(before)

    def hindered(self, one: Sheet) -> bool:
        """Not to be completed without force."""
        if self.paper.category(one) == "closed":
            return False
        return self.paper.obstructed(one, self.clock.at) or self.paper.category(one) == "held"

    @rule(
        numbers=st.lists(pick, min_size=1, max_size=2),
        actor=actors,
        word=fences,
        verb=st.sampled_from(("reopen", "cancel", "block")),
    )
    def move(self, numbers: list[int], actor: str, word: str, verb: str) -> None:
        ones = list({self.one(number).task_id: self.one(number) for number in numbers}.values())
        fence = self.fence_of(ones[0], word)
        reasons = self.gone(*ones).union(*(self.paper.guard(one, actor, fence, self.clock.at) for one in ones))
        request = ask.MoveTasks(task_ids=tuple(one.task_id for one in ones), fence=fence, reason="because")
        before = self.ready_now()
        seen = self.do(f"task.{verb}", request, actor, reasons)
        if seen.code is None:
            for one in ones:
                self.paper.move(one, {"reopen": "pending", "cancel": "cancelled", "block": "blocked"}[verb], actor)
            assert list(seen.answer.unblocked) == self.foreseen(before)

    @rule(number=pick, actor=actors, word=fences, defer=deferrals)
    def defer(self, number: int, actor: str, word: str, defer: Any) -> None:
        one = self.one(number)
        fence = self.fence_of(one, word)
        until = None if defer is None else Micros(self.clock.at + defer * SECOND)
        reasons = self.gone(one) | self.paper.guard(one, actor, fence, self.clock.at)
        before = self.ready_now()
        seen = self.do("task.defer", ask.MoveTasks(task_ids=(one.task_id,), until=until, fence=fence), actor, reasons)
        if seen.code is None:
            one.defer = until
            self.wrote(one, seen, seen.answer.tasks[0], actor, fence)
            assert list(seen.answer.unblocked) == self.foreseen(before)

    @rule(number=pick, actor=actors)
    def comment(self, number: int, actor: str) -> None:
        one = self.one(number)
        reasons = self.gone(one) | ({"archived"} if one.project in self.paper.archived else set())
        seen = self.do("task.comment", ask.AddComment(task_id=one.task_id, text="a remark"), actor, reasons)
        if seen.code is None:
            self.renew(one, actor, None)

    # ------------------------------------------------------------ arrows

    @rule(
        source=pick,
        aim=pick,
        actor=actors,
        kind=st.sampled_from(("depends_on", "depends_on", "relates_to")),
        word=fences,
    )
    def relate(self, source: int, aim: int, actor: str, kind: str, word: str) -> None:
        one, other = self.one(source), self.one(aim)
        fence = self.fence_of(one, word)
        known = other.task_id in one.deps if kind == "depends_on" else (kind, other.task_id) in one.links
        reasons = self.gone(one, other) | self.paper.guard(one, actor, fence, self.clock.at)
        circular = kind == "depends_on" and self.paper.circular([(one.task_id, other.task_id)])
        if not known and (one is other or circular):
            reasons.add("cycle")
        seen = self.do(
            "relation.add", ask.Relate(source=one.task_id, target=other.task_id, kind=kind, fence=fence), actor, reasons
        )
        if seen.code is None:
            if kind == "depends_on":
                one.deps.add(other.task_id)
            else:
                one.links.add((kind, other.task_id))
            self.wrote(one, seen, seen.answer.task, actor, fence)

    @precondition(lambda self: any(one.deps or one.links for one in self.paper.tasks.values()))
    @rule(number=pick, which=st.integers(0, 3), actor=actors, word=fences)
    def unrelate(self, number: int, which: int, actor: str, word: str) -> None:
        one = self.one(number)
        fence = self.fence_of(one, word)
        mine = [*(("depends_on", target) for target in sorted(one.deps)), *sorted(one.links)]
        kind, target = mine[which % len(mine)] if mine else ("depends_on", self.one(which).task_id)
        reasons = self.gone(one) | self.paper.guard(one, actor, fence, self.clock.at)
        reasons |= set() if mine else {"not_found"}
        before = self.ready_now()
        seen = self.do(
            "relation.remove", ask.Relate(source=one.task_id, target=target, kind=kind, fence=fence), actor, reasons
        )
        if seen.code is None:
            one.deps -= {target} if kind == "depends_on" else set()
            one.links -= {(kind, target)}
            self.wrote(one, seen, seen.answer.tasks[0], actor, fence)
            assert list(seen.answer.unblocked) == self.foreseen(before)

    # ------------------------------------------------------------ holding

    @rule(number=pick, actor=actors, seconds=spans, human=flag)
    def claim(self, number: int, actor: str, seconds: int, human: bool) -> None:
        one = self.one(number)
        reasons = self.gone(one) | ({"archived"} if one.project in self.paper.archived else set())
        if one.task_id not in self.ready_now():
            reasons |= {"not_ready"} | ({"held"} if one.hold is not None else set())
        request = ask.ClaimTask(task_id=one.task_id, lease_seconds=seconds, human=human)
        self.taken(self.do("task.claim", request, actor, reasons), one, actor, seconds, human=human)

    @rule(
        actor=actors,
        role=roles,
        project=st.sampled_from((None, "mem", "web")),
        seconds=spans,
        human=st.sampled_from((False, False, True)),
    )
    def claim_any(self, actor: str, role: Any, project: Any, seconds: int, human: bool) -> None:
        chosen = self.best(role, project)
        request = ask.ClaimTask(role=role, project_id=project, lease_seconds=seconds, human=human)
        seen = self.do("task.claim", request, actor, set())
        if chosen is None:
            assert seen.answer.task is None
            assert seen.answer.fence is None
        else:
            assert seen.answer.task.task_id == chosen.task_id
            self.taken(seen, chosen, actor, seconds, human=human)

    def best(self, role: Any, project: Any) -> Sheet | None:
        """The task that a claim by selection must take."""
        for task_id in self.paper.ready(self.clock.at):
            one = self.paper.tasks[task_id]
            if role in (None, one.role) and project in (None, one.project):
                return one
        return None

    def taken(self, seen: Outcome, one: Sheet, actor: str, seconds: int, *, human: bool) -> None:
        """What a claim answers and does."""
        if seen.code is not None:
            return
        before = one.owner
        self.paper.take(one, actor, self.clock.at, seconds, human=human)
        answer = seen.answer
        assert (answer.fence, answer.lease_until, answer.reclaimed_from) == (one.fence, one.until, before)
        assert answer.task.fence == answer.fence

    @precondition(lambda self: any(one.hold for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, word=fences, seconds=st.sampled_from((None, 5, 5000)), held=flag)
    def heartbeat(self, number: int, actor: str, word: str, seconds: Any, held: bool) -> None:
        one = self.holding(number, held)
        fence = self.fence_of(one, word)
        reasons = self.gone(one) | self.hold_reasons(one, actor, fence)
        version = self.versions[one.task_id]
        seen = self.do(
            "task.heartbeat", ask.Heartbeat(task_id=one.task_id, fence=fence, lease_seconds=seconds), actor, reasons
        )
        if seen.code is None:
            if one.hold == "worker":
                one.until = self.clock.at + (seconds or one.seconds or 900) * SECOND
                self.renewed = True
            assert seen.answer.task.version == version

    def holding(self, number: int, held: bool) -> Sheet:
        """A task, a held one if asked for."""
        found = [one for one in self.paper.tasks.values() if one.hold is not None]
        return found[number % len(found)] if held and found else self.one(number)

    def hold_reasons(self, one: Sheet, actor: str, fence: int | None) -> set[str]:
        """Why somebody is not its holder."""
        reasons = self.paper.guard(one, actor, fence, self.clock.at)
        if one.hold is None:
            reasons.add("conflict")
        elif fence is None and one.owner != actor:
            reasons.add("held")
        return reasons

    @precondition(lambda self: any(one.hold for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, word=fences, force=st.sampled_from((False, False, True)), held=flag)
    def release(self, number: int, actor: str, word: str, force: bool, held: bool) -> None:
        one = self.holding(number, held)
        fence = self.fence_of(one, word)
        archived = {"archived"} if one.project in self.paper.archived else set()
        reasons = self.gone(one) | (archived if force else self.hold_reasons(one, actor, fence))
        request = ask.Release(task_id=one.task_id, fence=fence, force=force, reason="enough")
        seen = self.do("task.release", request, actor, reasons)
        if seen.code is None and one.hold is not None:
            self.paper.release(one)

    @precondition(lambda self: any(one.hold for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, word=fences, step=st.integers(0, 3))
    def checkpoint(self, number: int, actor: str, word: str, step: int) -> None:
        one = self.holding(number, held=True)
        fence = self.fence_of(one, word)
        reasons = self.gone(one) | self.hold_reasons(one, actor, fence)
        request = ask.Checkpoint(task_id=one.task_id, state={"step": step}, fence=fence)
        seen = self.do("task.checkpoint", request, actor, reasons)
        if seen.code is None:
            self.wrote(one, seen, seen.answer.task, actor, fence)

    @rule(
        number=pick,
        actor=actors,
        word=fences,
        force=flag,
        then=st.sampled_from((False, False, True)),
        role=roles,
        keyed=flag,
    )
    def complete(self, number: int, actor: str, word: str, force: bool, then: bool, role: Any, keyed: bool) -> None:
        one = self.one(number)
        fence = self.fence_of(one, word)
        reasons = self.gone(one)
        if one.status == "completed":
            reasons |= set() if one.closed_by == actor else {"conflict"}
        else:
            reasons |= self.paper.guard(one, actor, fence, self.clock.at)
            reasons |= {"not_ready"} if not force and self.hindered(one) else set()
        request = ask.CompleteTasks(
            task_ids=(one.task_id,), fence=fence, force=force, claim_next=then, role=role, lease_seconds=60
        )
        self.made += 1
        key = f"key {self.made}" if keyed else None
        before = self.ready_now()
        seen = self.do("task.complete", request, actor, reasons, key=key)
        if seen.code is not None:
            return
        self.paper.move(one, "completed", actor)
        assert list(seen.answer.unblocked) == self.foreseen(before)
        if key is not None:
            self.kept.append(("task.complete", request, actor, key, self.clock.at, seen))
        self.next_one(seen, actor, role, asked=then)

    def next_one(self, seen: Outcome, actor: str, role: Any, *, asked: bool) -> None:
        """What was claimed in the same breath."""
        claimed, chosen = seen.answer.claimed, self.best(role, None)
        if not asked:
            assert claimed is None
        elif chosen is None:
            assert claimed.task is None
        else:
            assert claimed.task.task_id == chosen.task_id
            self.paper.take(chosen, actor, self.clock.at, 60, human=False)

    # ------------------------------------------------------------ deleting, taking back

    @rule(
        number=pick,
        actor=actors,
        recursive=flag,
        dry=st.sampled_from((False, False, True)),
        version=st.sampled_from((None, None, 0, 1)),
    )
    def delete(self, number: int, actor: str, recursive: bool, dry: bool, version: Any) -> None:
        one = self.one(number)
        live = [task_id for task_id in self.paper.branch(one.task_id) if not self.paper.tasks[task_id].deleted]
        reasons = self.gone(one) | ({"version_conflict"} if version else set())
        if not dry:
            reasons |= {"has_children"} if len(live) > 1 and not recursive else set()
            reasons = reasons.union(
                *(self.paper.guard(self.paper.tasks[each], actor, None, self.clock.at) for each in live)
            )
        expected = None if version is None else self.versions[one.task_id] + version
        request = ask.DeleteTask(task_id=one.task_id, recursive=recursive, dry_run=dry, expected_version=expected)
        seen = self.do("task.delete", request, actor, reasons)
        if seen.code is None:
            assert set(seen.answer.deleted) == set(live)
            if not dry:
                self.paper.delete(live)

    @precondition(lambda self: any(one.deleted for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, gone=flag)
    def restore(self, number: int, actor: str, gone: bool) -> None:
        deleted = [one for one in self.paper.tasks.values() if one.deleted]
        one = deleted[number % len(deleted)] if gone else self.one(number)
        back = self.paper.batch_of(one) if one.deleted else []
        reasons = {"archived"} if one.deleted and one.project in self.paper.archived else set()
        reasons |= {"refused"} if back is None else set()
        seen = self.do("task.restore", ask.TaskRef(task_id=one.task_id), actor, reasons)
        if seen.code is None:
            assert set(seen.answer.restored) == set(back or ())
            self.paper.restore(back or ())

    @rule(back=st.integers(0, 12), actor=actors)
    def undo(self, back: int, actor: str) -> None:
        """The twins must agree; then the model believes what they say."""
        last = self.twins.call("system.stats", ask.Nothing()).answer.events
        seen = self.do("event.undo", ask.UndoEvent(event=str(max(last - back, 1))), actor, None)
        if seen.code is None:
            self.believe()

    def believe(self) -> None:
        """Take the model from the store."""
        with self.twins.memory.kernel.storage.read() as reader:
            projects, tasks = stored(reader)
        ordered = [tasks[one] for one in self.paper.tasks]
        batches = {one.task_id: one.delete_batch for one in ordered if one.delete_batch is not None}
        self.paper.adopt(Paper.of(projects.values(), ordered), batches)
        self.renewed = True

    # ------------------------------------------------------------ projects

    @rule(project=st.sampled_from(("web", "web", "mem")), away=st.sampled_from((True, False, False)))
    def archive(self, project: str, away: bool) -> None:
        if away:
            self.do("project.archive", ask.ProjectRef(project_id=project), "ann", set())
            self.paper.archived.add(project)
        else:
            self.do("project.update", ask.UpdateProject(project_id=project, status="active"), "ann", set())
            self.paper.archived.discard(project)

    @rule(which=st.integers(0, len(WORKFLOWS) - 1))
    def workflow(self, which: int) -> None:
        wanted = {**SHIPPED, **WORKFLOWS[which].get("statuses", {})}
        now = self.paper.statuses["web"]
        used = {one.status for one in self.paper.tasks.values() if one.project == "web"}
        reasons = {"invalid_input"} if any(wanted.get(status) != now[status] for status in used) else set()
        request = ask.UpdateProject(project_id="web", workflow=WORKFLOWS[which])
        if self.do("project.update", request, "ann", reasons).code is None:
            self.paper.statuses["web"] = wanted

    # ------------------------------------------------------------ keys, time, files

    @precondition(lambda self: self.kept)
    @rule(which=pick, other=st.sampled_from((None, None, "request", "actor")))
    def again(self, which: int, other: Any) -> None:
        """The same key answers as it did, for a week; another request under it is refused; other actors are apart."""
        operation, request, actor, key, at, first = self.kept[which % len(self.kept)]
        live = self.clock.at < at + 7 * DAY
        if other == "request" and live:
            self.do(
                operation, ask.CreateTask(title="another", task_id="mem-z"), actor, {"idempotency_mismatch"}, key=key
            )
        elif other is None and live:
            before = self.twins.call("system.stats", ask.Nothing()).shown
            assert self.do(operation, request, actor, set(), key=key).shown == first.shown
            assert self.twins.call("system.stats", ask.Nothing()).shown == before
        elif operation == "task.create":
            self.do(
                operation,
                request,
                "dan" if live else actor,
                {"duplicate_id", "archived", "not_found", "cycle", "invalid_input"},
                key=key,
            )

    @rule(seconds=st.sampled_from((1, 5, 60, 900, 7200)))
    def wait(self, seconds: int) -> None:
        self.remember()
        self.clock.advance(seconds)

    @rule()
    def wait_a_week(self) -> None:
        self.clock.advance(7 * 86400 - 60)

    def remember(self) -> None:
        """How things stand now, to be asked for later."""
        if len(self.moments) < 4 and len(self.paper.tasks) > 2:
            listed = self.twins.call("task.list", ask.ListTasks(limit=0)).shown
            ready = [] if self.renewed else self.paper.ready(self.clock.at)
            self.moments.append((self.clock.at, deepcopy(listed), ready))

    @rule()
    def reopen(self) -> None:
        self.twins.reopen()

    # ------------------------------------------------------------ always

    @invariant()
    def rows_are_foreseen(self) -> None:
        """Both stores hold what the model holds; versions only rise."""
        for ledger in self.twins.both:
            with ledger.kernel.storage.read() as reader:
                projects, tasks = stored(reader)
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
        for at, listed, ready in self.moments:
            then = self.twins.call("task.list", ask.ListTasks(limit=0, as_of=Micros(at))).shown
            assert without_leases(then) == without_leases(listed)
            queue = self.twins.call("task.ready", ask.ReadyTasks(limit=0, as_of=Micros(at))).answer
            assert not ready or [task.task_id for task in queue.tasks] == ready


def without_leases(page: Any) -> Any:
    """A page without the ends of leases: heartbeats move them without an event."""
    return [{**task, "lease_until": None} for task in page["tasks"]]
