"""The plugins that ship, as plugins; what each offers passes the suite of its kind beside its own tests."""

from __future__ import annotations

from vespera_testkit import PluginConformance


class TestApi(PluginConformance):
    plugin = "api"


class TestChroma(PluginConformance):
    plugin = "chroma"


class TestKuzu(PluginConformance):
    plugin = "kuzu"


class TestMcp(PluginConformance):
    plugin = "mcp"


class TestRoles(PluginConformance):
    plugin = "roles"


class TestSecurity(PluginConformance):
    plugin = "security"


class TestSentenceTransformers(PluginConformance):
    plugin = "sentence-transformers"
    heavy = ("vespera_sentence_transformers.embedder",)


class TestSql(PluginConformance):
    plugin = "sql"


class TestStatic(PluginConformance):
    plugin = "static"
