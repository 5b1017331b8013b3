"""What is built into the core and needs no files: the exact index and the graph in memory."""

from __future__ import annotations

from vespera_testkit import GraphConformance, VectorConformance


class TestExact(VectorConformance):
    provider = "exact"


class TestMemory(GraphConformance):
    provider = "memory"
