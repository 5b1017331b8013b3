"""The kit bites: broken plugins, each in a distribution of its own, fail in the rule that is there for it."""

from __future__ import annotations

import pytest

from testkit.biting import Case, Outcomes, cases_of, once, outcomes_of

CASES = cases_of("Plugin", {
    "requires-no-core": "the_core_is_required_in_a_range",
    "has-no-end": "the_core_is_required_in_a_range",
    "is-of-no-version": "the_version_is_one",
    "cannot-be-imported": "it_is_loaded unblocked_it_is_back",
    "has-another-signature": "it_is_loaded",
    "forgets-the-mark": "every_implementation_is_marked",
    "loads-its-engine-at-once": "importing_it_loads_nothing_heavy",
    "loads-its-engine-to-describe": "saying_what_it_offers_loads_nothing_heavy",
    "raises-when-it-is-asked": "what_collects_answers",
    "offers-another-kind": "what_collects_answers",
    "changes-its-mind": "answers_are_the_same_each_time",
    "has-a-space-in-its-name": "names_can_be_written_in_a_configuration",
    "offers-two-alike": "names_are_its_own",
    "takes-a-name-of-the-core": "names_are_its_own",
    "says-nothing-of-itself": "everything_has_a_summary",
    "promises-in-its-own-words": "capabilities_are_known_words",
    "cannot-be-sent": "an_isolated_one_can_be_sent_to_a_child",
    "has-no-default": "settings_are_what_a_configuration_can_hold",
    "keeps-a-path": "settings_are_what_a_configuration_can_hold",
    "passes-over-slips": "unknown_settings_are_refused",
    "takes-an-operation": "operations_have_names_of_their_own",
    "cannot-be-judged": "operations_can_be_judged",
    "leads-nowhere": "operations_lead_to_what_they_name",
    "takes-too-little": "operations_lead_to_what_they_name",
    "answers-in-bytes": "operations_answer_in_json",
    "takes-a-command": "commands_take_no_name_that_ships",
})  # fmt: skip
SOUND = [Case("Plugin", "sound", one.rule) for one in CASES]
"""The same rules on the one that they are heirs of."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, broken_plugins: dict[str, str]) -> Outcomes:
    """What became of each rule."""
    folder = tmp_path_factory.mktemp("bites")
    return once("bites_plugins", tmp_path_factory, lambda: outcomes_of([*CASES, *SOUND], folder, broken_plugins))


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one.provider}-{one.rule}")
def test_a_broken_plugin_fails_in_its_rule(case: Case, outcomes: Outcomes) -> None:
    assert outcomes[case.name][case.rule] == "failed"


def test_a_sound_one_passes_the_same_rules(outcomes: Outcomes) -> None:
    told = {one.rule: outcomes[one.name].get(one.rule) for one in SOUND}
    assert set(told.values()) == {"passed"}, told
