"""The in-process graph itself: when it reads, what it keeps, and what it does when something fails."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera
from vespera_core.builtin.graph import memory
from vespera_core.builtin.graph.holding import Holding
from vespera_core.builtin.graph.memory import MemoryGraph, open_memory
from vespera_core.errors import EngineFault, StoreFault, Unsupported
from vespera_core.model.graph import Edge, Structure
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Reader

from .conftest import Clock, opened


def graph_of(ledger: Vespera) -> MemoryGraph:
    return MemoryGraph(ledger.kernel.storage)


def fills(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes each time everything is read (``fill``) or some tasks are (``take``)."""
    seen: list[str] = []
    for name in ("fill", "take"):
        real = getattr(Holding, name)

        def noted(*args: object, real: object = real, name: str = name) -> None:
            seen.append(name)
            real(*args)  # type: ignore[operator]

        monkeypatch.setattr(Holding, name, noted)
    return seen


def test_everything_is_read_once_and_then_what_changed(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, graph = fills(monkeypatch), graph_of(ledger)
    ledger.tasks.create_task("One", task_id="t-1")
    assert len(graph.structure().nodes) == 1
    assert graph.structure() is graph.structure()
    assert seen == ["fill"]
    ledger.tasks.create_task("Two", task_id="t-2", depends_on=("t-1",))
    assert graph.path("t-2", "t-1") == ["t-2", "t-1"]
    assert graph.reach(["t-1"], "dependents") == {"t-2": 1}
    assert seen == ["fill", "take"]


def test_what_moves_no_task_costs_nothing(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.tasks.create_task("One", task_id="t-1")
    seen, graph = fills(monkeypatch), graph_of(ledger)
    before = graph.structure()
    ledger.projects.update("mem", description="another")
    after = graph.structure()
    assert after.position == before.position + 1
    assert after.nodes is before.nodes
    assert seen == ["fill"]


def test_many_changes_are_read_all_at_once(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MANY", 3)
    seen, graph = fills(monkeypatch), graph_of(ledger)
    graph.structure()
    ledger.tasks.create_task_tree([{"title": f"Task {number}"} for number in range(5)])
    assert len(graph.structure().nodes) == 5
    assert seen == ["fill", "fill"]


def test_a_log_that_has_become_shorter_is_read_anew(tmp_path: Path, clock: Clock) -> None:
    """As after a backup was put in the place of a lost store: nothing that was held is believed."""
    longer, shorter = (opened("sqlite", tmp_path / name, clock) for name in ("a", "b"))
    with longer, shorter:
        for number in range(3):
            longer.tasks.create_task("Of the first", task_id=f"a-{number}")
        shorter.tasks.create_task("Of the second", task_id="b-1")
        graph = graph_of(longer)
        assert len(graph.structure().nodes) == 3
        graph._storage = shorter.kernel.storage
        assert [node.task_id for node in graph.structure().nodes] == ["b-1"]
        assert graph.reach(["a-1"], "dependents") == {}


def test_a_failure_half_way_leaves_nothing_wrong(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(ledger)
    ledger.tasks.create_task("One", task_id="t-1")
    ledger.tasks.create_task("Two", task_id="t-2", depends_on=("t-1",))
    graph.path("t-2", "t-1")
    ledger.tasks.delete_task("t-2")
    with monkeypatch.context() as patch:

        def broken(*_: object) -> None:
            raise StoreFault("The disk is gone.")

        patch.setattr(Holding, "_point", broken)
        with pytest.raises(StoreFault):
            graph.structure()
    assert [node.task_id for node in graph.structure().nodes] == ["t-1"]
    assert graph.reach(["t-1"], "dependents") == {}


def test_a_closed_graph_reads_anew(ledger: Vespera) -> None:
    graph = graph_of(ledger)
    ledger.tasks.create_task("One", task_id="t-1")
    before = graph.structure()
    graph.close()
    assert graph.structure() == before


def test_arrows_follow_tasks_that_come_and_go(ledger: Vespera) -> None:
    """Numbers of tasks that have gone are used again: no arrow of theirs may be left."""
    graph = graph_of(ledger)
    for number in range(4):
        ledger.tasks.create_task("Old", task_id=f"t-{number}", depends_on=("t-0",) if number else ())
    assert len(graph.reach(["t-0"], "dependents")) == 3
    for number in (1, 2):
        ledger.tasks.delete_task(f"t-{number}")
        assert f"t-{number}" not in graph.reach(["t-0"], "dependents")
    ledger.tasks.create_task("New", task_id="n-1")
    ledger.tasks.create_task("New", task_id="n-2", depends_on=("n-1",))
    assert graph.reach(["t-0"], "dependents") == {"t-3": 1}
    assert graph.reach(["n-1"], "dependents") == {"n-2": 1}
    ledger.tasks.restore_task("t-1")
    assert graph.reach(["t-0"], "dependents") == {"t-1": 1, "t-3": 1}
    assert graph.neighbours("t-1") == [Edge("t-1", "depends_on", "t-0")]


def test_an_answer_is_of_one_moment(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread gathers its answer, another sees a change and asks: it has to wait."""
    graph, answers = graph_of(ledger), list[Structure]()
    inside, finished = threading.Event(), threading.Event()
    real = Holding.edges

    def slow(held: Holding) -> tuple[Edge, ...]:
        if not inside.is_set():
            inside.set()
            finished.wait(0.5)
        return real(held)

    def change() -> None:
        ledger.tasks.create_task("Two", task_id="t-2", depends_on=("t-1",))
        answers.append(graph.structure())
        finished.set()

    monkeypatch.setattr(Holding, "edges", slow)
    ledger.tasks.create_task("One", task_id="t-1")
    asking = threading.Thread(target=lambda: answers.append(graph.structure()))
    asking.start()
    assert inside.wait(10)
    changing = threading.Thread(target=change)
    changing.start()
    asking.join()
    changing.join()
    assert sorted((len(one.nodes), len(one.edges)) for one in answers) == [(1, 0), (2, 1)]


def test_it_has_no_language_and_says_which_one_has(ledger: Vespera) -> None:
    with pytest.raises(Unsupported) as caught:
        graph_of(ledger).query("MATCH (t) RETURN t")
    assert "vespera-kuzu" in str(caught.value.next)


def test_it_needs_the_primary_store() -> None:
    with pytest.raises(EngineFault, match="primary store"):
        open_memory({}, OpenContext(None, lambda: 0))


def test_the_library_is_loaded_only_to_search() -> None:
    program = """
import sys
from vespera_core import Vespera
with Vespera.in_memory() as ledger:
    ledger.tasks.create_task("One", task_id="t-1")
    graph = ledger.kernel.engines.graph()
    assert len(graph.structure().nodes) == 1
    assert not {"rustworkx", "numpy"} & set(sys.modules), "loaded too early"
    assert graph.reach(["t-1"], "dependents") == {}
    assert "rustworkx" in sys.modules
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_readers_of_both_stores_give_equal_structures(tmp_path: Path, clock: Clock) -> None:
    found = []
    for store in ("memory", "sqlite"):
        with opened(store, tmp_path, clock) as ledger:
            ledger.tasks.create_task("A", task_id="a@1", tags=("x",), estimate_minutes=0)
            ledger.tasks.create_task("B", task_id="B+1", parent_id="a@1", relations=(("seen-with", "a@1"),))
            ledger.tasks.create_task("C", task_id="a#1", depends_on=("a@1",), due_at=clock() + 5)
            found.append(graph_of(ledger).structure())
            with ledger.kernel.storage.read() as reader:
                assert isinstance(reader, Reader)
    assert found[0] == found[1]
