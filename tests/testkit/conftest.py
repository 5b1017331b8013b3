"""A plugin of broken providers, as an installer would leave it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def broken_plugin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of processes that find the distribution ``broken-plugin``."""
    site = tmp_path_factory.mktemp("site")
    info = site / "broken_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[vespera.plugins]\nbroken = testkit.broken.plugin\n", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VESPERA_", "PYTEST_"))}
    return {**kept, "PYTHONPATH": f"{site}:{TESTS}", "XDG_CACHE_HOME": str(site / "cache")}
