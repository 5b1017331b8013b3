"""The default embedder: its suite, its table, and what it costs."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vespera_core.errors import EmbedderFault
from vespera_core.ports.embedder import Embedder
from vespera_core.ports.provider import OpenContext
from vespera_static.embedder import StaticEmbedder
from vespera_static.plugin import vespera_embedders
from vespera_static.table import DATA, read_table
from vespera_testkit import EmbedderConformance

MOST_BYTES = 9_000_000


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return vespera_embedders().open({}, OpenContext(folder=None, clock=lambda: 0))


class TestStatic(EmbedderConformance):
    """With the table that is in the package."""

    provider = "static"


def test_likeness_follows_meaning_where_no_word_is_shared(embedder: Embedder) -> None:
    crash, stops, french = embedder.embed(
        [
            "Fix crash when the store is empty",
            "The program stops with an error if there is no data yet",
            "Translate the manual into French",
        ]
    )
    assert crash @ stops > crash @ french
    assert crash @ stops > stops @ french


def test_the_model_id_names_the_file_that_is_there(embedder: Embedder) -> None:
    digest = hashlib.sha256((DATA / "table.bin").read_bytes()).hexdigest()
    assert embedder.model_id == f"static-minilm-256@{digest[:12]}"
    assert embedder.dimension == 256


def test_the_package_stays_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < MOST_BYTES


def _missing(folder: Path) -> None:
    (folder / "table.bin").unlink()


def _no_card(folder: Path) -> None:
    (folder / "table.json").unlink()


def _cut(folder: Path) -> None:
    (folder / "table.bin").write_bytes((folder / "table.bin").read_bytes()[:-1000])


def _one_bit(folder: Path) -> None:
    content = bytearray((folder / "table.bin").read_bytes())
    content[4_000_000] ^= 1
    (folder / "table.bin").write_bytes(content)


def _garbage_card(folder: Path) -> None:
    (folder / "table.json").write_text("{", encoding="utf-8")


def _card_of_a_list(folder: Path) -> None:
    (folder / "table.json").write_text("[]", encoding="utf-8")


def _card_that_lies(folder: Path) -> None:
    card = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    (folder / "table.json").write_text(json.dumps(card | {"tokens": 10**9}), encoding="utf-8")


@pytest.mark.parametrize("harm", [_missing, _no_card, _cut, _one_bit, _garbage_card, _card_of_a_list, _card_that_lies])
def test_a_damaged_table_is_refused(harm: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    assert StaticEmbedder(read_table(folder)).embed(["a text"]).any()
    harm(folder)
    with pytest.raises(EmbedderFault, match="vespera-static") as caught:
        read_table(folder)
    assert "--force-reinstall" in caught.value.next


def _seconds(work: Callable[[], object]) -> float:
    """The least processor time of some tries."""
    tries = []
    for _ in range(5):
        start = time.thread_time()
        work()
        tries.append(time.thread_time() - start)
    return min(tries)


def test_embedding_costs_little_more_than_splitting_words(embedder: Embedder) -> None:
    """As a ratio, since machines differ: 20-word texts cost some 25 times what it costs to split and count them."""
    texts = [
        f"Fix crash number {number} when the store of a large project is empty after import" for number in range(2000)
    ]

    def split() -> None:
        for text in texts:
            counts: dict[str, int] = {}
            for word in text.lower().split():
                counts[word] = counts.get(word, 0) + 1

    assert _seconds(lambda: embedder.embed(texts)) < 100 * _seconds(split)


def test_a_long_text_costs_no_more_than_its_beginning(embedder: Embedder) -> None:
    short, long = "fix the store " * 600, "fix the store " * 60_000
    assert _seconds(lambda: embedder.embed([long])) < 20 * _seconds(lambda: embedder.embed([short]))
    assert embedder.embed([long]).tobytes() == embedder.embed([short]).tobytes()
