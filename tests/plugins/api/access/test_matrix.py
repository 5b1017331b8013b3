"""Every route, for everybody who may call: each is answered or refused as the core's rules declare.

Routes are those that the app serves, so that new ones fall in by themselves. What is declared is read off the rules
in other words than the core's own; a refusal is a 401 or a 403, and whatever else is answered was let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from conformance.policies import Offer, with_plugin
from plugins.api.access.conftest import asked, at_the_files, bearer, token_of, unlimited
from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.http.reading import Reader
from vespera_core.app.application import Vespera
from vespera_core.app.policy.capabilities import is_granted, rule_of
from vespera_core.app.requests import CreateProject
from vespera_core.app.runs.requests import StartRun
from vespera_core.errors import ConfigError
from vespera_core.model.role import CAPABILITIES, RoleDefinition
from vespera_core.ports.operation import Operation
from vespera_security.tokens.requests import RegisterPlugin, TokenRef

REFUSED = (401, 403)
OWN, OTHER = "own", "other"
READER = ("task_reading", "project_reading", "event_reading", "role_reading", "search", "graph_analysis")
WRITER = (*READER, "task_creation", "task_modification", "task_deletion", "task_claiming", "run_management")
SLOW = {"index.rebuild", "graph.backtest"}
"""Refused quickly; nothing is learnt here from their being let through."""


class World:
    """A workspace with two projects, everybody who may call, and the names of what requests are about."""

    def __init__(self, ledger: Vespera) -> None:
        home = at_the_files(ledger)
        assert ledger.folder is not None
        (Path(ledger.folder) / "roles" / "all.yaml").write_text(f"capabilities: [{', '.join(CAPABILITIES)}]\n")
        home.call("project.create", CreateProject(project_id="lab"))
        for name, kind, grants in (
            ("admin", "person", ("*",)), ("idle", "agent", ()), ("reader", "agent", READER),
            ("writer", "agent", WRITER), ("member", "agent", ()), ("removed", "person", ("*",)),
            ("revoked", "person", ("*",)),
        ):  # fmt: skip
            home.access.add_principal(name, kind=kind)
            for one in grants:
                home.access.grant(name, one)
        home.access.add_member("member", "all", project_id="lab")
        self.secrets = {name: token_of(ledger, name) for name in (
            "admin", "idle", "reader", "writer", "removed", "revoked", "member")}  # fmt: skip
        self.spare = token_of(ledger, "idle").split("_")[2]
        home.call("plugin.register", RegisterPlugin(name="spare"))
        self._places = {OWN: self._filled(home, "lab"), OTHER: self._filled(home, "web")}
        home.access.remove_principal("removed")
        home.call("token.revoke", TokenRef(token_id=self.secrets["revoked"].split("_")[2]))

    @staticmethod
    def _filled(home: Vespera, project: str) -> dict[str, Any]:
        first, second = (home.tasks.create_task(f"Task {n}", project_id=project).task_id for n in (1, 2))
        third = home.tasks.create_task("Task 3", project_id=project).task_id
        run = home.call("run.start", StartRun(task_id=third)).run.run_id
        history = home.call("event.list", history_of(project)).events
        return {"task": first, "second": second, "project": project, "run": run, "event": str(history[-1].seq)}

    def values(self, where: str | None) -> dict[str, Any]:
        """What fields of requests are filled with."""
        place = self._places[where or OTHER]
        task = place["task"]
        return {
            "task_id": task, "task_ids": [task], "source": task, "first": task, "like": None, "around": task,
            "target": place["second"], "second": place["second"], "parent_id": task, "project_id": place["project"],
            "run_id": place["run"], "event": place["event"], "role": "viewer", "as_of": "2100-01-01T00:00:00Z",
            "name": "spare", "token_id": self.spare, "principal": "idle", "action": "search", "kind": "relates_to",
            "outcome": "failed", "secret": "nothing", "type": None, "format": "jsonl", "tasks": [
                {"title": "x", "project_id": place["project"]}], "names": ["health"], "index": None, "depends_on": [],
        }  # fmt: skip


def history_of(project: str) -> Any:
    from vespera_core.app.requests import History

    return History(project_id=project)


SAMPLES: dict[str, Any] = {"string": "x", "integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}
NAMING = ("task_id", "task_ids", "source", "target", "first", "second", "run_id", "event", "tasks")
"""Fields by which a request is about some project."""


class Cell:
    """One route, asked about one place."""

    def __init__(self, world: World, reader: Reader, operation: Operation, where: str | None) -> None:
        self._world, self._reader, self.operation, self._where = world, reader, operation, where
        self._values = world.values(where)

    @property
    def is_possible(self) -> bool:
        """Whether such a request exists: one about no project names none of what belongs to one."""
        names = {*self._reader.parameters.values(), *self._required()}
        says_project = "project_id" in {*self._reader.model.model_fields, *names}
        if self._where is None:
            return not names & {*NAMING, "project_id"} and self.operation.name != "task.create"
        return bool(says_project or names & {*NAMING})

    def _required(self) -> set[str]:
        return {name for name, one in self._reader.model.model_fields.items() if one.is_required()}

    def ask(self, client: TestClient, headers: dict[str, str]) -> int:
        """The status of the answer."""
        reader = self._reader
        path = re.sub(r"\{(\w+)\}", lambda match: self._in_path(match[1]), reader.route.path)
        said = {name: self._sample(name) for name in self._required()}
        if self._where is not None and "project_id" in reader.model.model_fields:
            said["project_id"] = self._values["project_id"]
        if reader.whole is not None:
            said = {"title": "x", "project_id": self._values["project_id"]}
        more: dict[str, Any] = {"params": said} if reader.route.in_query else {"json": said}
        if reader.route.file == "received":
            more |= {"content": b"", "headers": {"Content-Type": "application/octet-stream"}}
        if reader.route.form != "fields":
            more = {"json": {"title" if "title" in reader.model.model_fields else "name": "x"}}
            more["headers"] = {"Content-Type": "application/merge-patch+json"} if reader.route.form == "merge" else {}
        shown = {**headers, **more.pop("headers", {}), **({"If-Match": "*"} if reader.route.guarded else {})}
        return client.request(reader.route.method, ROOT + path, headers=shown, **more).status_code

    def _in_path(self, parameter: str) -> str:
        value = self._values.get(self._reader.route.field_of(parameter), "x")
        return str(value[0] if isinstance(value, list) else value)

    def _sample(self, name: str) -> Any:
        if self._values.get(name) is not None:
            return self._values[name]
        schema = self._reader.model.model_json_schema()["properties"][name]
        return SAMPLES[schema.get("type", "string")]


@pytest.fixture
def world(ledger: Vespera) -> World:
    return World(ledger)


@pytest.fixture
def server(ledger: Vespera, world: World) -> Api:
    return Api(ledger, settings=unlimited(auth="token"))


def cells(world: World, api: Api, *places: str | None) -> Iterator[tuple[Cell, str | None]]:
    for where in places:
        for reader, operation in api.served:
            cell = Cell(world, reader, operation, where)
            if cell.is_possible:
                yield cell, where


def wrong_cells(world: World, server: Api, who: str | None, *places: str | None) -> list[Any]:
    """Cells in which somebody is refused or let through otherwise than declared."""
    wrong: list[Any] = []
    headers = {} if who is None else bearer(world.secrets[who])
    with asked(server) as client:
        for cell, where in cells(world, server, *places):
            wanted = declared(cell.operation, who, where)
            if wanted and cell.operation.name in SLOW:
                continue
            status = cell.ask(client, headers)
            if cell.operation.name == "plugin.token":  # its own secret is wrong here
                assert status == 401
            elif (status not in REFUSED) != wanted or (who in NOBODIES and status != 401):
                wrong.append((cell.operation.name, where, status, wanted))
            assert status < 500, (cell.operation.name, where, status)
    return wrong


NOBODIES = (None, "removed", "revoked")
WORDS_OF = {"admin": ("*",), "reader": READER, "writer": WRITER}
ALL = RoleDefinition(name="all", capabilities=CAPABILITIES)


def declared(operation: Operation, who: str | None, where: str | None) -> bool:
    """Whether the rules let somebody do it there."""
    rule = rule_of(operation.name, operation.action)
    if who in NOBODIES or rule.who == "anybody":
        return rule.who == "anybody"
    if who == "member":
        enough = rule.who == "every role" or (rule.who == "capability" and {*rule.capabilities} & {*ALL.capabilities})
        return bool(enough) and (rule.scope == "workspace" or where == OWN)
    if rule.who == "person" and who != "admin":
        return False
    return any(is_granted(word, operation.name, operation.action) for word in WORDS_OF.get(who or "", ()))


@pytest.mark.parametrize("who", [None, "removed", "revoked", "idle"])
def test_whoever_is_nobody_or_has_nothing_is_refused_everywhere(world: World, server: Api, who: str | None) -> None:
    assert wrong_cells(world, server, who, OWN, None) == []


@pytest.mark.parametrize("who", ["reader", "writer"])
def test_grants_reach_as_far_as_their_words(world: World, server: Api, who: str) -> None:
    assert wrong_cells(world, server, who, OTHER, None) == []


def test_a_member_is_let_through_in_its_own_project(world: World, server: Api) -> None:
    assert wrong_cells(world, server, "member", OWN, None) == []


def test_and_nowhere_else(world: World, server: Api) -> None:
    assert wrong_cells(world, server, "member", OTHER) == []


def test_whoever_was_granted_everything_is_refused_nothing(world: World, server: Api) -> None:
    assert wrong_cells(world, server, "admin", OWN, None) == []


def test_every_route_is_asked_about_some_place(world: World, server: Api) -> None:
    asked_about = {id(cell._reader) for cell, _ in cells(world, server, OWN, None)}
    assert [reader.route.path for reader, _ in server.served if id(reader) not in asked_about] == []


def test_an_operation_that_declares_no_action_stops_the_start(ledger: Vespera, server: Api) -> None:
    sample = next(one for _, one in server.served)
    with pytest.raises(ConfigError, match="declares no action"):
        with_plugin(ledger, Offer(replace(sample, name="odd.thing", action="")))


def test_an_operation_that_nobody_has_heard_of_asks_for_a_grant(ledger: Vespera) -> None:
    """A plugin's operation gets a route by its name, and no rule but the last."""
    sample = at_the_files(ledger).kernel.operations["system.stats"]
    other = with_plugin(ledger, Offer(replace(sample, name="odd.thing", action="odd.doing")))
    assert rule_of("odd.thing", "odd.doing").who == "grant"
    served = {reader.route.path for reader, _ in Api(other, settings=unlimited()).served}
    assert "/operations/odd.thing" in served
