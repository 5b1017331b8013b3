"""Selecting providers and formats by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vespera_core.errors import ConfigError, PluginFault
from vespera_core.plugins import hints
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.registry import Registry

if TYPE_CHECKING:
    from tests.core.plugins.conftest import Site


def offering(*names: str, hook: str = "vespera_storages") -> str:
    """The code of a plugin that offers items of these names."""
    kind, more = ("Format", "") if hook == "vespera_formats" else ("Provider", ", open=None")
    items = ", ".join(f"{kind}(name={name!r}, summary=__name__{more})" for name in names)
    head = "from vespera_core.ports.format import Format\nfrom vespera_core.ports.provider import Provider\n"
    return f"{head}@hookimpl\ndef {hook}():\n    return [{items}]\n"


def registry(**options: Any) -> Registry:
    """A registry of what the test installed, without what this environment happens to hold."""
    return Registry(Plugins.load(**options))


def test_select_by_kind_and_name(site: Site) -> None:
    site.install("vespera-lite", "0.3.0", offering("sqlite", "other"))
    site.install("acme-csv", "1.0", offering("sqlite", hook="vespera_formats"))
    offered = registry(allow=["lite", "csv"])
    assert offered.select("storage", "sqlite").summary == "vespera_lite"
    assert offered.select("format", "sqlite").summary == "acme_csv"
    assert [(*one[:3], one[3].name) for one in offered.offers("storage")] == [
        ("lite", "vespera-lite", "0.3.0", "sqlite"),
        ("lite", "vespera-lite", "0.3.0", "other"),
    ]


def test_an_ambiguous_name_is_refused_and_the_distribution_settles_it(site: Site) -> None:
    site.install("vespera-sql", "0.3.0", module="not_the_real_sql", code=offering("sqlite"), name="a")
    site.install("acme-lite", "1.2", offering("sqlite"), name="b")
    offered = registry(allow=["a", "b"])
    with pytest.raises(ConfigError) as caught:
        offered.select("storage", "sqlite")
    assert caught.value.message == (
        "storage 'sqlite' is offered by vespera-sql 0.3.0 and acme-lite 1.2: "
        "write 'vespera-sql:sqlite' or 'acme-lite:sqlite'."
    )
    assert caught.value.next == "Name the distribution as well: 'vespera-sql:sqlite'."
    assert offered.select("storage", "vespera-sql:sqlite").summary == "not_the_real_sql"
    assert offered.select("storage", "Acme_Lite:sqlite").summary == "acme_lite"


def test_one_distribution_that_offers_a_name_twice(site: Site) -> None:
    site.install("acme-lite", "1.2", offering("sqlite", "sqlite"))
    with pytest.raises(ConfigError, match=r"storage 'sqlite' is offered more than once by acme-lite 1\.2\."):
        registry(allow=["lite"]).select("storage", "sqlite")


def test_an_unknown_name_lists_what_there_is(site: Site) -> None:
    site.install("acme-lite", "1.2", offering("small", "smaller"))
    with pytest.raises(PluginFault) as caught:
        registry(allow=["lite"]).select("storage", "smal")
    assert "storage 'smal' is not offered by any plugin; on offer: small (acme-lite 1.2), smaller (acme-lite 1.2)." in (
        caught.value.message
    )
    assert caught.value.as_json()["offered"] == ["small", "smaller"]


def test_an_unknown_name_tells_which_plugin_might_have_offered_it(site: Site) -> None:
    site.install("acme-big", "2.0", "import big_is_not_here")
    site.install("acme-csv", "1.0", "@hookimpl\ndef vespera_formats():\n    raise ValueError('bang')\n")
    site.install("acme-raises", "3.0", "@hookimpl\ndef vespera_storages():\n    raise ValueError('boom')\n")
    offered = registry()
    offered.offers("format")
    with pytest.raises(PluginFault) as caught:
        offered.select("storage", "big")
    assert "plugin 'big' (acme-big 2.0) failed to load: No module named 'big_is_not_here'." in caught.value.message
    assert "plugin 'raises' (acme-raises 3.0) failed in vespera_storages: ValueError: boom." in caught.value.message
    assert "acme-csv" not in caught.value.message
    assert "Reinstall it, or block it with VESPERA_BLOCK=big." in caught.value.next


def test_a_missing_provider_of_ours_comes_with_the_command() -> None:
    with pytest.raises(PluginFault) as caught:
        registry(discover=False).select("storage", "sqlite")
    assert caught.value.message == "storage 'sqlite' is not offered by any plugin; on offer: nothing."
    assert caught.value.next == "Install it with: pip install vespera-sql"


def test_a_broken_provider_of_ours_is_not_to_be_installed_again(site: Site) -> None:
    site.install("vespera-sql", "0.3.0", module="not_the_real_sql", code="import sqlite_is_not_here")
    with pytest.raises(PluginFault) as caught:
        registry().select("storage", "sqlite")
    assert (
        "plugin 'sql' (vespera-sql 0.3.0) failed to load: No module named 'sqlite_is_not_here'." in caught.value.message
    )
    assert caught.value.next == "Reinstall it, or block it with VESPERA_BLOCK=sql."


def test_a_blocked_provider_says_how_to_get_it_back(site: Site) -> None:
    site.install("vespera-sql", "0.3.0", module="not_the_real_sql", code=offering("sqlite"))
    with pytest.raises(PluginFault) as caught:
        registry(block=["sql"]).select("storage", "sqlite")
    assert "plugin 'sql' (vespera-sql 0.3.0) is blocked by 'sql'." in caught.value.message
    assert caught.value.next == "Take 'sql' out of VESPERA_BLOCK or [plugins] block to load it."


@pytest.mark.parametrize(
    ("hook", "kind", "item", "words"),
    [
        ("vespera_storages", "storage", "'sqlite'", "it offers 'sqlite', which is no Provider."),
        (
            "vespera_services",
            "service",
            "SimpleNamespace(name='x')",
            "namespace(name='x'), which is no ServiceProvider.",
        ),
        ("vespera_formats", "format", "Format(name=5, summary='s')", "which has no name."),
        ("vespera_transports", "transport", "Format(name='x', summary='s')", "which is no Transport."),
    ],
)
def test_an_item_of_another_kind_is_the_plugins_fault(site: Site, hook: str, kind: str, item: str, words: str) -> None:
    code = f"from vespera_core.ports.format import Format\n@hookimpl\ndef {hook}():\n    return {item}\n"
    site.install("acme-odd", "1.0", code)
    plugins = Plugins.load(allow=["odd"])
    assert Registry(plugins).offers(kind) == []
    reason = plugins.status("odd").reason
    assert reason.startswith(f"plugin 'odd' (acme-odd 1.0) failed in {hook}: TypeError: it offers ")
    assert reason.endswith(words)


def test_the_hook_is_called_once_and_only_when_asked(site: Site) -> None:
    site.install("acme-lite", "1.2", "calls = []\n@hookimpl\ndef vespera_storages():\n    calls.append(1)\n")
    offered = registry(allow=["lite"])
    import acme_lite

    assert acme_lite.calls == []
    offered.offers("storage")
    offered.offers("storage")
    assert acme_lite.calls == [1]


def test_hints_are_those_of_the_repo() -> None:
    plugins = {}
    for file in (Path(__file__).parents[3] / "plugins").glob("*/pyproject.toml"):
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        for name in project.get("entry-points", {}).get("vespera.plugins", {}):
            plugins[name] = project["name"]
    assert plugins == hints.DISTRIBUTIONS
    assert set(hints.PROVIDERS.values()) <= set(plugins.values())
