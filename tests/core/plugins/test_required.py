"""Plugins that the configuration requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vespera_core.errors import ConfigError, PluginFault
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.status import CORE_VERSION

if TYPE_CHECKING:
    from tests.core.plugins.conftest import Site


def fault(plugins: Plugins, *wanted: str) -> PluginFault:
    """The fault that requiring these raises."""
    with pytest.raises(PluginFault) as caught:
        plugins.require(wanted)
    return caught.value


@pytest.mark.parametrize(
    "wanted",
    ["graphite", "vespera-graphite", "Vespera_Graphite", "graphite>=0.3", "vespera-graphite ~=0.3.0", "graphite<1"],
)
def test_loaded_plugins_satisfy(site: Site, wanted: str) -> None:
    site.install("vespera-graphite", "0.3.0")
    Plugins.load().require([wanted])


def test_another_version_is_named(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0")
    error = fault(Plugins.load(), "graphite>=1.0")
    assert error.message == "required: plugin 'graphite' (vespera-graphite 0.3.0) is loaded, but >=1.0 is required."
    assert error.next == 'Install it with: pip install "vespera-graphite>=1.0"'


def test_a_version_that_is_none_satisfies_no_specifier(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0-odd")
    plugins = Plugins.load()
    plugins.require(["graphite"])
    assert "vespera-graphite 0.3.0-odd" in fault(plugins, "graphite>=0.1").message


def test_every_problem_is_named_with_its_step(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0", "import graphite_is_not_here")
    site.install("acme-held", "1.2")
    site.install("acme-graph", "0.9", requires="vespera-core>=99")
    error = fault(Plugins.load(block=["held"]), "graphite", "acme-held", "graph>=0.1", "ghost")
    assert error.message == (
        "required: plugin 'graphite' (vespera-graphite 0.3.0) failed to load: No module named 'graphite_is_not_here'. "
        "plugin 'held' (acme-held 1.2) is blocked by 'held'. "
        f"acme-graph 0.9 needs vespera-core>=99, running {CORE_VERSION}: not loaded. "
        "plugin 'ghost' is not installed."
    )
    for step in (
        "Reinstall it, or block it with VESPERA_BLOCK=graphite.",
        "Take 'held' out of VESPERA_BLOCK or [plugins] block to load it.",
        f"Install a release of acme-graph for vespera-core {CORE_VERSION}, or block it with VESPERA_BLOCK=graph.",
        "Install the distribution that provides it, or take 'ghost' out of [plugins] required.",
    ):
        assert step in error.next
    assert [one["status"] for one in error.as_json()["plugins"]] == ["failed", "blocked", "incompatible", "missing"]


def test_a_conflict_is_told_once(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0")
    site.install("acme-graph", "1.2", name="graphite")
    message = fault(Plugins.load(), "graphite").message
    assert message.count("acme-graph 1.2 and vespera-graphite 0.3.0") == 1


@pytest.mark.parametrize(
    ("wanted", "command"),
    [
        ("sql", "pip install vespera-sql"),
        ("vespera-sql", "pip install vespera-sql"),
        ("sql>=0.2", '"vespera-sql>=0.2"'),
    ],
)
def test_our_own_plugins_come_with_the_command(wanted: str, command: str) -> None:
    error = fault(Plugins.load(discover=False), wanted)
    assert error.next.endswith(command)


@pytest.mark.parametrize(
    "word", ["", "two words", "graphite>=", "graphite[x]", "graphite; python_version>'3'", "graphite @ file:///x"]
)
def test_a_word_that_is_no_requirement(word: str) -> None:
    with pytest.raises(ConfigError, match="in the list of required plugins is"):
        Plugins.load(discover=False).require([word])
