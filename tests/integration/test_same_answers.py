"""Whoever answers, the answers are equal: what needs only the store, and Chroma and Kuzu, which were fed from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from reliability.support.dose import say
from vespera_core.app.application import Vespera, system_clock
from vespera_core.model.public import public
from vespera_core.model.query import TaskQuery

ROOT = Path(__file__).resolve().parents[2]
BAKERY = ROOT / "docs" / "examples" / "bakery" / "issues.jsonl"
BEADS = ROOT.parent / "shared" / "data" / "beads-issues.jsonl"
REAL = [pytest.mark.data, pytest.mark.skipif(not BEADS.exists(), reason=f"the real project is not at {BEADS}")]

OURS = {"vectors": "exact", "graph": "memory"}
OTHERS = {"vectors": "chroma", "graph": "kuzu"}
DEPTH, QUERIES = 10, 100
EQUAL = 1e-5
"""Likenesses nearer than this are equal: both are sums of 256 products of 32 bits."""
MOST = 8
"""Tasks that questions about one task are asked of; for pairs, so many of them with each other."""

Type = Callable[..., Any]


class Two(NamedTuple):
    """One workspace, opened twice at one moment."""

    ours: Vespera
    others: Vespera

    def both(self, question: Callable[[Vespera], Any]) -> list[Any]:
        """The two answers as JSON has them."""
        return [public(question(ledger)) for ledger in self]


@pytest.fixture(
    scope="module",
    params=[pytest.param(("bake", BAKERY), id="bakery"), pytest.param(("bd", BEADS), marks=REAL, id="beads")],
)
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, typed: Type) -> Path:
    """A project, with both indexes made by the command."""
    prefix, file = request.param
    folder = tmp_path_factory.mktemp(prefix)
    typed("init", "--prefix", prefix, cwd=folder)
    typed("import", "beads", file, cwd=folder)
    made = typed("rebuild", cwd=folder, **OTHERS)["rebuilt"]
    assert [one["index"] for one in made] == ["vectors/chroma", "graph/kuzu"]
    assert len({one["digest"] for one in made}) == 1
    return folder


@pytest.fixture(scope="module")
def two(workspace: Path) -> Iterator[Two]:
    now = system_clock()
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("VESPERA_")]:
            patch.delenv(name)
        with (
            Vespera.open(workspace, clock=lambda: now, **OURS) as ours,
            Vespera.open(workspace, clock=lambda: now, **OTHERS) as others,
        ):
            yield Two(ours, others)


def chosen(two: Two) -> list[str]:
    """Some tasks, those with the most dependencies first: questions about them say most."""
    tasks = two.ours.tasks.list_tasks(limit=0).tasks
    waited_for = [target for task in tasks for target in task.depends_on]
    return sorted((one.task_id for one in tasks), key=lambda one: (-waited_for.count(one), one))[:MOST]


def changes(two: Two) -> list[dict[str, Any]]:
    """What might be done about the first open tasks."""
    first, second, third = (task.task_id for task in two.ours.tasks.list_tasks(open=True, limit=3).tasks)
    return [
        {"kind": "complete", "task_id": first},
        {"kind": "delay", "task_id": second, "minutes": 600},
        {"kind": "delete", "task_id": third},
    ]


OF_ALL: dict[str, Callable[[Vespera], Any]] = {
    "metrics": lambda ledger: ledger.graph.metrics(),
    "cycles": lambda ledger: ledger.graph.cycles(),
    "critical-path": lambda ledger: ledger.graph.critical_path(),
    "bottlenecks": lambda ledger: ledger.graph.bottlenecks(limit=50),
    "waves": lambda ledger: ledger.graph.waves(),
    "forecast": lambda ledger: ledger.graph.forecast(seed=7, samples=200, agents=3),
}


def test_the_command_says_who_answers_and_answers_the_same(workspace: Path, typed: Type) -> None:
    """Before anything else here: `two` keeps the indexes to itself from its first question on."""
    for settings in (OURS, OTHERS):
        told = {one["kind"]: one for one in typed("services", "status", cwd=workspace, **settings)["engines"]}
        for kind, name in settings.items():
            assert (told[kind]["wanted"], told[kind]["answers"], told[kind]["reason"]) == (name, name, "")
    paths = [typed("graph", "critical-path", cwd=workspace, **settings) for settings in (OURS, OTHERS)]
    assert paths[0]["stand_in_reason"] is paths[1]["stand_in_reason"] is None
    assert paths[0] == paths[1]


@pytest.mark.parametrize("question", OF_ALL.values(), ids=OF_ALL)
def test_questions_about_everything(two: Two, question: Callable[[Vespera], Any]) -> None:
    ours, others = two.both(question)
    assert others["stand_in_reason"] is None
    assert ours["position"] > 0
    assert others == ours


def test_what_if(two: Two) -> None:
    tried = changes(two)
    ours, others = two.both(lambda ledger: ledger.graph.whatif(tried))
    assert ours["applied"] == len(tried)
    assert others == ours


def test_questions_about_one_task(two: Two) -> None:
    for task in chosen(two):
        ours, others = two.both(lambda ledger, task=task: ledger.graph.dependencies(task))
        assert others == ours
        ours, others = two.both(lambda ledger, task=task: ledger.graph.impact(task))
        assert others == ours


def test_chains_between_two_tasks(two: Two) -> None:
    tasks = chosen(two)
    lengths = []
    for first in tasks:
        for second in tasks:
            ours, others = two.both(lambda ledger, pair=(first, second): ledger.graph.paths(*pair))
            assert others == ours
            lengths.append(len(ours["paths"]))
    assert any(lengths), "none of these tasks waits for another: the test says nothing"


def test_the_nearest_tasks(two: Two) -> None:
    """An answer is right that is as near as the last right one: of tasks with equal texts, any will do."""
    vectors = two.ours.kernel.engines.embedder().embed(questions(two))
    found = wanted = 0
    for number, vector in enumerate(vectors):
        scope = TaskQuery(statuses=("pending",)) if number % 2 else None
        right = two.ours.kernel.engines.vectors().nearest(vector, DEPTH, scope)
        told = two.others.kernel.engines.vectors().nearest(vector, DEPTH, scope)
        assert two.others.kernel.engines.vectors().switch.reason == ""
        assert len(right) == DEPTH
        wanted += DEPTH
        found += sum(one.likeness >= right[-1].likeness - EQUAL for one in told)
    say(f"recall@{DEPTH} of chroma over {QUERIES} queries: {found / wanted:.4f}")
    assert found / wanted >= 0.99


def questions(two: Two) -> list[str]:
    """Texts like those that people look for: a few words of a task, in another order."""
    rng = Random("questions")
    tasks = two.ours.tasks.list_tasks(limit=0).tasks
    texts = [f"{task.title} {task.description}".split() for task in tasks]
    return [" ".join(rng.sample(words, min(len(words), 6))) for words in rng.choices(texts, k=QUERIES)]


def test_what_another_process_holds_is_answered_all_the_same(workspace: Path, two: Two, typed: Type) -> None:
    """`two` has both indexes open by now: the command says so, and answers from the store."""
    _, path = two.both(lambda ledger: ledger.graph.critical_path())
    assert two.others.search("order", mode="semantic").tasks
    told = {one["kind"]: one for one in typed("services", "status", cwd=workspace, **OTHERS)["engines"]}
    for kind, name in OTHERS.items():
        assert (told[kind]["wanted"], told[kind]["answers"]) == (name, OURS[kind])
        assert told[kind]["reason"] == "another process holds its lock"
    said = typed("graph", "critical-path", cwd=workspace, **OTHERS)
    assert said.pop("stand_in_reason") == "another process holds its lock"
    assert said == {name: value for name, value in path.items() if name != "stand_in_reason"}
