"""What becomes of plugins while they are found, chosen, imported and registered."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import vespera_core
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.status import CORE_VERSION, PluginStatus

if TYPE_CHECKING:
    from tests.core.plugins.conftest import Site

OFFER = """
@hookimpl
def vespera_storages():
    return SimpleNamespace(name="lite")
"""


def status_of(plugins: Plugins, name: str, distribution: str | None = None) -> PluginStatus:
    """The one status of that name, and of that distribution where it is given."""
    (status,) = [one for one in plugins.statuses if one.name == name and distribution in (None, one.distribution)]
    return status


def test_running_version_is_that_of_the_project() -> None:
    project = Path(__file__).parents[3] / "core" / "pyproject.toml"
    assert tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"] == CORE_VERSION
    assert vespera_core.__version__ == CORE_VERSION


def test_a_sound_plugin_is_loaded_with_its_identity(site: Site) -> None:
    module = site.install("vespera-lite", "0.3.0", OFFER, requires="vespera-core>=0.1,<0.2")
    plugins = Plugins.load()
    expected = PluginStatus("lite", "vespera-lite", "0.3.0", module, "loaded", hooks=("vespera_storages",))
    assert status_of(plugins, "lite") == expected
    assert [(name, item.name) for name, item in plugins.collect("vespera_storages")] == [("lite", "lite")]


def test_an_entry_point_may_name_an_instance(site: Site) -> None:
    code = """
    class Lite:
        @hookimpl
        def vespera_storages(self):
            return SimpleNamespace(name="lite")
    class nested:
        plugin = Lite()
    """
    site.install("vespera-lite", "0.3.0", code, value="vespera_lite:nested.plugin")
    assert [name for name, _ in Plugins.load().collect("vespera_storages")] == ["lite"]


def test_an_entry_point_may_name_extras(site: Site) -> None:
    site.install("vespera-lite", "0.3.0", OFFER, value="vespera_lite [fast]")
    assert status_of(Plugins.load(), "lite").status == "loaded"


def test_a_class_is_refused_with_the_remedy(site: Site) -> None:
    site.install("vespera-lite", "0.3.0", "class Lite: ...", value="vespera_lite:Lite")
    status = status_of(Plugins.load(), "lite")
    assert status.status == "failed"
    assert status.reason == (
        "plugin 'lite' (vespera-lite 0.3.0) failed to load: TypeError: the entry point names the class 'Lite'; "
        "name a module or an instance."
    )


def test_a_missing_dependency_fails_its_plugin_alone(site: Site) -> None:
    site.install("vespera-graphite", "0.3.0", "import graphite_is_not_here")
    site.install("vespera-lite", "0.3.0", OFFER)
    plugins = Plugins.load()
    status = status_of(plugins, "graphite")
    assert status.status == "failed"
    assert status.reason == (
        "plugin 'graphite' (vespera-graphite 0.3.0) failed to load: No module named 'graphite_is_not_here'."
    )
    assert status.next == "Reinstall it, or block it with VESPERA_BLOCK=graphite."
    assert status_of(plugins, "lite").status == "loaded"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("assert 1 == 2, 'never'", "AssertionError: never"),
        ("raise ValueError('two\\nlines.')", "ValueError: two lines"),
        ("raise RuntimeError", "RuntimeError"),
        ("def (", "SyntaxError: invalid syntax (vespera_bad.py, line 3)"),
        ("import warnings; warnings.warn('old', DeprecationWarning)", "DeprecationWarning: old"),
    ],
)
def test_whatever_an_import_raises_stays_with_the_plugin(site: Site, code: str, text: str) -> None:
    site.install("vespera-bad", "2.0", code)
    status = status_of(Plugins.load(), "bad")
    assert (status.status, status.version) == ("failed", "2.0")
    assert status.reason == f"plugin 'bad' (vespera-bad 2.0) failed to load: {text}."


def test_an_interrupt_is_the_users(site: Site) -> None:
    site.install("vespera-bad", "2.0", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Plugins.load()


@pytest.mark.parametrize("value", ["not a module!", "vespera_lite:absent", ":"])
def test_a_senseless_entry_point_fails_its_plugin(site: Site, value: str) -> None:
    site.install("vespera-lite", "0.3.0", OFFER, value=value)
    status = status_of(Plugins.load(), "lite")
    assert status.status == "failed"
    assert "plugin 'lite' (vespera-lite 0.3.0) failed to load: " in status.reason


def test_a_malformed_file_hides_no_other_plugin(site: Site) -> None:
    site.metadata("acme-mess", "1.0", "[vespera.plugins]\nno equals sign\n")
    site.install("vespera-lite", "0.3.0", OFFER)
    plugins = Plugins.load()
    assert status_of(plugins, "lite").status == "loaded"
    status = status_of(plugins, "acme-mess")
    assert status.status == "failed"
    assert status.reason.startswith(
        "plugin 'acme-mess' (acme-mess 1.0) failed to load: its entry points cannot be read ("
    )
    assert status.next == "Reinstall it, or block it with VESPERA_BLOCK=acme-mess."


def test_a_shadowed_copy_is_not_a_second_plugin(site: Site, shade: Path) -> None:
    site.metadata("acme-mess", "1.0", "[vespera.plugins]\nno equals sign\n")
    site.install("vespera-lite", "0.3.0", OFFER)
    type(site)(shade).metadata("vespera-lite", "0.2.0", "[vespera.plugins]\nlite = older\n")
    assert status_of(Plugins.load(), "lite").version == "0.3.0"


def test_absent_metadata_hides_no_other_plugin(site: Site) -> None:
    site.install("vespera-odd", "1.0", OFFER)
    (site.folder / "vespera_odd-1.0.dist-info" / "METADATA").write_text("", encoding="utf-8")
    site.install("vespera-lite", "0.3.0", OFFER)
    plugins = Plugins.load()
    assert status_of(plugins, "lite").status == "loaded"
    assert status_of(plugins, "odd").distribution == "an unnamed distribution"


@pytest.mark.parametrize(
    ("requires", "shown"),
    [
        ("vespera-core<0.1", "<0.1"),
        ("Vespera_Core (>=99)", ">=99"),
        ("vespera-core>>nonsense", ">>nonsense"),
        ("vespera-core>=99; python_version >= '3'", ">=99"),
        ("vespera-core>=99\nRequires-Dist: vespera-core>=0", ">=99,>=0"),
    ],
)
def test_an_incompatible_plugin_is_not_imported(site: Site, requires: str, shown: str) -> None:
    module = site.install("acme-graph", "0.9", OFFER, requires=requires)
    status = status_of(Plugins.load(), "graph")
    assert status.status == "incompatible"
    assert status.reason == f"acme-graph 0.9 needs vespera-core{shown}, running {CORE_VERSION}: not loaded."
    assert status.next == (
        f"Install a release of acme-graph for vespera-core {CORE_VERSION}, or block it with VESPERA_BLOCK=graph."
    )
    assert module not in sys.modules


@pytest.mark.parametrize(
    "requires", ["vespera-core", "vespera-core-extras>=99", "vespera-core>=99; extra == 'dev'", "other>=99"]
)
def test_demands_that_do_not_concern_the_running_core(site: Site, requires: str) -> None:
    site.install("acme-graph", "0.9", OFFER, requires=requires)
    assert status_of(Plugins.load(), "graph").status == "loaded"


def test_an_unknown_hook_fails_the_plugin_and_leaves_no_trace(site: Site) -> None:
    site.install("acme-new", "1.1", OFFER + "\n@hookimpl\ndef vespera_tomorrow(): ...\n")
    site.install("vespera-lite", "0.3.0", OFFER)
    plugins = Plugins.load()
    status = status_of(plugins, "new")
    assert status.status == "failed"
    assert "plugin 'new' (acme-new 1.1) failed to register: it implements the hook 'vespera_tomorrow'" in status.reason
    assert "'vespera_tomorrow'" in status.reason
    assert status.next == (
        f"Install a release of acme-new for vespera-core {CORE_VERSION}, or block it with VESPERA_BLOCK=new."
    )
    assert [name for name, _ in plugins.collect("vespera_storages")] == ["lite"]
    with pytest.raises(AttributeError):
        plugins.implements("vespera_tomorrow")


def test_an_unknown_argument_fails_the_plugin(site: Site) -> None:
    site.install("acme-new", "1.1", "@hookimpl\ndef vespera_storages(colour): ...\n")
    site.install("vespera-lite", "0.3.0", OFFER)
    plugins = Plugins.load()
    status = status_of(plugins, "new")
    assert status.status == "failed"
    assert "plugin 'new' (acme-new 1.1) failed to register: " in status.reason
    assert "colour" in status.reason
    assert "\n" not in status.reason
    assert [name for name, _ in plugins.collect("vespera_storages")] == ["lite"]


def test_an_optional_hook_may_be_unknown(site: Site) -> None:
    site.install("acme-new", "1.1", "@hookimpl(optionalhook=True)\ndef vespera_tomorrow(): ...\n")
    assert status_of(Plugins.load(), "new").status == "loaded"


def test_an_unhashable_plugin_breaks_nobody(site: Site) -> None:
    site.install("acme-odd", "1.0", "class Odd:\n    __hash__ = None\nodd = Odd()\n", value="acme_odd:odd")
    site.install("vespera-lite", "0.3.0", OFFER)
    plugins = Plugins.load()
    assert "failed to register: TypeError: unhashable" in status_of(plugins, "odd").reason
    assert len(plugins.collect("vespera_storages")) == 1


def test_order_is_builtins_then_names(site: Site) -> None:
    site.install("b-two", "1.0", OFFER, name="zeta")
    site.install("c-one", "1.0", OFFER, name="alpha")
    for module in ("own_second", "own_first"):
        (site.folder / f"{module}.py").write_text("", encoding="utf-8")
    plugins = Plugins.load(builtins=[("second", "own_second"), ("first", "own_first")])
    mine = [one.name for one in plugins.statuses if one.name in {"second", "first", "alpha", "zeta"}]
    assert mine == ["second", "first", "alpha", "zeta"]
    assert [name for name, _ in plugins.collect("vespera_storages")] == ["alpha", "zeta"]


def test_a_failing_builtin_is_reported_without_advice_to_block_it() -> None:
    plugins = Plugins.load(builtins=[("own", "not_in_the_core")], discover=False)
    (status,) = plugins.statuses
    assert (
        status.reason
        == f"plugin 'own' (vespera-core {CORE_VERSION}) failed to load: No module named 'not_in_the_core'."
    )
    assert status.next == "Reinstall vespera-core; if that does not help, report it."


def test_without_discovery_nothing_is_found(site: Site) -> None:
    site.install("vespera-lite", "0.3.0", OFFER)
    assert Plugins.load(discover=False).statuses == []
