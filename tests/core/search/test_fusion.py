"""Fusion: words and meaning on their own scales, and what users' answers do to the weight between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.app.search.channels import word_shares
from vespera_core.app.search.fusion import EXACT, LEAST_LIKENESS, fused, scored
from vespera_core.app.search.noted import FEEDBACK, shrunk, words_weight
from vespera_core.app.search.state import SPACE
from vespera_core.model.query import TaskQuery

WORDS_WEIGHT = 0.4
shares = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1), max_size=8)
cosines = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-1, 1), max_size=8)


@given(shares, cosines)
def test_every_candidate_once_best_first(words: dict[str, float], meaning: dict[str, float]) -> None:
    found = fused(words, meaning, {}, WORDS_WEIGHT)
    assert {one.task_id for one in found} == set(words) | {
        one for one, likeness in meaning.items() if likeness >= LEAST_LIKENESS
    }
    assert [(-one.score, one.task_id) for one in found] == sorted((-one.score, one.task_id) for one in found)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_more_of_a_part_is_never_less_of_the_whole(less: float, more: float, meaning: float) -> None:
    less, more = sorted((less, more))
    assert scored("t", less, meaning, 0, 0.4).score <= scored("t", more, meaning, 0, 0.4).score


def test_an_exact_id_beats_everything() -> None:
    found = fused({"a": 1.0}, {"a": 1.0}, {"b": EXACT}, 2 * WORDS_WEIGHT)
    assert [one.task_id for one in found] == ["b", "a"]


class Paper:
    """Scores of words, as a store would give them."""

    def __init__(self, scores: dict[str, dict[str, float]]) -> None:
        self.scores = scores

    def text_scores(self, words: list[str], query: TaskQuery) -> list[object]:
        from vespera_core.ports.storage import TextScore

        sums: dict[str, float] = {}
        for word in words:
            for task, score in self.scores.get(word, {}).items():
                sums[task] = sums.get(task, 0) + score
        found = [TextScore(task, sums[task]) for task in sorted(sums, key=lambda one: -sums[one])]
        return list(found[: query.limit or None])


def test_a_share_is_measured_against_what_is_best_for_each_word() -> None:
    store = Paper({"rare": {"a": 8.0}, "common": {"a": 1.0, "b": 2.0, "c": 1.5}})
    found = word_shares(store, ("rare", "common"), TaskQuery(), 0)  # type: ignore[arg-type]
    assert found.by_task == pytest.approx({"a": 0.9, "b": 0.2, "c": 0.15})
    assert found.unknown == ()


def test_a_word_that_no_task_has_counts_like_the_rarest() -> None:
    store = Paper({"rare": {"a": 8.0}})
    found = word_shares(store, ("rare", "missing"), TaskQuery(), 0)  # type: ignore[arg-type]
    assert found.by_task == {"a": 0.5}
    assert found.unknown == ("missing",)
    assert word_shares(store, ("missing",), TaskQuery(), 0).by_task == {}  # type: ignore[arg-type]


class Noted:
    """A reader with feedback."""

    def __init__(self, leans: list[float]) -> None:
        self.leans = leans

    def memos(self, space: str) -> dict[str, object]:
        return {FEEDBACK: [{"useful": True, "lean": lean} for lean in self.leans]} if space == SPACE else {}


@pytest.mark.parametrize(("leans", "factor"), [([], 1), ([1.0] * 1000, 2), ([-1.0] * 1000, 0.5), ([1.0, -1.0], 1)])
def test_users_move_the_weight_within_bounds(leans: list[float], factor: float) -> None:
    assert words_weight(Noted(leans), WORDS_WEIGHT) == pytest.approx(factor * WORDS_WEIGHT)  # type: ignore[arg-type]


def test_one_answer_moves_little() -> None:
    assert shrunk([1.0]) == pytest.approx(1 / 11)
    assert WORDS_WEIGHT < words_weight(Noted([1.0]), WORDS_WEIGHT) < 1.2 * WORDS_WEIGHT  # type: ignore[arg-type]
