"""Throw-away distributions: what an installer leaves on the disk, found through real entry points."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[3] / "core" / "src"
LONG_AGO = 1_600_000_000

HEAD = "from types import SimpleNamespace\nfrom vespera_core.hookspecs import hookimpl\n"


class Site:
    """A folder of installed distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self,
        distribution: str,
        version: str,
        code: str | None = "",
        *,
        name: str = "",
        requires: str = "",
        value: str = "",
        module: str = "",
    ) -> str:
        """Install a distribution with one plugin and return its module; `code` None leaves the module out."""
        module = module or distribution.replace("-", "_")
        name = name or distribution.rpartition("-")[2]
        if code is not None:
            (self.folder / f"{module}.py").write_text(HEAD + textwrap.dedent(code), encoding="utf-8")
        self.metadata(distribution, version, f"[vespera.plugins]\n{name} = {value or module}\n", requires)
        return module

    def metadata(self, distribution: str, version: str, entry_points: str, requires: str = "") -> None:
        """Write the .dist-info folder alone."""
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        demand = f"Requires-Dist: {requires}\n" if requires else ""
        head = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{demand}"
        (info / "METADATA").write_text(head, encoding="utf-8")
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")

    def settle(self, stamp: int = LONG_AGO) -> None:
        """Make the folder look as if its last installation was long ago."""
        os.utime(self.folder, (stamp, stamp))


@pytest.fixture
def shade(tmp_path: Path) -> Path:
    """A folder that hides the plugins of this environment: the first copy of a distribution on the path counts."""
    folder = tmp_path / "shade"
    folder.mkdir()
    for distribution in {entry.dist for entry in entry_points(group="vespera.plugins")}:
        Site(folder).metadata(distribution.name, "0", "")
    Site(folder).settle()
    return folder


@pytest.fixture
def site(shade: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A folder on the search path, with a cache folder of its own; modules imported meanwhile are forgotten."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(shade))
    monkeypatch.syspath_prepend(str(folder))
    # Byte code written into the folder would change it, as an installation does.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield Site(folder)
    for module in set(sys.modules) - before:
        if str(getattr(sys.modules[module], "__file__", None)).startswith(str(folder)):
            del sys.modules[module]
    importlib.invalidate_caches()


@pytest.fixture
def cache_file(tmp_path: Path) -> Path:
    """Where the cache of this test lies."""
    return tmp_path / "cache" / "vespera" / "discovery.json"


@pytest.fixture
def python(site: Site, shade: Path, tmp_path: Path) -> Callable[..., str]:
    """Run code in another process that sees the site, and return what it prints."""

    def run(code: str, **environment: str) -> str:
        paths = os.pathsep.join([str(site.folder), str(shade), str(SOURCES)])
        inherited = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **environment}
        call = [sys.executable, "-P", "-W", "error", "-c", textwrap.dedent(code)]
        done = subprocess.run(call, env=inherited, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run
