"""The graph port: Kuzu's graph keeps the contract, as the core feeds it."""

from __future__ import annotations

from conformance.contract_graph import GraphContract
from vespera_core.app.application import Vespera
from vespera_core.ports.graph import Graph
from vespera_core.ports.provider import OpenContext
from vespera_kuzu.plugin import SETTINGS, open_graph


class TestKuzu(GraphContract):
    """A projection with files of its own."""

    def open_graph(self, ledger: Vespera, context: OpenContext) -> Graph:
        return open_graph(SETTINGS, context)
