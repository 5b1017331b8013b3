"""Many at once: what an answer says of itself while others write, and graphs that are asked from within a snapshot."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.graph import network
from vespera_core.app.graph.network import Source
from vespera_core.builtin.graph.memory import MemoryGraph
from vespera_core.errors import EngineFault
from vespera_core.model.graph import Structure
from vespera_core.ports.storage import Reader

from .conftest import CRITICAL, Clock, build, opened
from .test_memory import fills
from .test_sources import QUESTIONS, with_graph

PATIENCE = 20.0
"""Seconds after which a thread that has not ended is taken for stuck."""


def test_an_answer_is_of_one_moment_while_the_log_moves_on(house: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log moves between the analysis and the last look: the answer still names the position that it holds for."""
    real = network.source_of

    def moved_on(kernel: object) -> Source:
        found = real(house.kernel)
        house.tasks.comment("roof", "meanwhile")
        return found

    for module in ("structure", "planning", "reports", "picture", "facts"):
        monkeypatch.setattr(f"vespera_core.app.graph.{module}.source_of", moved_on)
    for name, ask in QUESTIONS.items():
        with house.kernel.storage.read() as reader:
            position = reader.position()
        assert ask(house).position == position, name


def test_each_question_asks_a_graph_that_failed_again(house: Vespera) -> None:
    """Without a write in between: what was worked out in its place is not taken for its own answer."""
    true = house.kernel.engines.memory_graph().structure()
    failing = [True]

    def answer() -> Structure:
        if failing[0]:
            raise EngineFault("The graph database is on fire.")
        return true

    with_graph(house, answer)
    assert house.graph.critical_path().stand_in_reason
    failing[0] = False
    found = house.graph.critical_path()
    assert found.stand_in_reason is None
    assert [one.task_id for one in found.tasks] == CRITICAL
    failing[0] = True
    assert (
        not house.graph.critical_path().stand_in_reason
    )  # what was laid out from its answer holds until the log moves on


def test_a_stand_in_is_laid_out_once_for_each_position(house: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = network._laid_out

    def noted(structure: Structure) -> object:
        made.append(structure.position)
        return real(structure)

    def failing() -> Structure:
        raise EngineFault("The graph database is on fire.")

    monkeypatch.setattr(network, "_laid_out", noted)
    with_graph(house, failing)
    for ask in QUESTIONS.values():
        ask(house)
    assert len(made) == 1


def test_a_graph_may_be_asked_from_within_a_snapshot(house: Vespera) -> None:
    """The memory store lets one thread at a time look: nobody may hold the graph while waiting for a look."""
    graph = MemoryGraph(house.kernel.storage)
    inside, asked = threading.Event(), threading.Event()

    def within() -> None:
        with house.kernel.storage.read():
            inside.set()
            asked.wait(PATIENCE)
            graph.structure()

    def beside() -> None:
        inside.wait(PATIENCE)
        threading.Timer(0.2, asked.set).start()  # by then this thread waits for the store, and must hold nothing
        graph.structure()

    threads = [threading.Thread(target=target, daemon=True) for target in (within, beside)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


def test_a_snapshot_that_is_older_than_what_is_held_is_not_answered_from(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread takes its snapshot, others write and ask, and only then it gets its turn: nothing is read anew."""
    with opened("sqlite", tmp_path, clock) as ledger:
        graph = MemoryGraph(build(ledger).kernel.storage)
        graph.structure()
        seen, storage, delays = fills(monkeypatch), ledger.kernel.storage, [True]
        real = storage.read

        @contextmanager
        def late() -> Iterator[Reader]:
            with real() as reader:
                position = reader.position()
                if delays:
                    delays.clear()
                    ledger.tasks.delete_task("handover")
                    assert graph.structure().position == position + 1
                yield reader

        monkeypatch.setattr(storage, "read", late)
        assert len(graph.structure().nodes) == 10
        assert seen == ["take"]
