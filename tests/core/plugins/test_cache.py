"""The discovery cache: cheap while nothing changed, never wrong, never in the way."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vespera_core.plugins import cache, loader
from vespera_core.plugins.manager import Plugins

if TYPE_CHECKING:
    from tests.core.plugins.conftest import Site

OFFER = "@hookimpl\ndef vespera_storages():\n    return SimpleNamespace(name='lite')\n"

REPORT = """
import sys
from vespera_core.plugins.manager import Plugins
plugins = Plugins.load({options})
heavy = ["stevedore", "packaging", "importlib.metadata", "tempfile", "hashlib", "email", "logging"]
print(*[one.name + "=" + one.status for one in plugins.statuses if one.distribution.startswith("acme")], end="|")
print(*[name for name in heavy if name in sys.modules])
"""


def report(options: str = "") -> str:
    """Code that prints the statuses of acme's plugins and which heavy modules loading them took."""
    return REPORT.format(options=options)


@pytest.fixture
def settled(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose changes count as finished at once."""
    monkeypatch.setattr(cache, "SETTLE_NS", -1)
    return site


def acme() -> list[str]:
    """The names of acme's plugins as discovery finds them."""
    return [one.name for one in loader.discover() if one.distribution.startswith("acme")]


def test_a_hit_imports_nothing_heavy(site: Site, python: Callable[..., str], cache_file: Path) -> None:
    site.install("acme-lite", "1.2", OFFER, requires="vespera-core<0.1")
    site.install("acme-fine", "1.2", OFFER)
    site.settle()
    for_scan = python(report())
    assert for_scan.startswith("fine=loaded lite=incompatible|stevedore packaging importlib.metadata")
    assert cache_file.exists()
    assert python(report()) == "fine=loaded lite=incompatible|"


def test_lists_apply_after_the_cache(site: Site, python: Callable[..., str]) -> None:
    site.install("acme-lite", "1.2", OFFER)
    site.settle()
    python(report())
    assert python(report("block=['lite']")) == "lite=blocked|"
    assert python(report("allow=[]")) == "lite=blocked|"
    assert python(report()) == "lite=loaded|"


def test_a_requirement_without_version_imports_nothing_heavy(site: Site, python: Callable[..., str]) -> None:
    site.install("acme-lite", "1.2", OFFER)
    site.settle()
    python(report())
    code = report() + "\nplugins.require(['lite', 'acme-lite'])\nprint('packaging' in sys.modules)"
    assert python(code) == "lite=loaded|\nFalse"


def test_rescan_passes_over_the_cache(site: Site, python: Callable[..., str]) -> None:
    site.settle()
    python(report())
    assert python(report()) == "|"
    assert "stevedore" in python(report("rescan=True"))


def test_a_plugin_appears_changes_and_disappears(settled: Site) -> None:
    assert acme() == []
    settled.install("acme-lite", "1.2", OFFER)
    settled.settle(1_600_000_001)
    assert acme() == ["lite"]
    info = settled.folder / "acme_lite-1.2.dist-info"
    info.rename(settled.folder / "acme_lite-1.3.dist-info")
    settled.settle(1_600_000_002)
    assert acme() == ["lite"]
    for file in (settled.folder / "acme_lite-1.3.dist-info").iterdir():
        file.unlink()
    (settled.folder / "acme_lite-1.3.dist-info").rmdir()
    settled.settle(1_600_000_003)
    assert acme() == []


def test_a_change_of_one_microsecond_counts(settled: Site) -> None:
    acme()
    settled.install("acme-lite", "1.2", OFFER)
    stamp = settled.folder.stat().st_mtime_ns
    os.utime(settled.folder, ns=(stamp, stamp))
    assert acme() == ["lite"]
    settled.install("acme-more", "1.2", OFFER)
    os.utime(settled.folder, ns=(stamp + 1_000, stamp + 1_000))
    assert acme() == ["lite", "more"]


def test_another_search_path_is_another_scan(
    settled: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_file: Path
) -> None:
    settled.install("acme-lite", "1.2", OFFER)
    settled.settle()
    assert acme() == ["lite"]
    monkeypatch.syspath_prepend(str(tmp_path))
    assert cache.read(cache.present_key()) is None
    acme()
    assert len(json.loads(cache_file.read_text(encoding="ascii"))["scans"]) == 2, "both are kept"


def test_the_file_does_not_grow_with_changes(settled: Site, cache_file: Path) -> None:
    for turn in range(4):
        settled.settle(1_600_000_000 + turn)
        acme()
    assert len(json.loads(cache_file.read_text(encoding="ascii"))["scans"]) == 1


def test_the_file_holds_a_limited_number_of_environments(
    settled: Site, monkeypatch: pytest.MonkeyPatch, cache_file: Path
) -> None:
    for turn in range(cache.KEEP + 4):
        monkeypatch.setattr(cache, "CORE_VERSION", f"0.1.{turn}")
        acme()
    assert len(json.loads(cache_file.read_text(encoding="ascii"))["scans"]) == cache.KEEP


def test_an_installation_that_may_still_run_is_not_kept(site: Site, cache_file: Path) -> None:
    site.install("acme-lite", "1.2", OFFER)
    assert acme() == ["lite"]
    assert not cache_file.exists()


GARBAGE = [
    b"",
    b"\xff\xfe\x00",
    b"{",
    b"[]",
    b"null",
    b'{"format": 1}',
    b'{"format": 2, "scans": []}',
    b'{"format": 1, "scans": 7}',
    b'{"format": 1, "scans": [7, {}, null]}',
    b"[" * 200_000,
    b" " * 1_000_001,
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_a_garbage_file_is_a_miss_and_is_replaced(settled: Site, cache_file: Path, garbage: bytes) -> None:
    settled.install("acme-lite", "1.2", OFFER)
    settled.settle()
    cache_file.parent.mkdir(parents=True)
    cache_file.write_bytes(garbage)
    assert acme() == ["lite"]
    assert cache.read(cache.present_key()) is not None
    assert [file.name for file in cache_file.parent.iterdir()] == [cache_file.name]


def test_a_file_beyond_all_measure_is_a_miss(settled: Site, cache_file: Path) -> None:
    settled.settle()
    acme()
    assert cache.read(cache.present_key()) == []
    cache_file.write_bytes(cache_file.read_bytes() + b" " * cache.MAX_BYTES)
    assert cache.read(cache.present_key()) is None


@pytest.mark.parametrize("row", [7, [], ["a"], [1, 2, 3, 4, "", True, ""], ["a", "b", "c", "d", "", "yes", ""]])
def test_rows_of_the_wrong_shape_are_a_miss(settled: Site, cache_file: Path, row: Any) -> None:
    settled.settle()
    acme()
    data = json.loads(cache_file.read_text(encoding="ascii"))
    data["scans"][0]["found"] = [row]
    cache_file.write_text(json.dumps(data), encoding="ascii")
    assert cache.read(cache.present_key()) is None
    assert acme() == []


def test_a_place_that_cannot_be_written_is_harmless(
    settled: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled.install("acme-lite", "1.2", OFFER)
    settled.settle()
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert not cache.write(cache.present_key(), [])
    assert acme() == ["lite"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folder modes are a matter of POSIX")
def test_a_read_only_folder_is_harmless(settled: Site, cache_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "read-only")

    settled.settle()
    cache_file.parent.mkdir(parents=True)
    # Root may write anywhere, so the mode alone would prove nothing where tests run as root.
    cache_file.parent.chmod(0o500)
    monkeypatch.setattr("pathlib.Path.write_text", refuse)
    assert acme() == []
    cache_file.parent.chmod(0o700)
    assert list(cache_file.parent.iterdir()) == []


def test_a_directory_in_the_place_of_the_file_is_harmless(settled: Site, cache_file: Path) -> None:
    settled.settle()
    cache_file.mkdir(parents=True)
    assert acme() == []
    assert [file.name for file in cache_file.parent.iterdir()] == [cache_file.name]


def test_without_a_home_there_is_no_cache(settled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> None:
        raise RuntimeError("Could not determine home directory.")

    settled.settle()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr("pathlib.Path.home", homeless)
    assert acme() == []
    assert not cache.write(cache.present_key(), [])


def test_a_relative_cache_folder_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.location() == tmp_path / ".cache" / "vespera" / "discovery.json"


def test_somebody_elses_file_is_not_read(settled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    settled.settle()
    acme()
    assert cache.read(cache.present_key()) is not None
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    assert cache.read(cache.present_key()) is None


def test_a_vanished_working_folder_is_harmless(settled: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr("sys.path", ["", *__import__("sys").path])
    assert cache.present_key() is None
    assert not cache.write(None, [])
    assert acme() == []


def test_a_cached_plugin_whose_module_vanished_is_reported(settled: Site) -> None:
    settled.install("acme-lite", "1.2", OFFER)
    settled.settle()
    acme()
    (settled.folder / "acme_lite.py").unlink()
    settled.settle()
    status = next(one for one in Plugins.load().statuses if one.name == "lite")
    assert status.reason == "plugin 'lite' (acme-lite 1.2) failed to load: No module named 'acme_lite'."
