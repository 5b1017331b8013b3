"""The graph port: the in-process graph keeps the contract, against which all others are held."""

from __future__ import annotations

from conformance.contract_graph import GraphContract
from vespera_core.app.application import Vespera
from vespera_core.builtin.graph.memory import open_memory
from vespera_core.ports.graph import Graph
from vespera_core.ports.provider import OpenContext


class TestMemory(GraphContract):
    """Everything is read from the primary store."""

    def open_graph(self, ledger: Vespera, context: OpenContext) -> Graph:
        return open_memory({}, context)
