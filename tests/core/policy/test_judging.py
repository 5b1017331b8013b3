"""Who is refused what, and by which rule: grants, members, removed principals, roles, and races with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.policy.conftest import coming_from
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.app.policy import judge
from vespera_core.app.policy.standing import projects_of
from vespera_core.app.session import Session
from vespera_core.errors import NotFound, PermissionDenied
from vespera_core.model.query import EventQuery


def refusal(work: Callable[[], Any]) -> str:
    """The message with which a call is refused."""
    with pytest.raises(PermissionDenied) as caught:
        work()
    assert caught.value.code == "permission_denied"
    return caught.value.message


@pytest.fixture
def bot(ledger: Vespera) -> Vespera:
    """An agent from elsewhere that is registered, and nothing more."""
    ledger.access.add_principal("bot")
    return coming_from(ledger, "bot")


# ---------------------------------------------------------------- grants


def test_a_grant_holds_in_its_project_until_it_is_taken_back(ledger: Vespera, bot: Vespera) -> None:
    for project in ("mem", "web"):
        ledger.tasks.create_task("T", task_id=f"{project}-t", project_id=project)
    ledger.access.grant("bot", "task.comment", project_id="mem")
    bot.tasks.comment("mem-t", "from afar")
    nothing_there = "bot may not task.comment: what is named is nothing in mem."
    assert refusal(lambda: bot.tasks.comment("web-t", "x")) == nothing_there
    refusal(lambda: bot.tasks.get_task("mem-t"))
    ledger.access.revoke("bot", "task.comment", project_id="mem")
    refusal(lambda: bot.tasks.comment("mem-t", "x"))


@pytest.mark.parametrize("action", ["*", "task.*", "task.read", "task.get"])
def test_a_pattern_means_names_and_actions(ledger: Vespera, bot: Vespera, action: str) -> None:
    ledger.tasks.create_task("T", task_id="mem-t")
    ledger.access.grant("bot", action)
    assert bot.tasks.get_task("mem-t").title == "T"
    if action in ("task.read", "task.get"):
        refusal(lambda: bot.tasks.comment("mem-t", "x"))


def test_what_persons_keep_for_themselves_cannot_be_granted_to_others(ledger: Vespera, bot: Vespera) -> None:
    ledger.access.grant("bot", "*")
    message = refusal(lambda: bot.access.grant("bot", "task.*"))
    assert "'grant.*'" in message
    assert "persons" in message
    ledger.access.add_principal("eve", kind="person")
    eve = coming_from(ledger, "eve")
    refusal(eve.access.grants)
    ledger.access.grant("eve", "grant.read")
    assert len(eve.access.grants().grants) == 2
    refusal(lambda: eve.access.grant("eve", "*"))


def test_no_grant_beats_what_a_role_forbids(ledger: Vespera, bot: Vespera) -> None:
    ledger.access.add_member("bot", "only-testing", project_id="mem")
    ledger.access.grant("bot", "task.*")
    ledger.tasks.create_task("Old", task_id="mem-t", project_id="mem")
    message = refusal(lambda: bot.tasks.update_task("mem-t", title="New"))
    assert message == (
        "bot may not task.update: the rule 'task.write' asks for project_management, which the role only-testing"
        " has not."
    )
    ledger.access.add_member("bot", "only-project_management", project_id="mem")
    assert bot.tasks.update_task("mem-t", title="New").title == "New"


# ---------------------------------------------------------------- members


def test_a_member_is_held_to_its_projects(ledger: Vespera, bot: Vespera) -> None:
    for project in ("mem", "web"):
        ledger.tasks.create_task("T", task_id=f"{project}-t", project_id=project)
    ledger.access.add_member("bot", "everything", project_id="web")
    assert bot.tasks.claim(project_id="web").task.task_id == "web-t"
    assert "what is named is nothing in web" in refusal(lambda: bot.tasks.claim("mem-t"))
    assert "name one" in refusal(bot.tasks.claim)
    assert "what is named is nothing in web" in refusal(lambda: bot.tasks.update_task("web-t", parent_id="mem-t"))
    assert "what is named is nothing in web" in refusal(lambda: bot.tasks.add_dependency("web-t", "mem-t"))
    ledger.access.grant("bot", "task.read", project_id="mem")
    assert bot.tasks.get_task("mem-t").task_id == "mem-t"


def test_an_agent_at_the_files_in_a_role_is_held_as_well(ledger: Vespera) -> None:
    ledger.access.add_principal("bot")
    ledger.access.add_member("bot", "only-testing", project_id="web")
    mine = coming_from(ledger, "bot", "cli", "only-testing")
    ledger.tasks.create_task("T", task_id="mem-t")
    ledger.tasks.create_task("T", task_id="web-t", project_id="web")
    assert mine.tasks.claim("web-t").task.task_id == "web-t"
    assert "no member" in refusal(lambda: mine.tasks.claim("mem-t"))
    other = coming_from(ledger, "bot", "cli", "everything")
    assert "as only-testing, not as everything" in refusal(lambda: other.tasks.comment("web-t", "x"))
    assert coming_from(ledger, "bot", "cli").tasks.claim("mem-t").task.task_id == "mem-t", "without a role, as ever"


def test_a_role_that_is_only_said_counts_for_nothing_from_elsewhere(ledger: Vespera, bot: Vespera) -> None:
    away = coming_from(ledger, "bot", "mcp", "everything")
    refusal(away.tasks.list_tasks)
    ledger.access.add_member("bot", "only-testing", project_id="mem")
    assert "not as everything" in refusal(lambda: away.tasks.list_tasks(project_id="mem"))


def test_a_role_that_is_not_defined_allows_nothing(ledger: Vespera) -> None:
    lost = coming_from(ledger, "ann", "cli", "no-such")
    assert "there is no role 'no-such'" in refusal(lost.tasks.list_tasks)


def test_a_person_in_a_role_is_limited_by_it_and_says_so_in_the_log(ledger: Vespera) -> None:
    ledger.tasks.create_task("T", task_id="mem-t")
    tester = ledger.acting_as("ann", "only-testing")
    refusal(lambda: tester.tasks.cancel("mem-t"))
    assert "persons who work in no role" in refusal(tester.access.principals)
    tester.tasks.claim("mem-t")
    with ledger.kernel.storage.read() as reader:
        last = next(reader.events(EventQuery(newest_first=True)))
    assert (last.kind, last.context["role"]) == ("task.claimed", "only-testing")


def test_a_removed_principal_may_do_nothing_more(ledger: Vespera, bot: Vespera) -> None:
    ledger.access.add_member("bot", "everything", project_id="mem")
    ledger.access.grant("bot", "*")
    assert bot.tasks.list_tasks().total == 0
    ledger.access.remove_principal("bot")
    assert "was removed" in refusal(bot.tasks.list_tasks)
    ledger.access.add_principal("bot")
    assert ledger.access.principal("bot").grants == ()
    refusal(bot.tasks.list_tasks)


# ---------------------------------------------------------------- within the transaction


def test_a_grant_taken_back_meanwhile_no_longer_counts(
    ledger: Vespera, bot: Vespera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first look and the write, the grant goes."""
    ledger.tasks.create_task("T", task_id="mem-t")
    ledger.access.grant("bot", "task.*")
    real, taken = judge.judge, []

    def judged(*arguments: Any) -> Any:
        answer = real(*arguments)
        if not taken:
            taken.append(ledger.access.revoke("bot", "task.*"))
        return answer

    monkeypatch.setattr(judge, "judge", judged)
    assert "any more" in refusal(lambda: bot.tasks.comment("mem-t", "x"))
    assert len(taken) == 1
    assert ledger.tasks.history("mem-t").events[0].kind == "task.created"


# ---------------------------------------------------------------- which projects


def test_the_projects_of_requests(ledger: Vespera) -> None:
    ledger.tasks.create_task("A", task_id="mem-a")
    ledger.tasks.create_task("B", task_id="web-b", project_id="web")
    tree = ask.PlannedTask(title="r", project_id="web", children=(ask.PlannedTask(title="c", project_id="mem"),))
    with ledger.kernel.storage.read() as reader:
        session = Session(reader, ledger.caller, ledger.kernel.clock())
        web_event = str(next(reader.event_rows(EventQuery(entity="web-b"))).seq)
        wanted: list[tuple[Any, tuple[str, ...]]] = [
            (ask.Nothing(), ()),
            (ask.ListTasks(), ()),
            (ask.ListTasks(project_id="web"), ("web",)),
            (ask.TaskRef(task_id="web-"), ("web",)),
            (ask.TaskRef(task_id="none"), ()),
            (ask.TaskRef(task_id="\ud800"), ()),
            (ask.UpdateTasks(task_ids=("mem-a",)), ("mem",)),
            (ask.UpdateTasks(task_ids=("mem-a", "web-b")), ("mem", "web")),
            (ask.UpdateTasks(task_ids=("mem-a",), parent_id="web-b"), ("mem", "web")),
            (ask.Relate(source="mem-a", target="web-b"), ("mem", "web")),
            (ask.CreateTask(title="t"), ("home",)),
            (ask.CreateTask(title="t", task_id="web-b"), ("home",)),
            (ask.CreateTask(title="t", parent_id="web-b"), ("web",)),
            (ask.CreateTask(title="t", project_id="mem", parent_id="web-b"), ("mem", "web")),
            (ask.CreateTasks(tasks=(ask.PlannedTask(title="t"), tree)), ("home", "mem", "web")),
            (ask.UndoEvent(event=web_event), ("web",)),
            (ask.UndoEvent(event="no-such"), ()),
        ]
        for request, projects in wanted:
            assert projects_of(session, request, "home") == projects, request


def test_what_is_refused_leaves_nothing(ledger: Vespera, bot: Vespera) -> None:
    with ledger.kernel.storage.read() as reader:
        before = reader.position()
    refusal(lambda: bot.tasks.create_task("T"))
    with pytest.raises(NotFound):
        ledger.access.grant("nobody", "task.*")
    with ledger.kernel.storage.read() as reader:
        assert reader.position() == before
