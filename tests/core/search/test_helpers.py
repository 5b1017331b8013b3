"""Clusters, recommendations, suggestions, trends, feedback and figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.search.kmeans import chosen, grouped
from vespera_core.app.search.metrics import flush
from vespera_core.app.search.noted import FEEDBACK, KEPT
from vespera_core.app.search.state import SPACE
from vespera_core.app.search.trending import changes
from vespera_core.errors import ConfigError, InvalidInput
from vespera_core.model.basics import Micros

DAY = 86_400 * 1_000_000
TOPICS = {
    "login": "Login password session token expiry",
    "invoice": "Invoice payment amount currency rounding",
    "garden": "Garden hedgehog flower watering fence",
}


@pytest.fixture
def topics(ledger: Vespera) -> Vespera:
    """Thirty tasks about three matters."""
    for number in range(10):
        for name, words in TOPICS.items():
            first, *rest = words.split()
            ledger.tasks.create_task(
                f"{first} {rest[number % 4]} {rest[(number + 1) % 4]}",
                task_id=f"{name}-{number}",
                status="completed" if number < 2 else "pending",
            )
    return ledger


# ---------------------------------------------------------------- clusters


def planted(groups: int, each: int, spread: float) -> tuple[Any, Any]:
    random = np.random.default_rng(3)
    centres = random.standard_normal((groups, 48))
    labels = np.repeat(np.arange(groups), each)
    rows = centres[labels] + spread * random.standard_normal((len(labels), 48))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


def same_partition(left: Any, right: Any) -> bool:
    pairs = set(zip(left.tolist(), right.tolist(), strict=True))
    return len(pairs) == len(set(left.tolist())) == len(set(right.tolist()))


@pytest.mark.parametrize("groups", [2, 4, 7])
def test_planted_groups_are_found_and_counted(groups: int) -> None:
    matrix, labels = planted(groups, 40, 0.4)
    assert same_partition(chosen(matrix).labels, labels)
    again = [grouped(matrix, groups, seed).labels.tolist() for seed in (5, 5)]
    assert again[0] == again[1]
    assert chosen(matrix).quality > 0.4


def test_groups_without_a_shape_have_no_quality() -> None:
    matrix = np.random.default_rng(0).standard_normal((300, 48)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    assert grouped(matrix, 5).quality < 0.1
    assert grouped(matrix, 1).quality == 0


def test_fewer_rows_than_groups() -> None:
    matrix = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    assert len(np.unique(grouped(matrix, 10).labels)) == 3
    assert grouped(matrix[:1], 5).labels.tolist() == [0]


def test_clusters_have_their_terms(topics: Vespera) -> None:
    answer = topics.search.cluster(3)
    assert [one.size for one in answer.clusters] == [10, 10, 10]
    for one in answer.clusters:
        (name,) = {task_id.split("-")[0] for task_id in one.task_ids}
        assert name in one.terms
        assert one.open == 8
        assert len(one.typical) == 3
    assert topics.search.cluster(3) == answer
    assert len(topics.search.cluster(0).clusters) >= 3
    assert topics.search.cluster(3, open=True).tasks == 24


@pytest.mark.parametrize("count", [-1, 101, True, 2.5])
def test_a_count_of_groups_is_a_number(topics: Vespera, count: Any) -> None:
    with pytest.raises(InvalidInput):
        topics.search.cluster(count)


def test_nothing_to_group(ledger: Vespera) -> None:
    assert ledger.search.cluster().clusters == ()
    assert ledger.search.duplicates().groups == ()
    ledger.tasks.create_task("Only one")
    assert ledger.search.cluster(0).clusters[0].size == 1


# ---------------------------------------------------------------- recommendations


def test_each_reason_speaks_for_a_task(ledger: Vespera, clock: Any) -> None:
    tasks = ledger.tasks
    tasks.create_task("Plain", task_id="t-plain")
    tasks.create_task("Urgent", task_id="t-urgent", priority="critical")
    tasks.create_task("Mine", task_id="t-mine", assignee="ann")
    tasks.create_task("Of others", task_id="t-bob", assignee="bob", priority="critical")
    tasks.create_task("Late", task_id="t-late", due_at=Micros(clock.at - DAY))
    tasks.create_task("Waited for", task_id="t-key")
    for number in range(3):
        tasks.create_task(f"Waits {number}", depends_on=("t-key",))
    tasks.create_task("Begun", task_id="t-begun")
    tasks.claim("t-begun")
    tasks.checkpoint("t-begun", {"next_step": "go on"})
    tasks.release("t-begun")
    answer = ledger.search.recommend(limit=0)
    reasons = {one.task.task_id: one.reasons for one in answer.recommended}
    assert "t-bob" not in reasons
    assert reasons["t-plain"] == ()
    assert reasons["t-urgent"] == ("priority critical",)
    assert reasons["t-mine"] == ("assigned to you",)
    assert reasons["t-late"] == ("overdue",)
    assert reasons["t-key"] == ("3 open tasks wait for it",)
    assert reasons["t-begun"] == ("begun: a checkpoint waits",)
    assert answer.recommended[-1].task.task_id == "t-plain"
    assert len(ledger.search.recommend(limit=2).recommended) == 2


def test_recent_work_speaks_for_what_is_like_it(topics: Vespera) -> None:
    topics.search("anything")
    for number in range(2, 5):
        topics.tasks.claim(f"garden-{number}")
        topics.tasks.complete_task(f"garden-{number}")
    topics.search("anything")
    best = topics.search.recommend(limit=3).recommended
    assert all(one.task.task_id.startswith("garden") for one in best)
    assert all("like what you closed lately" in one.reasons for one in best)
    others = topics.acting_as("eve").search.recommend(limit=0).recommended
    assert not any(one.reasons for one in others), "of somebody who did nothing here, nothing is known"


# ---------------------------------------------------------------- suggestions and trends


def test_a_beginning_is_completed(topics: Vespera) -> None:
    topics.search.feedback("garden-2", useful=True, query="hedgehog house")
    topics.search.feedback("garden-3", useful=False, query="hedgehog nonsense")
    found = {(one.text, one.source) for one in topics.search.suggest("hed").suggestions}
    assert ("hedgehog house", "feedback") in found
    assert ("hedgehog", "word") in found
    assert not any("nonsense" in text for text, _ in found)
    assert ("login password", "word") in {
        (one.text, one.source) for one in topics.search.suggest("login pass").suggestions
    }
    assert any(one.source == "title" for one in topics.search.suggest("login pass").suggestions)
    assert topics.search.suggest("zzz").suggestions == ()
    assert len(topics.search.suggest("", limit=2).suggestions) == 2
    texts = [one.text.casefold() for one in topics.search.suggest("g", limit=0).suggestions]
    assert len(texts) == len(set(texts))


def test_what_is_new_rises_and_what_is_old_falls(ledger: Vespera, clock: Any) -> None:
    for number in range(12):
        ledger.tasks.create_task(f"Login error {number}")
    clock.at += 10 * DAY
    for number in range(12):
        ledger.tasks.create_task(f"Payments error {number}", status="completed")
    answer = ledger.search.trends(days=7)
    assert (answer.before, answer.after) == (12, 12)
    assert [(one.term, one.before, one.after) for one in answer.rising] == [("payments", 0, 12)]
    assert [(one.term, one.before, one.after) for one in answer.falling] == [("login", 12, 0)]
    assert [(week.created, week.closed) for week in answer.weeks][-2:] == [(12, 0), (12, 12)]
    assert ledger.search.trends(days=30).rising == (), "there is nothing before to compare with"


def test_a_rare_word_is_no_trend() -> None:
    before = [{"cache"}] * 50
    after = [{"cache"}] * 48 + [{"cache", "comet"}] * 2
    assert all(abs(one.change) < 1.5 for one in changes(before, after))


@pytest.mark.parametrize("days", [0, -1, 4000, True, 1.5])
def test_days_are_a_number(ledger: Vespera, days: Any) -> None:
    with pytest.raises(InvalidInput):
        ledger.search.trends(days=days)


# ---------------------------------------------------------------- feedback and figures


def test_the_last_thousand_answers_are_kept(topics: Vespera) -> None:
    full = [{"task_id": "x", "useful": True, "at": 0}] * KEPT
    topics.kernel.storage.write(lambda unit: unit.put_memos(SPACE, {FEEDBACK: full}))
    assert topics.search.feedback("garden-2", useful=True, query="hedgehog").noted == KEPT
    with topics.kernel.storage.read() as reader:
        kept = reader.memos(SPACE)[FEEDBACK]
    assert len(kept) == KEPT
    assert kept[-1]["task_id"] == "garden-2"


def test_feedback_moves_the_weight_the_right_way(topics: Vespera) -> None:
    """The words lead to one task and the meaning to others: whoever says the words were right gives them weight."""
    topics.tasks.create_task("Zap", task_id="t-words", description="Short words are unknown to the model of the tests.")
    start = topics.search.feedback("garden-2", useful=True, query="garden").words_weight
    for _ in range(20):
        more = topics.search.feedback("t-words", useful=True, query="zap garden").words_weight
    for _ in range(80):
        less = topics.search.feedback("t-words", useful=False, query="zap garden").words_weight
    assert less < more
    assert 0.19 < less <= more < 0.81
    assert start == pytest.approx(0.4, abs=0.05)


def test_feedback_is_about_one_thing(topics: Vespera) -> None:
    for fields in ({}, {"query": "x", "like": "garden-3"}, {"query": " "}):
        with pytest.raises(InvalidInput):
            topics.search.feedback("garden-2", useful=True, **fields)


def test_feedback_leaves_the_ledger_alone(topics: Vespera) -> None:
    events = topics.tasks.history(limit=1).events[0].seq
    topics.search.feedback("garden-2", useful=True, query="hedgehog")
    assert topics.tasks.history(limit=1).events[0].seq == events


def test_figures(topics: Vespera) -> None:
    topics.search("hedgehog")
    topics.search("hedgehog", mode="text")
    topics.search("qqqqqq", mode="text")
    found = topics.search.metrics()
    assert found.searches == {"hybrid": 1, "text": 2}
    assert found.without_result == pytest.approx(1 / 3, abs=1e-4)
    assert 0 < found.p50_ms <= found.p95_ms <= found.p99_ms
    assert found.kept == {}
    flush(topics.kernel)
    assert topics.search.metrics().kept["searches"] == 3


def test_settings_are_checked(topics: Vespera) -> None:
    from dataclasses import replace

    settings = topics.kernel.settings
    assert settings is not None
    for table in ({"wait": 1}, {"wait_seconds": "2"}, {"wait_seconds": -1}, {"wait_seconds": True}):
        topics.kernel.settings = replace(settings, providers={"search": table})
        with pytest.raises(ConfigError) as caught:
            topics.search("hedgehog")
        assert caught.value.next
