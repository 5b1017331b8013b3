"""The kit bites: every broken provider fails in the rule that is there for it, run by pytest as its author would."""

from __future__ import annotations

import pytest

from testkit.biting import Case, Outcomes, once, outcomes_of

CASES = [
    Case("Storage", provider, f"test_{rule}")
    for provider, rule in (
        ("ignores-versions", "a_stale_version_is_refused"),
        ("drops-a-relation", "relations_are_replaced_exactly"),
        ("hands-out-live-tasks", "returned_values_are_not_live"),
        ("repeats-a-row", "pages_partition_the_result"),
        ("counts-the-next-row", "pages_partition_the_result"),
        ("forgets-to-roll-back", "a_work_that_fails_after_writing_leaves_nothing"),
        ("remembers-the-tail", "a_unit_that_fails_leaves_no_line"),
        ("keeps-expired-answers", "an_answer_is_kept_until_it_expires"),
        ("lets-the-last-insert-win", "one_winner_per_id"),
        ("writes-no-readiness", "random_work_is_answered_as_in_memory"),
        ("mixes-their-kinds", "filters_are_joined"),
        ("forgets-the-last-entity", "a_store_that_is_opened_again_holds_them"),
        ("keeps-in-secret", "every_opening_starts_empty"),
        ("loses-everything", "everything_is_there_when_it_is_opened_again"),
        ("copies-nothing", "a_backup_is_complete"),
        ("is-alone", "another_process_sees_what_was_written_and_writes"),
    )
] + [
    Case("Vector", provider, f"test_{rule}")
    for provider, rule in (
        ("recalls-too-little", "the_nearest_are_found"),
        ("hides-that-it-is-approximate", "the_nearest_are_found"),
        ("saves-at-the-end", "it_is_there_when_it_is_opened_again"),
        ("drops-one-on-reopen", "it_is_there_when_it_is_opened_again"),
        ("drops-one-on-reopen", "random_work_leaves_what_it_should"),
        ("keeps-the-deleted", "deleted_tasks_vanish_and_come_back"),
        ("passes-over-filters", "a_filter_is_kept_to_or_refused"),
        ("refuses-what-it-promises", "every_filter_that_there_is_is_kept_to_or_refused"),
        ("does-more-than-it-says", "some_filter_is_refused"),
        ("knows-one-version", "a_new_vector_takes_the_place_of_the_old_one"),
        ("breaks-ties-backwards", "equal_ones_come_by_id"),
        ("is-neither-fed-nor-direct", "it_is_durable_or_direct"),
    )
] + [
    Case("Graph", provider, f"test_{rule}")
    for provider, rule in (
        ("loses-an-edge", "a_change_is_seen_at_once"),
        ("stops-after-thirty-hops", "a_chain_is_followed_to_its_end"),
        ("stops-after-thirty-hops", "hops_are_counted_past_any_bound"),
        ("finds-itself", "every_answer_is_that_of_a_plain_walk"),
        ("walks-backwards", "the_least_of_many_short_ways_is_shown"),
        ("remembers-the-first-answer", "a_change_is_seen_at_once"),
        ("has-no-order", "the_structure_is_in_order"),
        ("answers-in-secret", "a_question_is_refused"),
        ("promises-a-language", "a_question_is_answered"),
    )
]  # fmt: skip
SOUND = [
    *(Case("Storage", "mutant", one.rule) for one in CASES if one.suite == "Storage"),
    *(Case(one.suite, "sound", one.rule) for one in CASES if one.suite != "Storage"),
]
"""The same rules on those that they are heirs of."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, broken_plugin: dict[str, str]) -> Outcomes:
    """What became of each rule."""
    folder = tmp_path_factory.mktemp("bites")
    return once("bites", tmp_path_factory, lambda: outcomes_of([*CASES, *SOUND], folder, broken_plugin))


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one.provider}-{one.rule}")
def test_a_broken_provider_fails_in_its_rule(case: Case, outcomes: Outcomes) -> None:
    assert outcomes[case.name][case.rule] == "failed"


def test_a_sound_one_passes_the_same_rules(outcomes: Outcomes) -> None:
    told = {(one.name, one.rule): outcomes[one.name].get(one.rule) for one in SOUND}
    claimed = {rule for (_, rule), outcome in told.items() if outcome == "not offered"}
    assert set(told.values()) <= {"passed", "not offered", None}
    assert claimed == {
        "test_a_store_that_is_opened_again_holds_them", "test_everything_is_there_when_it_is_opened_again",
        "test_a_backup_is_complete", "test_another_process_sees_what_was_written_and_writes",
        "test_a_question_is_answered",
    }  # fmt: skip


def test_fifteen_of_them_at_least() -> None:
    assert len({(one.suite, one.provider) for one in CASES}) >= 15
