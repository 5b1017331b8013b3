"""Rules of the state machine: making tasks, changing them, relating them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from vespera_core.app import requests as ask
from vespera_core.model.basics import UNSET, Micros
from vespera_core.model.task import PRIORITIES
from vespera_testkit.machine.base import (
    CUSTOM,
    MAX_TASKS,
    WORKFLOWS,
    Base,
    actors,
    deferrals,
    fences,
    flag,
    maybe,
    pick,
    roles,
    statuses,
)
from vespera_testkit.model.paper import SHIPPED, Sheet
from vespera_testkit.world.clock import SECOND
from vespera_testkit.world.ledgers import PROJECT


def id_of(one: Sheet | None) -> str | None:
    """The id of a task, where there is one."""
    return None if one is None else one.task_id


class Making(Base):
    """Tasks one by one, and whole trees."""

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
        actor=actors,
        parent=maybe,
        deps=st.lists(pick, max_size=2),
        link=maybe,
        status=statuses,
        project=st.sampled_from((None, "mem", "web")),
        priority=st.sampled_from(PRIORITIES),
        role=roles,
        defer=deferrals,
        again=st.integers(0, 9),
        keyed=flag,
        type=st.sampled_from(("task", "bug")),
        usual=flag,
    )
    def create(
        self,
        actor: str,
        parent: Any,
        deps: Any,
        link: Any,
        status: str,
        project: Any,
        priority: str,
        role: Any,
        defer: Any,
        again: int,
        keyed: bool,
        type: str,
        usual: bool,
    ) -> None:
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
            title=f"Task {self.made}",
            task_id=task_id,
            parent_id=id_of(up),
            status=status,
            project_id=project,
            depends_on=tuple(one.task_id for one in needs),
            priority=priority,
            role=role,
            type=type,
            relations=tuple(("relates_to", one.task_id) for one in linked),
            defer_until=None if until is None else Micros(until),
        )
        fresh = Sheet(task_id, home, self.clock.at, status, type, priority, role, parent=id_of(up), defer=until)
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
        actor=actors,
        parent=maybe,
        outward=maybe,
        arrows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3),
        deep=flag,
        project=st.sampled_from((None, "web")),
        clash=st.integers(0, 7),
    )
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
        plans: dict[int, dict[str, Any]] = {
            one: {"title": f"Tree {self.made}", "task_id": ids[one], "key": f"k{one}", "depends_on": tuple(needs[one])}
            for one in range(3)
        }
        leaf = ask.PlannedTask(**plans[2])
        mid = ask.PlannedTask(**plans[1], children=(leaf,) if deep else ())
        root = ask.PlannedTask(
            **plans[0], parent_id=id_of(up), project_id=project, children=(mid,) if deep else (mid, leaf)
        )
        home = project or (up.project if up is not None else PROJECT)
        keys = {f"k{one}": ids[one] for one in range(3)}
        parents = [id_of(up), ids[0], ids[1] if deep else ids[0]]
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
            for sheet in fresh:
                self.enter(sheet, actor)


class Changing(Base):
    """New values, statuses, places in the tree, remarks."""

    @rule(
        number=pick,
        actor=actors,
        word=fences,
        role=st.sampled_from((UNSET, None, "dev")),
        priority=st.sampled_from((UNSET, *PRIORITIES)),
        assignee=st.sampled_from((UNSET, None, "ann", "bob")),
        defer=st.sampled_from((UNSET, None, -5, 30, 5000)),
        version=st.sampled_from((None, None, 0, 1)),
        tags=flag,
        type=st.sampled_from((UNSET, "bug")),
    )
    def edit(
        self,
        number: int,
        actor: str,
        word: str,
        role: Any,
        priority: Any,
        assignee: Any,
        defer: Any,
        version: Any,
        tags: bool,
        type: Any,
    ) -> None:
        one = self.one(number)
        fence = self.fence_of(one, word)
        until = Micros(self.clock.at + defer * SECOND) if isinstance(defer, int) else defer
        request = ask.UpdateTasks(
            task_ids=(one.task_id,),
            role=role,
            priority=priority,
            assignee=assignee,
            defer_until=until,
            fence=fence,
            type=type,
            add_tags=("x",) if tags else (),
            expected_version=None if version is None else self.versions[one.task_id] + version,
            metadata={"n": number} if tags else UNSET,
            description=f"by {actor}" if tags else UNSET,
        )
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
        request = ask.UpdateTasks(task_ids=(one.task_id,), parent_id=id_of(up), fence=fence)
        seen = self.do("task.update", request, actor, reasons)
        if seen.code is None:
            one.parent = id_of(up)
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


class Relating(Base):
    """Dependencies and links."""

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
