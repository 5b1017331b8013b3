"""A plugin that is broken in one of five ways is named in exact words, by the real command, while the rest works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VESPERA = Path(sys.executable).with_name("vespera")
HEAD = "from vespera_core.hookspecs import hookimpl\n\n\n@hookimpl\n"
SOUND = HEAD + "def vespera_check_assignment(assignment):\n    return None\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


class Site:
    """A folder that an installer has filled, and a workspace beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "work"
        self.workspace.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VESPERA_")}
        self.environment = {
            **kept,
            "PYTHONPATH": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "LOGNAME": "ann",
        }

    def install(self, distribution: str, version: str, name: str, code: str, requires: str = "") -> None:
        """What an installer leaves behind."""
        module = distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(code, encoding="utf-8")
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir()
        demand = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{demand}")
        (info / "entry_points.txt").write_text(f"[vespera.plugins]\n{name} = {module}\n")

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """The real command."""
        environment = {**self.environment, **variables}
        return subprocess.run([VESPERA, *words], cwd=self.workspace, env=environment, capture_output=True, text=True)

    def told(self, distribution: str) -> dict[str, Any]:
        """What `plugins check` says of a distribution; it exits with 1, since something is wrong."""
        done = self.run("--json", "plugins", "check")
        assert done.returncode == 1, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)["data"]["plugins"]
        (one,) = [each for each in found if each["distribution"] == distribution]
        assert {each["status"] for each in found if each["distribution"].startswith("vespera-")} == {"loaded"}
        return {name: one[name] for name in ("status", "reason", "next")}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(autouse=True)
def _the_rest_works(site: Site, request: pytest.FixtureRequest) -> Any:
    """Whatever is wrong with the plugin: a ledger is made, a task too, it is ready, and another plugin is asked."""
    yield
    site.install("acme-sound", "1.0", "sound", SOUND)
    assert site.run("init", "--prefix", "web").returncode == 0
    for words in (("create", "Works all the same"), ("ready",)):
        done = site.run(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Works all the same" in done.stdout
    assert site.run("plugins", "check", "sound").returncode == 0


def test_an_import_error(site: Site) -> None:
    site.install("acme-graph", "0.9", "acme", "import graphite_is_not_here\n")
    assert site.told("acme-graph") == {
        "status": "failed",
        "reason": "plugin 'acme' (acme-graph 0.9) failed to load: No module named 'graphite_is_not_here'.",
        "next": "Reinstall it, or block it with VESPERA_BLOCK=acme.",
    }


def test_a_wrong_signature(site: Site) -> None:
    site.install("acme-graph", "0.9", "acme", HEAD + "def vespera_check_assignment(assignment, weather):\n    pass\n")
    assert site.told("acme-graph") == {
        "status": "failed",
        "reason": "plugin 'acme' (acme-graph 0.9) failed to register: its vespera_check_assignment asks for"
        " weather, but the hook is called with assignment.",
        "next": "Install a release of acme-graph for vespera-core 0.1.0, or block it with VESPERA_BLOCK=acme.",
    }


def test_an_unknown_hook(site: Site) -> None:
    site.install("acme-graph", "0.9", "acme", HEAD + "def vespera_weather():\n    pass\n")
    assert site.told("acme-graph") == {
        "status": "failed",
        "reason": "plugin 'acme' (acme-graph 0.9) failed to register: it implements the hook"
        " 'vespera_weather', which vespera-core 0.1.0 does not have.",
        "next": "Install a release of acme-graph for vespera-core 0.1.0, or block it with VESPERA_BLOCK=acme.",
    }


def test_a_core_that_is_too_old_for_it(site: Site) -> None:
    site.install("acme-graph", "0.9", "acme", "raise SystemExit('imported')\n", requires="vespera-core>=0.7,<0.8")
    assert site.told("acme-graph") == {
        "status": "incompatible",
        "reason": "acme-graph 0.9 needs vespera-core<0.8,>=0.7, running 0.1.0: not loaded.",
        "next": "Install a release of acme-graph for vespera-core 0.1.0, or block it with VESPERA_BLOCK=acme.",
    }


def test_two_of_one_name(site: Site) -> None:
    site.install("acme-graph", "0.9", "acme", SOUND)
    site.install("other-acme", "2.0", "acme", SOUND)
    for distribution in ("acme-graph", "other-acme"):
        assert site.told(distribution) == {
            "status": "conflict",
            "reason": "plugin name 'acme' is used by acme-graph 0.9 and other-acme 2.0: none of them is loaded.",
            "next": "Keep one by blocking the distribution of the other: VESPERA_BLOCK=acme-graph or"
            " VESPERA_BLOCK=other-acme.",
        }
    chosen = site.run("--json", "plugins", "check", VESPERA_BLOCK="other-acme")
    assert chosen.returncode == 0
