"""The state machine: random work on two ledgers in lockstep, each step foreseen by the model on paper."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from vespera_core.app import requests as ask
from vespera_testkit.machine.base import WORKFLOWS, pick
from vespera_testkit.machine.entities import Noting
from vespera_testkit.machine.holds import Ending, Holding
from vespera_testkit.machine.tasks import Changing, Making, Relating
from vespera_testkit.model.paper import SHIPPED
from vespera_testkit.world.clock import DAY


class Lockstep(Making, Changing, Relating, Holding, Ending, Noting):
    """All rules, and the world around them: projects, keys, time, files."""

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
            self.moments.append((self.clock.at, deepcopy(listed), ready, dict(self.entities)))

    @rule()
    def reopen(self) -> None:
        self.twins.reopen()
