"""The suites bite: every broken store of `mutants` is caught by the check that is there for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from conformance import mutants, test_entities
from conformance import mutants_entities as facts
from conformance.mutants import Mutant
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera, load_plugins, make_project
from vespera_core.app.config import Settings
from vespera_core.app.kernel import Kernel
from vespera_core.model.entity import Entity
from vespera_core.model.task import Relation
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Storage
from vespera_testkit.machine.lockstep import Lockstep
from vespera_testkit.machine.twins import Twins
from vespera_testkit.model import invariants
from vespera_testkit.suites.storage.derived import DerivedRules
from vespera_testkit.suites.storage.embeddings import EmbeddingRules
from vespera_testkit.suites.storage.entities import EntityRules
from vespera_testkit.suites.storage.events import EventRules
from vespera_testkit.suites.storage.queries import QueryRules
from vespera_testkit.suites.storage.readiness import ReadinessRules
from vespera_testkit.suites.storage.relations import RelationRules
from vespera_testkit.suites.storage.rows import RowRules
from vespera_testkit.suites.storage.searching import SearchRules
from vespera_testkit.suites.storage.units import UnitRules
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.clock import FakeClock
from vespera_testkit.world.ledgers import Ledgers

Check = Callable[[Bench], None]
rows, queries, events, units = RowRules(), QueryRules(), EventRules(), UnitRules()
helpers, embeddings, entities = DerivedRules(), EmbeddingRules(), EntityRules()
readiness, relations, searching = ReadinessRules(), RelationRules(), SearchRules()

CAUGHT: tuple[tuple[type[Mutant], Check], ...] = (
    (mutants.IgnoresVersions, rows.test_a_stale_version_is_refused),
    (mutants.IgnoresVersions, units.test_one_winner_per_version),
    (mutants.DropsARelation, relations.test_relations_are_replaced_exactly),
    (mutants.LosesTheParent, relations.test_edges_know_parents),
    (mutants.KeepsRowsBeforeATakenId, partial(rows.test_a_taken_id_leaves_the_unit_as_it_was, taken=["new", "t"])),
    (mutants.LetsTheLastInsertWin, units.test_one_winner_per_id),
    (mutants.ChecksNothing, rows.test_what_no_store_may_hold_is_refused),
    (mutants.ForgetsCounters, readiness.test_an_update_keeps_the_counters),
    (mutants.TakesZeroForNothing, partial(rows.test_nothing_is_not_unset, field="estimate_minutes")),
    (mutants.HandsOutLiveTasks, rows.test_returned_values_are_not_live),
    (mutants.TakesPrefixesForPatterns, rows.test_prefixes_are_plain_text),
    (mutants.RepeatsARow, partial(queries.test_pages_partition_the_result, sort="title", limit=7)),
    (mutants.CountsTheNextRow, partial(queries.test_pages_partition_the_result, sort="id", limit=7)),
    (mutants.CountsTheNextRow, partial(queries.test_filters_together, seed=1)),
    (mutants.ForgetsTasksWithoutARole, queries.test_tasks_without_a_role_are_of_none_that_is_left_out),
    (mutants.ForgetsTasksWithoutARole, partial(queries.test_each_filter_alone, name="without_roles")),
    (mutants.CountsTheRolesLeftOut, queries.test_tasks_without_a_role_are_of_none_that_is_left_out),
    (mutants.LapsesTooLate, queries.test_time_alone_makes_ready),
    (mutants.BreaksTiesAtRandom, partial(queries.test_each_filter_alone, name="open")),
    (mutants.CountsDeletedTasks, queries.test_tally_counts_live_tasks),
    (mutants.TakesAnyWordForEvery, searching.test_search_finds_exact_words),
    (mutants.OrdersEventsAfterCutting, events.test_fields_of_a_query_together),
    (mutants.LetsTimeRunBack, events.test_time_never_runs_back),
    (mutants.RemembersTheTail, events.test_a_unit_that_fails_leaves_no_line),
    (mutants.KeepsExpiredAnswers, events.test_an_answer_is_kept_until_it_expires),
    (mutants.SharesKeys, events.test_keys_belong_to_actors),
    (mutants.WritesNoReadiness, readiness.test_readiness_records_come_back),
    (mutants.ForgetsToRollBack, units.test_a_work_that_fails_after_writing_leaves_nothing),
    (mutants.ForgetsToRollBack, partial(units.test_a_failure_in_company_takes_no_neighbour, when="after")),
    (mutants.RollsBackTheLogAlone, units.test_a_work_that_fails_after_writing_leaves_nothing),
    (mutants.ReadsWithoutALock, partial(units.hold_still, patience=0.2, overtaken=False)),
    (mutants.TiesOlderTexts, embeddings.test_an_older_version_is_passed_over),
    (mutants.DrawsArrowsIntoNothing, helpers.test_deleted_tasks_leave_the_graph_and_come_back),
    (mutants.FindsVectorsOfDeletedTasks, embeddings.test_deleted_tasks_keep_their_vectors_unseen),
    (mutants.NotesAtOnce, helpers.test_a_failed_unit_takes_everything_back),
    (mutants.ScoresByLength, partial(helpers.test_scores_are_in_the_order_of_search, words=["alpha", "beta"])),
    (facts.DropsOneOnReopen, entities.test_a_store_that_is_opened_again_holds_them),
    (facts.IgnoresTheirVersions, entities.test_another_version_is_refused),
    (facts.MakesWhatIsNotThere, entities.test_another_version_is_refused),
    (facts.ForgetsToChangeTheirData, entities.test_an_update_writes_what_may_change),
    (facts.HandsOutLiveEntities, entities.test_returned_entities_are_not_live),
    (facts.IndexesTheFirstOwner, entities.test_an_update_is_found_by_what_it_made_new),
    (facts.IndexesTheFirstState, entities.test_an_update_is_found_by_what_it_made_new),
    (facts.IndexesTheFirstState, entities.test_a_unit_sees_its_own_entities),
    (facts.TakesTheFirstOfTheirStates, entities.test_filters_are_joined),
    (facts.TakesNoStateForAny, entities.test_filters_are_joined),
    (facts.TakesNobodyForAnybody, entities.test_filters_are_joined),
    (facts.SortsThemByIdAlone, entities.test_filters_are_joined),
    (facts.ListsThemAsAskedFor, entities.test_filters_are_joined),
    (facts.NeverListsThemAll, entities.test_kinds_have_ids_of_their_own),
    (facts.MixesTheirKinds, entities.test_filters_are_joined),
    (facts.KeepsThemOfFailedUnits, entities.test_a_work_that_fails_leaves_nothing),
)

FAILURES = (AssertionError, pytest.fail.Exception)


def named(value: Any) -> str:
    """A test id: the mutant's or the check's name."""
    return str(getattr(getattr(value, "func", value), "__name__", value))


@pytest.mark.parametrize(("mutant", "check"), CAUGHT, ids=named)
def test_the_contract_catches(mutant: type[Mutant], check: Check) -> None:
    """The check passes on the sound store and fails on the broken one."""
    check(bench_on(Mutant))
    with pytest.raises(FAILURES):
        check(bench_on(mutant))


def bench_on(store: type[Mutant]) -> Bench:
    """A store on the bench that is found again where it was."""
    bench = Bench(store(clock := FakeClock()), clock)
    bench.again = lambda: cast("Mutant", bench.storage).reopened()
    return bench


# ---------------------------------------------------------------- ledgers on broken stores


def ledger_on(storage: Storage, clock: FakeClock) -> Vespera:
    """A ledger on a store that no plugin offers."""
    kernel = Kernel(load_plugins(Settings()), storage, clock, "mem")
    make_project(kernel, "mem", Caller(actor="vespera"))
    return Vespera(kernel, Caller(actor="ann"))


def work_a_day(ledger: Vespera) -> None:
    """A little of everything that touches more than one task."""
    tasks = ledger.tasks
    tasks.create_task_tree({"title": "Root", "task_id": "mem-r", "children": [{"title": "Leaf", "task_id": "mem-l"}]})
    for name in "abc":
        tasks.create_task(f"Task {name}", task_id=f"mem-{name}")
    for aim in ("mem-b", "mem-c"):
        ledger.call("relation.add", ask.Relate(source="mem-a", target=aim))
    tasks.update_task("mem-c", parent_id="mem-r")
    tasks.comment("mem-a", "a remark")
    tasks.update_task("mem-a", priority="high")
    tasks.complete_task("mem-b")
    run = Entity("run", "r1", "mem", "mem-a", "open")
    kept = test_entities.write(ledger, lambda unit: unit.put_entity(None, run, "run.made"))
    test_entities.write(ledger, lambda unit: unit.put_entity(kept, replace(kept, data={"step": 1}), "run.stepped"))


LEDGER_FAULTS: tuple[tuple[type[Mutant], Callable[[Vespera], None]], ...] = (
    (mutants.DropsARelation, invariants.log_leads_to_state),
    (mutants.LosesALine, invariants.chain_is_whole),
    (mutants.WritesNoReadiness, invariants.readiness_follows),
    (mutants.WritesNoReadiness, invariants.doctor_is_content),
    (mutants.LosesTheParent, invariants.arrows_agree),
    (facts.NeverListsThemAll, invariants.log_leads_to_state),
    (facts.ForgetsToChangeTheirData, invariants.log_leads_to_state),
    (facts.ForgetsToChangeTheirData, invariants.doctor_is_content),
    (facts.LosesTheirLines, invariants.chain_is_whole),
)


@pytest.mark.parametrize(("mutant", "check"), LEDGER_FAULTS, ids=named)
def test_an_invariant_catches(mutant: type[Mutant], check: Callable[[Vespera], None]) -> None:
    """The invariant holds on the sound store and fails on the broken one, after the same work."""
    sound, broken = (ledger_on(store(clock := FakeClock()), clock) for store in (Mutant, mutant))
    for ledger in (sound, broken):
        work_a_day(ledger)
    check(sound)
    with pytest.raises(AssertionError):
        check(broken)


def test_a_digest_without_entities_is_noticed(ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest that leaves them out stays the same whatever becomes of them."""
    check = test_entities.test_the_log_leads_to_the_state_of_any_moment
    check(ledgers.open("memory"), ledgers.clock)
    sound = test_entities.digest
    monkeypatch.setattr(test_entities, "digest", lambda state: sound(state._replace(entities={})))
    with pytest.raises(AssertionError, match="the digest covers entities"):
        check(ledgers.open("memory"), ledgers.clock)


def test_a_circle_in_the_rows_is_noticed() -> None:
    """A circle that no operation lets in, written past the rules."""
    ledger = ledger_on(Mutant(clock := FakeClock()), clock)
    work_a_day(ledger)
    invariants.nothing_is_circular(ledger)

    def circle(unit: Any) -> None:
        task = unit.task("mem-c")
        unit.update_task(
            task, task.evolve(relations=(Relation("depends_on", "mem-r"),), version=task.version + 1), "todo"
        )

    ledger.kernel.storage.write(circle)
    with pytest.raises(AssertionError):
        invariants.nothing_is_circular(ledger)


@pytest.mark.usefixtures("bounded_memory")
def test_a_circle_of_parents_is_named_as_damage() -> None:
    """Whatever reads a damaged tree comes to an end."""
    ledger = ledger_on(Mutant(clock := FakeClock()), clock)
    work_a_day(ledger)

    def circle(unit: Any) -> None:
        task = unit.task("mem-r")
        unit.update_task(task, task.evolve(parent_id="mem-l", version=task.version + 1), "todo")

    ledger.kernel.storage.write(circle)
    assert not ledger.call("system.doctor", ask.Nothing()).healthy
    assert ledger.call("dependency.cycles", ask.Nothing()).cycles
    ledger.tasks.get_detail("mem-l")
    assert set(ledger.tasks.delete_task("mem-r", recursive=True, dry_run=True)) == {"mem-r", "mem-l", "mem-c"}


MACHINE_FAULTS = (
    mutants.WritesNoReadiness, mutants.ForgetsToRollBack,
    facts.KeepsThemOfFailedUnits, facts.IndexesTheFirstState, facts.DropsOneOnReopen,
)  # fmt: skip


def reopened(ledger: Vespera, clock: FakeClock) -> Vespera:
    """A ledger on what is found where a store was."""
    storage = cast("Mutant", ledger.kernel.storage).reopened()
    return Vespera(Kernel(load_plugins(Settings()), storage, clock, "mem"), Caller(actor="ann"))


@pytest.mark.parametrize("mutant", MACHINE_FAULTS, ids=named)
def test_the_machine_catches(
    mutant: type[Mutant], vespera_template: Path, vespera_scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random work in lockstep finds the broken store beside the sound one."""

    def opened(self: Ledgers, store: str) -> Vespera:
        return ledger_on(Mutant(self.clock) if store == "memory" else mutant(self.clock), self.clock)

    def reopen(self: Twins) -> None:
        self.tested = reopened(self.tested, cast("FakeClock", self.tested.kernel.clock))

    monkeypatch.setattr(Ledgers, "open", opened)
    monkeypatch.setattr(Twins, "reopen", reopen)

    def fresh() -> Lockstep:
        clock = FakeClock()
        return Lockstep(Ledgers(vespera_template, vespera_scratch, clock), clock)

    quick = settings(
        max_examples=20,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(fresh, settings=quick)
