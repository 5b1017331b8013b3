"""The plugin passes its suite, and the index the suite of vector indexes."""

from __future__ import annotations

from vespera_testkit import PluginConformance, VectorConformance


class TestPlugin(PluginConformance):
    plugin = "usearch"


class TestIndex(VectorConformance):
    provider = "usearch"
