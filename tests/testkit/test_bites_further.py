"""The kit bites: broken embedders, role sets, services, executors and transports fail in the rule that is for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from testkit.biting import Case, Outcomes, cases_of, once, outcomes_of
from testkit.broken.executors import ended_for_good

CASES = [
    *cases_of("Embedder", {
        "answers-doubles": "vectors_have_the_declared_shape_and_type",
        "miscounts-its-numbers": "vectors_have_the_declared_shape_and_type",
        "leaves-rows-as-long-as-they-are": "every_row_is_of_length_one_or_zero",
        "chokes-on-half-a-pair": "every_row_is_of_length_one_or_zero",
        "looks-at-its-neighbours": "a_text_alone_has_the_vector_that_it_has_among_others"
                                   " any_texts_give_what_each_gives_alone",
        "weighs-by-place": "the_order_of_the_texts_does_not_matter",
        "differs-by-process": "another_process_makes_the_same_vectors",
        "draws-lots": "the_same_texts_give_the_same_bytes",
        "hands-out-its-memory": "a_caller_may_change_what_it_was_given",
        "finds-something-in-nothing": "an_empty_text_is_like_nothing",
        "knows-no-short-words": "a_plain_text_is_never_zero",
        "sees-the-first-letter-alone": "likeness_is_nearness",
        "refuses-long-texts": "a_text_of_any_length_is_taken",
        "belongs-to-its-thread": "threads_get_the_vectors_that_one_gets",
        "closes-for-all": "two_at_once_do_not_disturb_each_other",
        "breaks-when-it-is-closed": "a_closed_one_answers_or_says_that_it_cannot",
        "lets-its-errors-through": "senseless_settings_are_a_fault_that_says_so",
        "is-called-by-a-name": "the_model_id_is_a_name_and_a_digest",
        "weighs-titles-thrice": "weights_are_shares",
    }),
    *cases_of("RoleTemplate", {
        "holds-what-is-no-role": "every_file_is_read",
        "holds-nothing": "every_file_is_read",
        "misses-a-parent": "inheritance_ends",
        "goes-in-a-circle": "inheritance_ends",
        "misspells-a-word": "capabilities_are_not_misspelt",
        "names-two-alike": "names_are_unique",
        "says-nothing": "every_role_is_shown",
    }),
    *cases_of("Service", {
        "fails-when-it-is-stopped": "it_ends_early_when_it_is_asked_to",
        "writes-each-time": "with_nothing_to_do_it_changes_nothing",
        "reports-nothing": "it_says_what_it_did",
        "counts-backwards": "it_says_what_it_did",
        "never-has-enough": "it_comes_to_an_end",
        "needs-a-task": "it_runs_where_there_is_nothing",
        "keeps-its-place-to-itself": "another_one_goes_on_where_one_stopped",
        "has-a-restless-pulse": "its_pulse_is_steady_while_nothing_happens",
        "has-a-dear-pulse": "its_pulse_is_cheap",
        "swallows-its-faults": "a_ledger_that_fails_ends_the_run",
        "closes-once": "it_may_be_closed_without_having_run",
        "rests-for-nobody-knows-how-long": "its_settings_can_be_set",
        "will-not-go": "it_is_hosted",
        "is-a-function": "its_name_leads_to_a_service",
    }),
    *cases_of("Executor", {
        "tells-twice": "it_is_told_once_that_it_has_ended",
        "has-no-lease": "what_comes_too_late_does_not_begin",
        "has-no-limit": "it_ends_after_its_time_limit",
        "keeps-no-lock": "the_lock_is_held_while_it_runs two_for_one_task_do_not_run_side_by_side",
        "asks-a-shell": "arguments_arrive_as_they_are",
        "loses-its-variables": "it_has_its_variables",
        "stays-where-it-is": "it_works_in_its_folder",
        "keeps-the-whole-flood": "a_flood_is_taken_and_cut",
        "checks-by-accident": "what_is_checked_is_refused_in_words",
        "loses-the-exit-code": "it_says_by_which_code_it_ended",
        "takes-signals-for-codes": "it_says_by_which_signal_it_ended",
        "ends-too-soon": "it_has_no_outcome_while_it_goes_on",
        "loses-what-was-said": "output_is_kept",
        "shows-bytes-as-they-are": "output_is_text_that_a_ledger_takes",
        "kills-at-once": "stopping_asks_first",
        "leaves-grandchildren-behind": "a_program_that_is_not_there_is_a_failed_run",
        "promises-to-run": "it_works_in_its_folder",
        "runs-in-secret": "nothing_is_started",
        "writes-a-briefing": "nothing_is_started",
    }),
    *cases_of("Transport", {
        "takes-one-code-for-another": "what_is_wrong_is_told_by_the_same_code",
        "takes-everybody-for-the-owner": "every_operation_is_reached",
        "lets-nobody-create": "whoever_asks_may_do_what_a_direct_call_lets_them",
        "loses-the-role": "whoever_asks_may_do_what_a_direct_call_lets_them",
        "leaves-operations-out": "every_operation_is_reached",
        "keeps-its-word-badly": "every_operation_is_reached",
        "gives-no-reason": "what_is_elsewhere_has_a_reason",
        "hides-where-it-comes-from": "what_it_does_bears_its_name",
        "worker": "its_name_is_nobody_elses",
        "takes-a-command": "its_command_tells_what_it_does",
        "has-no-command": "its_command_is_found_by_its_name",
        "cannot-be-written-down": "its_settings_can_be_written_down",
        "is-mounted-nowhere": "it_is_mounted_at_a_path_of_its_own",
    }),
]  # fmt: skip
ENDLESS = [
    one._replace(endless=True)
    for one in (
        *cases_of("Service", {"waits-for-a-no": "it_ends_early_when_it_is_asked_to"}),
        *cases_of("Executor", {
            "tells-nobody": "it_is_told_once_that_it_has_ended",
            "asks-for-ever": "stopping_ends_what_does_not_listen",
            "leaves-grandchildren-behind": "everything_that_it_started_ends_with_it what_it_leaves_behind_ends_with_it"
                                           " nothing_goes_on_after_its_process_died",
        }),
    )
]  # fmt: skip
"""Those whose mistake is that something never comes."""
HANDS = {"test_nothing_is_started"}
"""What is not for those who run commands."""
SOUND = [
    Case(one.suite, "hands" if one.rule in HANDS else "sound", one.rule) for one in (*CASES, *ENDLESS)
]  # fmt: skip
"""The same rules on those that they are heirs of."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, broken_plugin: dict[str, str]) -> Iterator[Outcomes]:
    """What became of each rule."""
    folder = tmp_path_factory.mktemp("bites")
    try:
        cases = [*CASES, *ENDLESS, *SOUND]
        yield once("bites_further", tmp_path_factory, lambda: outcomes_of(cases, folder, broken_plugin))
    finally:
        ended_for_good(folder)


@pytest.mark.parametrize("case", [*CASES, *ENDLESS], ids=lambda one: f"{one.provider}-{one.rule}")
def test_what_is_broken_fails_in_its_rule(case: Case, outcomes: Outcomes) -> None:
    assert outcomes[case.name][case.rule] == "failed"


def test_a_sound_one_passes_the_same_rules(outcomes: Outcomes) -> None:
    told = {(one.name, one.rule): outcomes[one.name].get(one.rule) for one in SOUND}
    assert set(told.values()) == {"passed"}, told
