"""Allow-lists, block-lists, and two distributions that want the same name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.status import CORE_VERSION, PluginStatus

if TYPE_CHECKING:
    from tests.core.plugins.conftest import Site

OFFER = """
@hookimpl
def vespera_storages():
    return SimpleNamespace(name=__name__)
"""


def states(plugins: Plugins) -> dict[tuple[str, str], str]:
    """(name, distribution) to status."""
    return {(one.name, one.distribution): one.status for one in plugins.statuses}


def statuses(plugins: Plugins, name: str) -> list[PluginStatus]:
    """The statuses of that name."""
    return [one for one in plugins.statuses if one.name == name]


@pytest.mark.parametrize("word", ["graphite", "vespera-graphite", "Vespera_Graphite", " graphite "])
def test_blocked_by_name_or_distribution_before_import(site: Site, word: str) -> None:
    module = site.install("vespera-graphite", "0.3.0", OFFER)
    (status,) = statuses(Plugins.load(block=[word]), "graphite")
    assert status.status == "blocked"
    assert status.reason == f"plugin 'graphite' (vespera-graphite 0.3.0) is blocked by '{word}'."
    assert status.next == f"Take '{word}' out of VESPERA_BLOCK or [plugins] block to load it."
    assert module not in sys.modules


def test_the_allow_list_is_all_that_loads(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0", OFFER)
    site.install("acme-lite", "1.2", OFFER)
    plugins = Plugins.load(allow=["acme-lite"])
    assert [name for name, _ in plugins.collect("vespera_storages")] == ["lite"]
    (status,) = statuses(plugins, "graphite")
    assert status.status == "blocked"
    assert status.reason == "plugin 'graphite' (vespera-graphite 0.3.0) is not on the list of allowed plugins."
    assert status.next == "Add 'graphite' to VESPERA_PLUGINS or [plugins] allow to load it."


def test_an_empty_allow_list_leaves_the_builtins(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0", OFFER)
    (site.folder / "own_memory.py").write_text("", encoding="utf-8")
    plugins = Plugins.load(builtins=[("memory", "own_memory")], allow=(), block=["memory", "vespera-core"])
    assert [one.name for one in plugins.statuses if one.status == "loaded"] == ["memory"]


def test_block_beats_allow(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0", OFFER)
    assert states(Plugins.load(allow=["graphite"], block=["graphite"]))["graphite", "vespera-graphite"] == "blocked"


def test_two_distributions_with_one_name_both_stay_out(site: Site) -> None:
    modules = [
        site.install("vespera-graphite", "0.3.0", OFFER),
        site.install("acme-graph", "1.2", OFFER, name="graphite"),
    ]
    for status in statuses(Plugins.load(), "graphite"):
        assert status.status == "conflict"
        assert status.reason == (
            "plugin name 'graphite' is used by acme-graph 1.2 and vespera-graphite 0.3.0: none of them is loaded."
        )
        assert status.next == (
            "Keep one by blocking the distribution of the other: "
            "VESPERA_BLOCK=acme-graph or VESPERA_BLOCK=vespera-graphite."
        )
    assert not set(modules) & set(sys.modules)


@pytest.mark.parametrize("choice", [{"block": ["acme-graph"]}, {"allow": ["vespera-graphite"]}])
def test_naming_a_distribution_settles_the_conflict(site: Site, choice: dict[str, list[str]]) -> None:
    site.install("vespera-graphite", "0.3.0", OFFER)
    site.install("acme-graph", "1.2", OFFER, name="graphite")
    plugins = Plugins.load(**choice)
    assert states(plugins)["graphite", "vespera-graphite"] == "loaded"
    assert states(plugins)["graphite", "acme-graph"] == "blocked"
    plugins.require(["graphite"])


def test_allowing_the_shared_name_settles_nothing(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0", OFFER)
    site.install("acme-graph", "1.2", OFFER, name="graphite")
    assert {one.status for one in statuses(Plugins.load(allow=["graphite"]), "graphite")} == {"conflict"}


def test_a_plugin_that_could_not_load_competes_for_nothing(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0", OFFER)
    site.install("acme-graph", "1.2", OFFER, name="graphite", requires="vespera-core>=99")
    found = states(Plugins.load())
    assert found["graphite", "vespera-graphite"] == "loaded"
    assert found["graphite", "acme-graph"] == "incompatible"


def test_names_that_are_apart_in_the_list_conflict_as_well(site: Site) -> None:
    site.metadata("vespera-a", "1", "[vespera.plugins]\none = m1\ntwo = m2\n")
    site.metadata("vespera-b", "1", "[vespera.plugins]\none = m3\ntwo = m4\n")
    plugins = Plugins.load()
    assert [one.status for one in plugins.statuses if one.name in {"one", "two"}] == ["conflict"] * 4


def test_one_distribution_with_one_name_twice(site: Site) -> None:
    site.metadata("vespera-a", "1", "[vespera.plugins]\none = m1\none = m2\n")
    found = statuses(Plugins.load(), "one")
    assert [one.status for one in found] == ["conflict", "conflict"]
    assert found[0].next == "Ask the authors of vespera-a to rename one of the two."


def test_nobody_takes_the_name_of_a_builtin(site: Site) -> None:
    module = site.install("acme-memory", "1.2", OFFER)
    (site.folder / "own_memory.py").write_text("", encoding="utf-8")
    own, other = statuses(Plugins.load(builtins=[("memory", "own_memory")]), "memory")
    assert (own.status, own.distribution) == ("loaded", "vespera-core")
    assert other.status == "conflict"
    assert other.reason == (
        f"plugin name 'memory' is used by acme-memory 1.2 and built into vespera-core {CORE_VERSION}: not loaded."
    )
    assert other.next == "Ask the authors of acme-memory for another name, or block it with VESPERA_BLOCK=acme-memory."
    assert module not in sys.modules
