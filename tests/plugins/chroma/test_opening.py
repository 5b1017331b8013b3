"""Which folders are opened, which are refused, and that nothing is opened twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from plugins.chroma.support import DIMENSION, MODEL, batch_of, context_of, ids, matrix, opened
from vespera_core.app.application import load_plugins
from vespera_core.app.config import Settings
from vespera_core.errors import ConfigError, EngineFault
from vespera_core.plugins.registry import Registry
from vespera_core.ports.projection import Projected


def changed(folder: Path, **facts: Any) -> None:
    """Write a manifest that says something else, sealed as it should be."""
    path = folder / "manifest.json"
    told = json.loads(path.read_text()) | facts
    told.pop("digest")
    digest = blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).hexdigest()
    path.write_text(json.dumps({**told, "digest": digest}))


def test_the_registry_finds_it() -> None:
    provider = Registry(load_plugins(Settings())).select("vectors", "chroma")
    assert provider.isolated
    assert provider.settings["url"] == ""


def test_importing_the_plugin_imports_no_engine() -> None:
    code = "import sys, vespera_chroma.plugin; print(*{'chromadb', 'numpy', 'sqlite3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"model": "other@1"}, "made for the model other@1"),
        ({"dimension": 64}, "made for vectors of length 64"),
        ({"format": 2}, "format 2"),
        ({"engine": "chromadb 1.4.9"}, "made by chromadb 1.4.9"),
        ({"url": "http://elsewhere:1"}, "made for the server http://elsewhere:1"),
        ({"state": "making"}, "never filled to its end"),
        ({"collection": "nobody"}, "find the collection 'nobody'"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_a_folder_made_otherwise_is_refused(index: Any, folder: Path, facts: dict[str, Any], says: str) -> None:
    index.apply(batch_of(matrix(3)), [])
    index.close()
    changed(folder, **facts)
    with pytest.raises(EngineFault, match=says) as caught:
        opened(folder)
    assert "vespera rebuild vectors" in caught.value.next
    changed(folder, model=MODEL, dimension=DIMENSION)


def test_what_was_refused_can_be_opened_once_it_is_right(index: Any, folder: Path) -> None:
    index.close()
    with pytest.raises(EngineFault):
        opened(folder, context_of(folder, model="other@1"))
    opened(folder).close()


def test_a_folder_with_a_stranger_in_it_is_refused_and_left_alone(folder: Path) -> None:
    (folder / "diary.txt").write_text("mine")
    with pytest.raises(EngineFault, match="no manifest"):
        opened(folder)
    assert [path.name for path in folder.iterdir()] == ["diary.txt"]


def test_nothing_is_opened_twice_in_a_process(index: Any, folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    for place in (folder, link, folder / ".." / folder.name):
        with pytest.raises(EngineFault, match="open in this process already"):
            opened(place)
    index.apply(batch_of(matrix(3)), [])
    index.close()
    again = opened(link)
    assert len(again.versions()) == 3
    again.close()


def test_a_workspace_may_be_moved(index: Any, folder: Path, tmp_path: Path) -> None:
    vectors = matrix(5)
    index.load(iter(batch_of(vectors)))
    index.close()
    moved = folder.rename(tmp_path / "elsewhere")
    again = opened(moved, context_of(moved, name="vespera-vectors-other"))
    assert ids(again.nearest(vectors[2], 1)) == ["p-00002"]
    assert again.check() == []
    again.close()


def test_a_load_that_does_not_end_leaves_an_index_that_is_refused(index: Any, folder: Path) -> None:
    def breaking() -> Iterator[Projected]:
        yield from batch_of(matrix(3))
        raise KeyError("the store went away")

    with pytest.raises(KeyError):
        index.load(breaking())
    index.close()
    with pytest.raises(EngineFault, match="never filled to its end"):
        opened(folder)


@pytest.mark.parametrize(
    "settings",
    [{"ef_search": 0}, {"ef_construction": "many"}, {"max_neighbors": True}, {"url": "localhost:8000"},
     {"url": "ftp://host:1"}, {"url": "http://host:99999"}, {"url": "http://user:pass@host:1"}],
    ids=str,
)  # fmt: skip
def test_settings_that_make_no_sense(folder: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        opened(folder, **settings)
    assert list(folder.iterdir()) == []


def test_an_index_needs_a_folder() -> None:
    with pytest.raises(ConfigError, match="folder"):
        opened(Path(), context_of(None))  # type: ignore[arg-type]


def test_a_file_of_settings_in_the_current_folder_changes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("IS_PERSISTENT=false\nCHROMA_SERVER_HOST=elsewhere\nMIGRATIONS=none\n")
    monkeypatch.chdir(tmp_path)
    index = opened(folder)
    index.apply(batch_of(matrix(3)), [])
    index.close()
    again = opened(folder)
    assert len(again.versions()) == 3
    again.close()


def test_a_short_name_is_made_longer(folder: Path) -> None:
    index = opened(folder, context_of(folder, name="v"))
    index.apply(batch_of(matrix(2)), [])
    assert len(index.versions()) == 2
    index.close()
