"""Plugins of broken things, as an installer would leave them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from testkit.broken import plugins

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def broken_plugin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of processes that find the distribution ``broken-plugin``."""
    site = tmp_path_factory.mktemp("site")
    install(site, "broken-plugin", "broken = testkit.broken.plugin")
    return surroundings(site)


@pytest.fixture(scope="module")
def broken_plugins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of processes that find every broken plugin, each in a distribution of its own."""
    site = tmp_path_factory.mktemp("site")
    for name, entry, version, requires in plugins.distributions():
        install(site, f"x-{name}", f"{name} = {entry}", version, requires)
    return surroundings(site)


def install(site: Path, distribution: str, entry: str, version: str = "1.0", requires: str = "") -> None:
    """Leave what an installer leaves of a distribution with one plugin."""
    info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    text = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    (info / "METADATA").write_text(f"{text}{requires}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[vespera.plugins]\n{entry}\n", encoding="utf-8")


def surroundings(site: Path) -> dict[str, str]:
    """The variables of processes that find what is installed there; words have the same hash in each of them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VESPERA_", "PYTEST_"))}
    found = {"PYTHONPATH": f"{site}:{TESTS}", "XDG_CACHE_HOME": str(site / "cache"), "PYTHONHASHSEED": "0"}
    return {**kept, **found}
