"""Runs in the ledger: the claim and the run are one, an end settles the task, and a stale end changes nothing."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from core.runs.conftest import Site
from vespera_core.app.requests import TaskRef
from vespera_core.app.runs import requests
from vespera_core.app.runs.answers import RunsAnswer, RunStatistics
from vespera_core.app.runs.record import Run, entity_of, run_of
from vespera_core.app.runs.requests import Retry
from vespera_core.app.runs.retry import next_try, rest
from vespera_core.errors import (
    Conflict,
    HeldByOther,
    InvalidInput,
    NotFound,
    NotReady,
    PluginFault,
    StaleFence,
    UnknownRole,
)
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.query import EventQuery


def events(site: Site, entity: str) -> list[str]:
    with site.ledger.kernel.storage.read() as reader:
        return [event.kind for event in reader.events(EventQuery(entity=entity))]


def state_of_everything(site: Site) -> Any:
    with site.ledger.kernel.storage.read() as reader:
        return reader.position(), reader.entities("run"), reader.tasks(reader.ids_with_prefix("", 100))


# ---------------------------------------------------------------- starting


def test_starting_claims_the_task_in_the_same_transaction(site: Site) -> None:
    task_id = site.task(role="tester")
    started = site.start()
    assert started.run is not None
    assert started.task is not None
    assert (started.task.task_id, started.task.status, started.fence) == (task_id, "in_progress", 1)
    run = site.status(task_id).run
    assert (run.run_id, run.state, run.attempt, run.role, run.actor) == (f"{task_id}.r1", "running", 1, "tester", "ann")
    assert site.start().run is None, "there is nothing else"


def test_a_claim_of_the_caller_is_used_with_its_fence_and_has_one_run(site: Site) -> None:
    task_id = site.task()
    fence = site.ledger.tasks.claim(task_id).fence
    assert fence is not None
    with pytest.raises(StaleFence):
        site.start(task_id, fence=fence + 1)
    assert site.start(task_id, fence=fence).fence == fence
    with pytest.raises(Conflict, match="has its run already"):
        site.start(task_id, fence=fence)


def test_what_cannot_be_claimed_cannot_be_run(site: Site) -> None:
    first = site.task()
    second = site.task(depends_on=(first,))
    with pytest.raises(NotReady):
        site.start(second)
    site.start(first)
    with pytest.raises(HeldByOther):
        site.start(first, actor="bob")
    assert events(site, second) == ["task.created"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"executor": "nobody-offers-this"}, PluginFault),
        ({"executor": "No Word"}, PluginFault),
        ({"lease_seconds": 0}, InvalidInput),
        ({"command": ("a\x00b",)}, InvalidInput),
        ({"fence": 1}, InvalidInput),
        ({"project_id": "unknown"}, NotFound),
        ({"executor": "manual", "command": (), "budget": 199}, InvalidInput),
        ({"budget": 100_001}, InvalidInput),
        ({"executor": "manual", "command": (), "role": "nobody"}, UnknownRole),
    ],
)
def test_bad_input_is_refused_and_claims_nothing(site: Site, fields: dict[str, Any], error: type[Exception]) -> None:
    site.task()
    before = state_of_everything(site)
    with pytest.raises(error):
        site.start(**fields)
    assert state_of_everything(site) == before


def test_manual_hands_over_a_briefing(site: Site) -> None:
    task_id = site.task("Write the tutorial", acceptance_criteria="It can be followed.")
    started = site.start(task_id, executor="manual", command=())
    assert "Write the tutorial" in started.briefing
    assert "It can be followed." in started.briefing
    assert site.start(executor="manual", command=()).briefing == ""


# ---------------------------------------------------------------- losing


def lose(site: Site, times: int, **fields: Any) -> None:
    """So many workers begin, and are never heard of again."""
    for _ in range(times):
        assert site.start(**fields).run is not None
        site.clock.forward(61)


def test_what_is_lost_too_often_is_held_for_a_person(site: Site) -> None:
    task_id = site.task("poison", priority="critical")
    other = site.task("harmless")
    retry = Retry(losses=3)
    lose(site, 3, retry=retry)
    started = site.start(retry=retry)
    assert started.task is not None
    assert started.task.task_id == other, "the same call goes on with the next task"
    task = site.ledger.tasks.get_task(task_id)
    assert (task.status, task.hold_kind, task.fence) == ("blocked", None, 4)
    reason = "Its lease ran out 3 times in a row, the last time under ann: the task may be what ends its workers."
    assert task.block_reason == reason
    run = site.status(task_id).run
    assert (run.run_id, run.state, run.gave_up, run.reason) == (f"{task_id}.r3", "lost", True, reason)
    with site.ledger.kernel.storage.read() as reader:
        last = list(reader.events(EventQuery(entity=task_id)))[-1]
    assert (last.kind, last.payload["changes"]["block_reason"][1]) == ("task.blocked", reason)


def test_a_person_gives_it_a_fresh_start_or_names_it(site: Site) -> None:
    task_id = site.task()
    lose(site, 2, retry=Retry(losses=2))
    named = site.start(task_id, retry=Retry(losses=2))
    assert named.run is not None
    assert (named.run.attempt, named.run.losses) == (3, 2), "who names a task wants it"
    site.clock.forward(61)
    assert site.start(retry=Retry(losses=2)).run is None
    site.ledger.tasks.reopen(task_id)
    fresh = site.start(retry=Retry(losses=2))
    assert fresh.run is not None
    assert (fresh.run.attempt, fresh.run.losses) == (1, 0)


def test_an_end_of_its_own_ends_the_row(site: Site) -> None:
    task_id = site.task()
    retry = Retry(attempts=100, losses=3, first=0)
    lose(site, 2, retry=retry)
    site.end(site.start(retry=retry), "failed", retry=retry)
    lose(site, 2, retry=retry)
    site.end(site.start(retry=retry), "stopped", retry=retry)
    stopped = site.start(retry=retry)
    assert stopped.run is not None
    assert (stopped.run.losses, stopped.run.task_id) == (2, task_id), "one that was stopped says nothing of the task"


def test_a_claim_that_was_given_back_is_no_loss(site: Site) -> None:
    task_id = site.task()
    for _ in range(3):
        started = site.start(retry=Retry(losses=1))
        assert started.run is not None
        assert started.run.losses == 0
        site.ledger.tasks.release(task_id)


# ---------------------------------------------------------------- ending well


def test_success_completes_the_task_with_evidence(site: Site) -> None:
    started = site.start(site.task())
    site.clock.forward(2)
    answer = site.end(started, command="make test", exit_code=0, output="x" * 5000 + "\nall well")
    assert (answer.task.status, answer.run.state, answer.run.exit_code) == ("completed", "succeeded", 0)
    assert answer.run.evidence == {
        "kind": "seen", "exit_code": 0, "command": "make test", "at": "2027-01-15T08:00:02.000000Z",
    }  # fmt: skip
    assert len(answer.run.log_tail) == 4000
    assert answer.run.log_tail.endswith("all well")
    found = site.ledger.call("evidence.list", TaskRef(task_id=answer.task.task_id))
    assert found.level == "seen"


def test_the_word_of_an_agent_is_evidence_of_a_lower_level(site: Site) -> None:
    started = site.start(site.task(), executor="manual", command=())
    assert started.run is not None
    request = requests.FinishRun(run_id=started.run.run_id, outcome="succeeded", command="pytest", exit_code=0)
    answer = site.ledger.call("run.finish", request)
    assert answer.run.evidence["kind"] == "ran"
    assert site.ledger.call("evidence.list", TaskRef(task_id=answer.task.task_id)).level == "ran"


def test_what_the_ledger_does_not_let_be_completed_waits_for_a_person(site: Site) -> None:
    task_id = site.task()
    started = site.start(task_id)
    site.task(parent_id=task_id)
    answer = site.end(started, exit_code=0)
    assert (answer.run.state, answer.task.status) == ("succeeded", "blocked")
    assert "was not completed" in str(answer.task.block_reason)


def test_an_end_that_is_told_again_is_the_same_end(site: Site) -> None:
    started = site.start(site.task())
    answer = site.end(started)
    before = state_of_everything(site)
    assert site.end(started).run == answer.run
    assert state_of_everything(site) == before
    with pytest.raises(StaleFence):
        site.end(started, "failed")


# ---------------------------------------------------------------- failing


def test_a_failure_rests_and_comes_back_until_the_attempts_are_used_up(site: Site) -> None:
    task_id, retry = site.task(), Retry(attempts=3, first=10, longest=15)
    for attempt, longest in ((1, 10), (2, 15)):
        started = site.start(task_id)
        assert started.run is not None
        answer = site.end(started, "failed", reason="exit code 1", retry=retry)
        assert (started.run.attempt, answer.task.status, answer.task.assignee) == (attempt, "pending", None)
        assert answer.run.retry_at == answer.task.defer_until
        assert longest / 2 <= (answer.run.retry_at - site.clock.now) / SECOND <= longest
        assert site.start().run is None, "it rests"
        site.clock.forward(longest)
    answer = site.end(site.start(task_id), "failed", reason="exit code 1", retry=retry)
    assert (answer.run.attempt, answer.run.gave_up, answer.run.retry_at) == (3, True, None)
    assert answer.task.status == "blocked"
    assert answer.task.block_reason == "It failed 3 times, the last time: exit code 1"
    site.ledger.tasks.reopen(task_id)
    again = site.start(task_id)
    assert again.run is not None
    assert again.run.attempt == 1


def test_a_stop_costs_no_attempt_and_leaves_a_checkpoint(site: Site) -> None:
    task_id = site.task()
    first = site.start(task_id)
    site.ledger.tasks.checkpoint(task_id, {"half": "done"}, fence=first.fence)
    answer = site.end(first, "stopped", reason="It was stopped.", checkpoint={"last_run": "r1"})
    assert (answer.run.state, answer.task.status, answer.task.defer_until) == ("cancelled", "pending", None)
    assert answer.task.checkpoint == {"half": "done", "last_run": "r1"}
    again = site.start(task_id)
    assert again.run is not None
    assert again.run.attempt == 1


def test_a_run_whose_claim_lapsed_is_lost_and_its_late_end_changes_nothing(site: Site) -> None:
    task_id = site.task()
    first = site.start(task_id)
    site.clock.forward(61)
    assert site.status(f"{task_id}.r1").run.state == "lost"
    second = site.start(task_id, actor="bob")
    assert second.run is not None
    assert (second.fence, second.run.attempt) == (2, 2)
    before = state_of_everything(site)
    for outcome in ("succeeded", "failed", "stopped"):
        with pytest.raises(StaleFence):
            site.end(first, outcome, command="true", exit_code=0, checkpoint={"late": True})
    with pytest.raises(StaleFence):
        site.ledger.call("run.progress", requests.RunProgress(run_id=f"{task_id}.r1", fence=1, progress=1.0))
    assert state_of_everything(site) == before
    assert events(site, f"{task_id}.r1") == ["run.started", "run.lost"]
    assert site.end(second, actor="bob").task.status == "completed"


def test_nobody_ends_the_run_of_another_without_its_fence(site: Site) -> None:
    started = site.start(site.task())
    with pytest.raises(HeldByOther):
        site.end(started, actor="bob", fence=None)
    site.clock.forward(61)
    with pytest.raises(HeldByOther):
        site.end(started, actor="bob", fence=None)
    assert site.end(started, fence=None).task.status == "completed", "nobody took it, so it is still ann's"


# ---------------------------------------------------------------- cancelling, progress, looking


def test_cancelling_ends_the_hold_so_that_the_worker_is_refused(site: Site) -> None:
    task_id = site.task()
    started = site.start(task_id)
    answer = site.ledger.acting_as("bob").call("run.cancel", requests.CancelRun(run_id=task_id, reason="wrong branch"))
    assert (answer.run.state, answer.task.status) == ("cancelled", "blocked")
    assert answer.task.block_reason == "The run was cancelled by bob: wrong branch"
    with pytest.raises(StaleFence):
        site.ledger.tasks.heartbeat(task_id, fence=started.fence)
    with pytest.raises(StaleFence):
        site.end(started, "failed")
    with pytest.raises(Conflict, match="cancelled already"):
        site.ledger.call("run.cancel", requests.CancelRun(run_id=task_id))


def test_a_cancelled_run_may_be_queued_again(site: Site) -> None:
    task_id = site.task()
    site.start(task_id)
    answer = site.ledger.call("run.cancel", requests.CancelRun(run_id=task_id, requeue=True))
    assert (answer.task.status, answer.task.hold_kind) == ("pending", None)


def test_progress_is_kept_and_renews_the_lease(site: Site) -> None:
    task_id = site.task()
    site.start(task_id)
    site.clock.forward(40)
    answer = site.ledger.call("run.progress", requests.RunProgress(run_id=task_id, progress=0.5, note="half"))
    assert (answer.run.progress, answer.run.note) == (0.5, "half")
    assert answer.task.lease_until == site.clock.now + 60 * SECOND
    for bad in (1.5, -0.1, True):
        with pytest.raises(InvalidInput):
            site.ledger.call("run.progress", requests.RunProgress(run_id=task_id, progress=bad))
    with pytest.raises(InvalidInput, match="Nothing was said"):
        site.ledger.call("run.progress", requests.RunProgress(run_id=task_id))


def test_lists_and_figures(site: Site) -> None:
    good, bad = site.task(role="coder"), site.task(role="tester")
    started = site.start(good)
    site.clock.forward(4)
    site.end(started)
    site.end(site.start(bad), "failed", retry=Retry(first=0))
    site.clock.forward(1)
    last = site.start(bad)
    answer: RunsAnswer = site.ledger.call("run.list", requests.ListRuns(limit=2))
    assert ([run.run_id for run in answer.runs], answer.total) == ([f"{bad}.r2", f"{bad}.r1"], 3)
    lost: RunsAnswer = site.ledger.call("run.list", requests.ListRuns(task_id=bad, state=("running", "lost")))
    assert [run.state for run in lost.runs] == ["running"]
    site.clock.forward(61)
    lost = site.ledger.call("run.list", requests.ListRuns(role="tester", state=("lost",)))
    assert [run.run_id for run in lost.runs] == [f"{bad}.r{last.fence}"]
    figures: RunStatistics = site.ledger.call("run.statistics", requests.ListRuns())
    assert figures.total.by_state == {"failed": 1, "lost": 1, "succeeded": 1}
    assert [(one.name, one.runs, one.repeats, one.median_seconds) for one in figures.by_role] == [
        ("coder", 1, 0, 4.0), ("tester", 2, 1, 0.0),
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="state 'queued'"):
        site.ledger.call("run.list", requests.ListRuns(state=("queued",)))


def test_a_task_without_runs_says_so(site: Site) -> None:
    with pytest.raises(NotFound, match="Nothing has been run"):
        site.status(site.task())
    with pytest.raises(NotFound, match="There is no task"):
        site.status("nothing")


def test_the_store_keeps_every_field_of_a_run() -> None:
    run = Run(
        run_id="t-1.r2", task_id="t-1", project_id="t", state="failed", actor="ann", role="tester", executor="command",
        command=("a", "b"), attempt=2, fence=2, progress=0.0, note="n", exit_code=0, signal=9, reason="r",
        log_tail="l", evidence={"kind": "seen"}, gave_up=True, started_at=Micros(5), ended_at=Micros(6),
        retry_at=Micros(7),
    )  # fmt: skip
    assert run_of(entity_of(run)) == run
    bare = Run(run_id="t-1.r1", task_id="t-1", project_id="t", fence=1)
    assert run_of(entity_of(bare)) == bare
    assert entity_of(bare).data == {"fence": 1}


# ---------------------------------------------------------------- retry


def test_rests_double_up_to_a_bound_with_jitter_that_can_be_repeated() -> None:
    retry = Retry(attempts=2000, first=4, longest=60)
    for attempt, whole in ((1, 4), (2, 8), (4, 32), (5, 60), (1000, 60)):
        rests = [rest(retry, attempt, f"run-{number}") for number in range(200)]
        assert all(whole / 2 <= one <= whole for one in rests)
        assert max(rests) - min(rests) > whole / 4
        assert rest(retry, attempt, "run-7") == rests[7]


def test_the_last_attempt_has_no_next_one() -> None:
    assert next_try(Retry(attempts=2), 2, "seed", 0) is None
    assert next_try(Retry(attempts=3, first=0), 2, "seed", 5) == 5


@pytest.mark.parametrize(
    "retry", [Retry(attempts=0), Retry(attempts=1001), Retry(first=-1), Retry(longest=float("nan")), Retry(first=True)]
)
def test_retries_that_nobody_can_keep_to_are_refused(site: Site, retry: Retry) -> None:
    started = site.start(site.task())
    before = state_of_everything(site)
    with pytest.raises(InvalidInput):
        site.end(started, "failed", retry=retry)
    assert state_of_everything(site) == before


def test_any_order_of_ends_and_lapses_counts_attempts(site: Site) -> None:
    """A small model: the attempt rises with each failure and loss, stays with each stop."""
    rng, task_id, attempt = Random(5), site.task(), 1
    for _ in range(60):
        started = site.start(task_id)
        assert started.run is not None
        assert started.run.attempt == attempt
        step = rng.choice(("failed", "stopped", "lapse"))
        if step == "lapse":
            site.clock.forward(61)
        else:
            site.end(started, step, retry=Retry(attempts=1000, first=0))
        attempt += step != "stopped"
