"""The index passes the suite of vector indexes."""

from __future__ import annotations

from vespera_testkit import VectorConformance


class TestUsearch(VectorConformance):
    provider = "usearch"
