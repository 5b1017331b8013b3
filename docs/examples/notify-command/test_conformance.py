"""The plugin passes the suite of plugins."""

from __future__ import annotations

from vespera_testkit import PluginConformance


class TestPlugin(PluginConformance):
    plugin = "notify"
