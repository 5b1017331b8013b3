"""Principals, members and grants: what is answered, kept in the log, and refused; through Python and the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import CreateProject, Nothing, ProjectRef
from vespera_core.cli.main import main
from vespera_core.errors import Archived, DuplicateId, InvalidInput, NotFound
from vespera_core.model.event import Event
from vespera_core.model.query import EventQuery


def access_events(ledger: Vespera) -> list[Event]:
    """The lines of the log about access."""
    with ledger.kernel.storage.read() as reader:
        found = reader.events(EventQuery())
        return [one for one in found if one.entity_type in ("principal", "member", "grant")]


def test_the_life_of_a_principal(ledger: Vespera) -> None:
    made = ledger.access.add_principal("bot", kind="service", description="Nightly").principal
    assert (made.name, made.kind, made.description, made.state, made.version) == (
        "bot", "service", "Nightly", "active", 1,
    )  # fmt: skip
    ledger.access.add_principal("Ann Smith <ann@example.com>", kind="person")
    ledger.access.add_member("bot", "tester", project_id="web")
    ledger.access.grant("bot", "task.*", project_id="web")
    ledger.access.grant("bot", "role.read")
    shown = ledger.access.principal("bot")
    assert [(one.project_id, one.role) for one in shown.members] == [("web", "tester")]
    assert [(one.action, one.project_id) for one in shown.grants] == [("role.read", None), ("task.*", "web")]
    assert [one.name for one in ledger.access.principals().principals] == ["Ann Smith <ann@example.com>", "bot"]
    assert [one.name for one in ledger.access.principals(kind="service").principals] == ["bot"]
    assert ledger.access.remove_principal("bot").principal.state == "removed"
    assert ledger.access.members().members == ledger.access.grants().grants == ()
    assert [one.name for one in ledger.access.principals(kind="service").principals] == []
    assert [one.state for one in ledger.access.principals(kind="service", removed=True).principals] == ["removed"]
    assert ledger.access.add_principal("bot").principal.version == 3
    assert [(one.kind, one.project_id, one.entity, one.actor) for one in access_events(ledger)] == [
        ("principal.added", "", "bot", "ann"),
        ("principal.added", "", "Ann Smith <ann@example.com>", "ann"),
        ("member.added", "web", "web/bot", "ann"),
        ("grant.added", "web", "web/task.*/bot", "ann"),
        ("grant.added", "", "*/role.read/bot", "ann"),
        ("member.removed", "web", "web/bot", "ann"),
        ("grant.removed", "", "*/role.read/bot", "ann"),
        ("grant.removed", "web", "web/task.*/bot", "ann"),
        ("principal.removed", "", "bot", "ann"),
        ("principal.added", "", "bot", "ann"),
    ]
    assert ledger.call("system.doctor", Nothing()).healthy


def test_another_role_and_the_same_again(ledger: Vespera) -> None:
    ledger.access.add_principal("bot")
    for role in ("tester", "tester", "coder"):
        assert ledger.access.add_member("bot", role).member.role == role
    ledger.access.grant("bot", "task.*")
    ledger.access.grant("bot", "task.*")
    ledger.access.remove_member("bot")
    assert ledger.access.add_member("bot", "coder").member.version == 4
    assert [one.kind for one in access_events(ledger)] == [
        "principal.added", "member.added", "member.changed", "grant.added", "member.removed", "member.added",
    ]  # fmt: skip
    assert [one.principal for one in ledger.access.members(project_id="mem").members] == ["bot"]
    assert ledger.access.members(project_id="web").members == ()


REFUSED: tuple[tuple[type[Exception], Callable[[Vespera], Any]], ...] = (
    (DuplicateId, lambda one: one.access.add_principal("bot")),
    (InvalidInput, lambda one: one.access.add_principal("")),
    (InvalidInput, lambda one: one.access.add_principal("x" * 201)),
    (InvalidInput, lambda one: one.access.add_principal("new", kind="robot")),
    (InvalidInput, lambda one: one.access.principals(kind="robot")),
    (NotFound, lambda one: one.access.principal("nobody")),
    (NotFound, lambda one: one.access.remove_principal("nobody")),
    (NotFound, lambda one: one.access.add_member("nobody", "tester")),
    (NotFound, lambda one: one.access.add_member("bot", "tester", project_id="none")),
    (Archived, lambda one: one.access.add_member("bot", "tester", project_id="old")),
    (InvalidInput, lambda one: one.access.add_member("bot", "")),
    (NotFound, lambda one: one.access.remove_member("bot")),
    (NotFound, lambda one: one.access.members(project_id="none")),
    (NotFound, lambda one: one.access.grant("nobody", "task.*")),
    (NotFound, lambda one: one.access.grant("bot", "task.*", project_id="none")),
    (NotFound, lambda one: one.access.revoke("bot", "task.*")),
    *((InvalidInput, lambda one, bad=bad: one.access.grant("bot", bad))
      for bad in ("", "task", "task.", ".read", "t*", "task.*.x", "task/read", "TASK.read", "**", "task.re*d", "a\n")),
)  # fmt: skip


@pytest.mark.parametrize("place", range(len(REFUSED)))
def test_bad_requests_change_nothing(ledger: Vespera, place: int) -> None:
    kind, work = REFUSED[place]
    ledger.call("project.create", CreateProject(project_id="old"))
    ledger.call("project.archive", ProjectRef(project_id="old"))
    ledger.access.add_principal("bot")
    before = access_events(ledger)
    with pytest.raises(kind) as caught:
        work(ledger)
    assert getattr(caught.value, "next", "")
    assert access_events(ledger) == before


# ---------------------------------------------------------------- the terminal


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command in a workspace; its output, or the data of its answer."""
    init_workspace(tmp_path, prefix="mem", actor="ann")

    def called(*words: str, code: int = 0) -> Any:
        assert main([*words, "-C", str(tmp_path), "--actor", "ann"]) == code
        said = capsys.readouterr()
        if "--json" not in words:
            return said.out or said.err
        return json.loads(said.out)["data"] if code == 0 else json.loads(said.err)["error"]

    return called


def test_commands_for_principals(run: Callable[..., Any]) -> None:
    assert run("principal", "list") == "No principals.\n"
    assert run("principal", "add", "bot", "-d", "Nightly\nruns") == "Added agent bot\n"
    assert run("principal", "add", "eve", "--kind", "person", "--json")["principal"]["kind"] == "person"
    assert run("principal", "list") == "bot  agent     Nightly\\nruns\neve  person\n"
    run("member", "add", "bot", "--role", "tester")
    run("grant", "add", "bot", "task.*")
    assert run("principal", "show", "bot").splitlines()[-4:] == [
        "Member of:", "  mem  tester", "Granted:", "  task.*  in every project",
    ]  # fmt: skip
    shown = run("principal", "show", "bot", "--json")
    assert shown["principal"]["created_at"].endswith("Z")
    assert [one["project_id"] for one in shown["grants"]] == [None]
    assert run("principal", "rm", "bot") == "Removed agent bot\n"
    assert run("principal", "ls", "--all").splitlines()[0].split() == ["bot", "agent", "removed", "Nightly\\nruns"]
    error = run("principal", "show", "nobody", "--json", code=3)
    assert (error["code"], error["principal"]) == ("not_found", "nobody")


def test_commands_for_members_and_grants(run: Callable[..., Any]) -> None:
    run("principal", "add", "bot")
    run("project", "create", "web")
    assert (run("member", "list"), run("grant", "list")) == ("No members.\n", "No grants.\n")
    assert run("member", "add", "bot", "--role", "tester", "--project", "web") == "Added bot as tester in web\n"
    assert run("member", "list", "--principal", "bot") == "web  bot  tester\n"
    assert run("member", "remove", "bot", "--project", "web") == "Removed bot as tester in web\n"
    assert run("grant", "add", "bot", "task.claim", "--project", "web") == "Granted task.claim: bot, in web\n"
    assert run("grant", "list") == "bot  task.claim  in web\n"
    assert run("grant", "list", "--json")["grants"][0]["action"] == "task.claim"
    assert run("grant", "remove", "bot", "task.claim", code=3).startswith("error: bot was not granted 'task.claim'")
    assert run("grant", "remove", "bot", "task.claim", "--project", "web") == "Took back task.claim: bot, in web\n"
    run("member", "add", "bot", code=2)


def test_the_environment_says_the_role(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    run("create", "Something", "--id", "web-1")
    monkeypatch.setenv("VESPERA_ROLE", "only-testing")
    error = run("update", "web-1", "--title", "More", "--json", code=1)
    assert (error["code"], error["action"]) == ("permission_denied", "task.write")
    assert "only-testing" in error["message"]
    run("claim")
