"""The services that ship with the core."""

from __future__ import annotations

from vespera_testkit import ServiceConformance


class TestEmbedding(ServiceConformance):
    provider = "embedding"


class TestVectors(ServiceConformance):
    provider = "vectors"


class TestGraph(ServiceConformance):
    provider = "graph"


class TestProjections(ServiceConformance):
    provider = "projections"


class TestCycleAudit(ServiceConformance):
    provider = "cycle-audit"


class TestOptimise(ServiceConformance):
    provider = "optimise"


class TestLeases(ServiceConformance):
    provider = "leases"


class TestHealth(ServiceConformance):
    provider = "health"
