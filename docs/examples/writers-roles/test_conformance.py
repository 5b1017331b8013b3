"""The plugin passes its suite, and its roles theirs."""

from __future__ import annotations

from vespera_testkit import PluginConformance, RoleTemplateConformance


class TestPlugin(PluginConformance):
    plugin = "writers"


class TestRoles(RoleTemplateConformance):
    provider = "writers"
