"""The graph port: Kuzu's graph keeps the contract, as the core feeds it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from conformance.contract_graph import DOSE, STORIES, GraphContract, GraphOf
from conformance.support import DEEP, STORES, Ledgers
from reliability.support.dose import some
from vespera_core.app.application import Vespera
from vespera_core.model.task import Task
from vespera_core.ports.graph import Graph
from vespera_core.ports.provider import OpenContext
from vespera_kuzu.plugin import SETTINGS, open_graph


class TestKuzu(GraphContract):
    """A projection with files of its own."""

    def open_graph(self, ledger: Vespera, context: OpenContext) -> Graph:
        return open_graph(SETTINGS, context)

    @pytest.fixture(params=some("stores beside kuzu", STORES, 1))
    def store(self, request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
        return ledgers.open(request.param)

    @settings(DOSE, max_examples=2000 if DEEP else 5)  # a database for each: more than a second
    @given(story=STORIES)
    def test_every_answer_is_that_of_a_plain_walk(self, graph_of: GraphOf, story: list[list[Task]]) -> None:
        self.hold_to(graph_of, story)
