"""What every operation passes through: policies, vetoes, keys against doing it twice, and the record of refusals."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from conformance.policies import Offer, Policy, Veto, with_plugin
from conformance.scenes import events, full, make, refused, relate, task
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.app.builtins import BUILTINS
from vespera_core.errors import ChangeRejected, ConfigError
from vespera_core.ports.access import AccessRequest, Verdict
from vespera_core.ports.change import Change
from vespera_core.ports.operation import Operation
from vespera_testkit.world.clock import DAY, SECOND, FakeClock

# ---------------------------------------------------------------- idempotency


def create(ledger: Vespera, key: str | None, **fields: Any) -> Any:
    """Make a task under a key."""
    return ledger.call("task.create", ask.CreateTask(**{"title": "Once", **fields}), idempotency_key=key)


def test_the_same_key_and_request_are_done_once(ledger: Vespera, clock: FakeClock) -> None:
    first = create(ledger, "k", metadata={"n": [1, None]}, tags=("x",))
    before = len(events(ledger))
    clock.advance(60)
    assert create(ledger, "k", metadata={"n": [1, None]}, tags=("x",)) == first, (
        "the answer of then, whatever came since"
    )
    assert len(events(ledger)) == before
    assert create(ledger, None).task != create(ledger, None).task


def test_a_kept_answer_is_that_of_then(ledger: Vespera) -> None:
    make(ledger, "a")
    make(ledger, "b", needs="a")
    done = ledger.tasks.complete_task(full("a"), idempotency_key="k", claim_next=True)
    ledger.acting_as("bob").call("task.release", ask.Release(task_id=full("b"), force=True))
    ledger.tasks.reopen(full("a"))
    assert ledger.tasks.complete_task(full("a"), idempotency_key="k", claim_next=True) == done
    assert task(ledger, "a").status == "pending"


def test_the_same_key_for_another_request_is_a_conflict(ledger: Vespera) -> None:
    make(ledger, "a")
    create(ledger, "k")
    before = len(events(ledger))
    with refused("idempotency_mismatch"):
        create(ledger, "k", description="other")
    with refused("idempotency_mismatch"):
        ledger.tasks.update_task(full("a"), title="Once", idempotency_key="k")
    assert len(events(ledger)) == before


def test_keys_are_scoped_by_actor(ledger: Vespera) -> None:
    mine, theirs = create(ledger, "k").task, create(ledger.acting_as("bob"), "k", description="other").task
    assert mine.task_id != theirs.task_id
    assert (mine.created_by, theirs.created_by) == ("ann", "bob")


def test_keys_last_seven_days(ledger: Vespera, clock: FakeClock) -> None:
    first = create(ledger, "k")
    clock.at += 7 * DAY - 1
    assert create(ledger, "k") == first
    clock.at += 1
    assert create(ledger, "k").task.task_id != first.task.task_id
    clock.at += 1
    with refused("idempotency_mismatch"):
        create(ledger, "k", description="other")


def test_refusals_are_not_kept(ledger: Vespera) -> None:
    make(ledger, "b")
    make(ledger, "a", needs="b")
    with refused("not_ready"):
        ledger.tasks.complete_task(full("a"), idempotency_key="k")
    ledger.tasks.complete_task(full("b"))
    assert ledger.tasks.complete_task(full("a"), idempotency_key="k").tasks[0].status == "completed"


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "\x00", "\ud800"])
def test_a_key_is_text(ledger: Vespera, key: str) -> None:
    with refused("invalid_input"):
        create(ledger, key)
    assert ledger.tasks.list_tasks().total == 0


# ---------------------------------------------------------------- policies


def test_silence_means_denied(ledger: Vespera) -> None:
    bare = with_plugin(ledger, Policy(lambda _: None), builtins=BUILTINS[1:])
    with refused("permission_denied"):
        bare.tasks.list_tasks()
    foreign = with_plugin(ledger, Policy(lambda _: None))
    foreign.caller = replace(foreign.caller, origin="rest")
    with refused("permission_denied"):
        foreign.tasks.list_tasks()


def test_one_denial_is_enough(ledger: Vespera) -> None:
    asked: list[AccessRequest] = []

    def judge(request: AccessRequest) -> Verdict | None:
        asked.append(request)
        return Verdict(allowed=False, reason="not on a Sunday") if request.operation == "task.create" else None

    strict = with_plugin(ledger, Policy(judge))
    with refused("permission_denied") as caught:
        make(strict, "a")
    assert "not on a Sunday" in caught.value.message
    assert caught.value.details["policy"] == "present"
    assert (asked[0].actor, asked[0].origin, asked[0].input.title) == ("ann", "python", "Task a")
    assert strict.tasks.list_tasks().total == 0


def test_an_allowance_of_a_plugin_is_enough(ledger: Vespera) -> None:
    open_house = with_plugin(
        ledger, Policy(lambda request: Verdict(allowed=request.actor == "ann")), builtins=BUILTINS[1:]
    )
    make(open_house, "a")
    with refused("permission_denied"):
        make(open_house.acting_as("bob"), "b")


def test_a_policy_that_fails_denies(ledger: Vespera) -> None:
    def judge(_: AccessRequest) -> Verdict | None:
        raise ZeroDivisionError("oops")

    broken = with_plugin(ledger, Policy(judge))
    with refused("permission_denied") as caught:
        make(broken, "a")
    assert "present" in caught.value.message


def test_a_denied_write_with_a_key_is_not_answered_from_memory(ledger: Vespera) -> None:
    create(ledger, "k")
    strict = with_plugin(ledger, Policy(lambda _: Verdict(allowed=False)))
    with refused("permission_denied"):
        create(strict, "k")


# ---------------------------------------------------------------- vetoes


def test_a_veto_stops_the_write(ledger: Vespera) -> None:
    def judge(change: Change) -> None:
        if "forbidden" in getattr(change.input, "title", ""):
            raise ChangeRejected("That word is not used here.")

    strict = with_plugin(ledger, Veto(judge))
    before = len(events(ledger))
    with refused("change_rejected") as caught:
        create(strict, "k", title="a forbidden word")
    assert caught.value.message == "That word is not used here."
    assert len(events(ledger)) == before
    make(strict, "a")


def test_a_veto_plugin_that_fails_vetoes(ledger: Vespera) -> None:
    def judge(_: Change) -> None:
        raise ZeroDivisionError("oops")

    broken = with_plugin(ledger, Veto(judge))
    with refused("change_rejected") as caught:
        make(broken, "a")
    assert "present" in caught.value.message
    broken.tasks.list_tasks()


def test_a_veto_sees_the_change(ledger: Vespera) -> None:
    seen: list[Change] = []
    make(ledger, "a")
    watched = with_plugin(ledger, Veto(seen.append)).acting_as("bob")
    watched.tasks.update_task(full("a"), title="new")
    watched.tasks.get_task(full("a"))
    assert [(one.operation, one.caller.actor, one.input.title) for one in seen] == [("task.update", "bob", "new")]


@pytest.mark.parametrize("meanwhile", [0, 1, 2, 3, 9])
def test_versions_are_rechecked_and_the_veto_asked_again(ledger: Vespera, meanwhile: int) -> None:
    """While the plugin looks at a task, somebody else changes it: up to three runs, then a conflict."""
    make(ledger, "a", "b")
    titles: list[str] = []

    def judge(change: Change) -> None:
        looked_at = change.task(full("a"))
        assert looked_at is not None
        titles.append(looked_at.title)
        if len(titles) <= meanwhile:
            ledger.acting_as("bob").tasks.update_task(full("a"), title=f"change {len(titles)}")

    watched = with_plugin(ledger, Veto(judge))
    if meanwhile < 3:
        watched.tasks.update_task(full("b"), title="done")
        assert task(ledger, "b").title == "done"
    else:
        with refused("conflict"):
            watched.tasks.update_task(full("b"), title="done")
        assert task(ledger, "b").title == "Task b"
    assert titles == ["Task a", "change 1", "change 2"][: min(meanwhile, 2) + 1]


def test_a_veto_may_come_in_a_later_run(ledger: Vespera) -> None:
    make(ledger, "a", "b")

    def judge(change: Change) -> None:
        looked_at = change.task(full("a"))
        if looked_at is not None and looked_at.title == "closed shop":
            raise ChangeRejected("Closed.")
        ledger.tasks.update_task(full("a"), title="closed shop")

    with refused("change_rejected"):
        with_plugin(ledger, Veto(judge)).tasks.update_task(full("b"), title="done")


def test_a_task_that_appears_meanwhile_is_noticed(ledger: Vespera) -> None:
    make(ledger, "b")
    seen: list[bool] = []

    def judge(change: Change) -> None:
        seen.append(change.task(full("a")) is not None)
        if len(seen) == 1:
            make(ledger, "a")

    with_plugin(ledger, Veto(judge)).tasks.update_task(full("b"), title="done")
    assert seen == [False, True]


# ---------------------------------------------------------------- operations and the record


def test_an_unknown_operation_is_refused(ledger: Vespera) -> None:
    for name in ("task.explode", "", "task", "TASK.LIST"):
        with refused("unknown_operation"):
            ledger.call(name, ask.Nothing())


def offered(**changes: Any) -> Operation:
    """An operation that a plugin might offer."""
    usual = {
        "name": "hello.count",
        "summary": "Counts.",
        "input": "vespera_core.app.requests:Nothing",
        "kind": "read",
        "output": "vespera_core.app.answers:StatsAnswer",
        "handler": "vespera_core.app.tasks.reading:stats",
        "action": "hello.read",
    }
    return Operation(**{**usual, **changes})


def test_an_operation_of_a_plugin_is_one_of_all(ledger: Vespera) -> None:
    make(ledger, "a")
    assert with_plugin(ledger, Offer(offered())).call("hello.count", ask.Nothing()).total == 1


@pytest.mark.parametrize(
    "changes", [{"action": ""}, {"name": "task.list"}], ids=["without an action", "of a taken name"]
)
def test_an_operation_that_does_not_fit_stops_the_start(ledger: Vespera, changes: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        with_plugin(ledger, Offer(offered(**changes)))
    assert "present" in caught.value.message


def test_refusals_are_logged(ledger: Vespera, caplog: pytest.LogCaptureFixture) -> None:
    make(ledger, "a")
    with caplog.at_level(logging.INFO, "vespera.audit"):
        with refused("cycle"):
            relate(ledger.acting_as("bob"), "a", "a")
        with refused("permission_denied"):
            make(with_plugin(ledger, Policy(lambda _: Verdict(allowed=False, reason="no"))), "b")
    first, second = caplog.records
    assert (first.name, first.operation, first.actor, first.origin, first.code, first.result) == (  # type: ignore[attr-defined]
        "vespera.audit",
        "relation.add",
        "bob",
        "python",
        "cycle",
        "refused",
    )
    assert (second.operation, second.code) == ("task.create", "permission_denied")  # type: ignore[attr-defined]


def test_what_was_done_is_in_the_log(ledger: Vespera, clock: FakeClock) -> None:
    ledger.caller = replace(ledger.caller, request_id="r-1", origin="cli")
    make(ledger, "a")
    last = events(ledger)[-1]
    assert (last.actor, last.origin, last.at) == ("ann", "cli", clock.at)
    assert last.context == {"operation": "task.create", "request_id": "r-1", "result": "ok"}


@pytest.mark.parametrize("actor", ["", " ", "x" * 201, "\x00"])
def test_an_actor_has_a_name(ledger: Vespera, actor: str) -> None:
    with refused("invalid_input"):
        ledger.acting_as(actor).tasks.list_tasks()


def test_expected_versions(ledger: Vespera) -> None:
    make(ledger, "a")
    ledger.tasks.update_task(full("a"), title="second", expected_version=1)
    for version in (1, 3, 0):
        with refused("version_conflict"):
            ledger.tasks.update_task(full("a"), title="third", expected_version=version)
        with refused("version_conflict"):
            ledger.call("task.delete", ask.DeleteTask(task_id=full("a"), expected_version=version))
    ledger.call("project.update", ask.UpdateProject(project_id="mem", name="new", expected_version=1))
    with refused("version_conflict"):
        ledger.call("project.update", ask.UpdateProject(project_id="mem", name="newer", expected_version=1))
    assert task(ledger, "a").version == 2


def test_an_answer_to_a_lapsed_moment(ledger: Vespera, clock: FakeClock) -> None:
    """Reads and writes judge by the same clock."""
    make(ledger, "a")
    ledger.tasks.claim(full("a"), lease_seconds=1)
    clock.at += SECOND - 1
    assert ledger.tasks.claim().task is None
    clock.at += 1
    assert ledger.acting_as("bob").tasks.claim().fence == 2
