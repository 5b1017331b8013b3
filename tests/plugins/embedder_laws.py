"""What every embedder keeps, whatever its model: a suite to be inherited, with a fixture `embedder` that opens one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vespera_core.ports.embedder import Embedder

PLAIN = (
    "Fix crash when the store is empty",
    "The program stops with an error if there is no data yet",
    "Translate the manual into French",
    "doctor --deep",
    "a",
    "Refuse cycles among the dependencies of a task\nA cycle makes every task in it wait for ever.\n" * 8,
)
ODD = (
    "",
    " \t\r\n",
    "\x00\x01\x7f",
    "\ud800",
    "half \udcff a pair \ud83d",
    "Zażółć gęślą jaźń — naïve café",
    "Ελληνικά ΣΊΣΥΦΟΣ",
    "仕様書を書く",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 🇫🇷 🏳️‍🌈",
    "e\u0301" * 50,
    "\u200b\u202e\ufeff\ufffd",
    "\U0010ffff\U000e0001",
    "x" * 5000,
    "!?" * 3000,
)
NEAR = 1e-5


class EmbedderLaws:
    """The laws of the port, checked on the fixture `embedder`."""

    def test_vectors_have_one_shape_and_type(self, embedder: Embedder) -> None:
        rows = embedder.embed(PLAIN)
        assert rows.shape == (len(PLAIN), embedder.dimension)
        assert rows.dtype == np.float32
        assert embedder.embed([]).shape == (0, embedder.dimension)

    @pytest.mark.parametrize("texts", [PLAIN, ODD], ids=["plain", "odd"])
    def test_every_row_is_of_length_one_or_zero(self, embedder: Embedder, texts: tuple[str, ...]) -> None:
        rows = embedder.embed(texts)
        lengths = np.linalg.norm(rows, axis=1)
        assert np.isfinite(rows).all()
        assert all(abs(length - 1) < NEAR or length == 0 for length in lengths)

    def test_a_plain_text_is_never_zero(self, embedder: Embedder) -> None:
        assert np.linalg.norm(embedder.embed(PLAIN), axis=1).min() > 0.9

    def test_an_empty_text_is_like_nothing(self, embedder: Embedder) -> None:
        assert not embedder.embed(["", "   \n"]).any()

    def test_the_same_texts_give_the_same_bytes(self, embedder: Embedder) -> None:
        assert embedder.embed(PLAIN + ODD).tobytes() == embedder.embed(PLAIN + ODD).tobytes()

    def test_a_text_alone_has_the_vector_that_it_has_among_others(self, embedder: Embedder) -> None:
        together = embedder.embed(PLAIN + ODD)
        alone = np.concatenate([embedder.embed([text]) for text in PLAIN + ODD])
        np.testing.assert_allclose(together, alone, atol=NEAR)

    def test_the_order_of_the_texts_does_not_matter(self, embedder: Embedder) -> None:
        forwards = embedder.embed(PLAIN + ODD)
        backwards = embedder.embed((PLAIN + ODD)[::-1])[::-1]
        np.testing.assert_allclose(forwards, backwards, atol=NEAR)

    def test_likeness_follows_meaning(self, embedder: Embedder) -> None:
        crash, stops, french = embedder.embed(PLAIN[:3])
        assert crash @ stops > crash @ french
        assert crash @ stops > stops @ french

    def test_a_text_of_any_length_is_taken(self, embedder: Embedder) -> None:
        long = "Refuse cycles among the dependencies. " * 2700
        (row,) = embedder.embed([long])
        assert len(long) > 100_000
        assert abs(float(np.linalg.norm(row)) - 1) < NEAR

    def test_threads_get_the_vectors_that_one_gets(self, embedder: Embedder) -> None:
        expected = embedder.embed(PLAIN)
        with ThreadPoolExecutor(8) as pool:
            for rows in pool.map(lambda _: embedder.embed(PLAIN), range(32)):
                np.testing.assert_allclose(rows, expected, atol=NEAR)

    def test_the_model_id_is_a_name_and_a_digest(self, embedder: Embedder) -> None:
        name, _, digest = embedder.model_id.rpartition("@")
        assert name
        assert len(digest) == 12
        assert int(digest, 16) >= 0

    def test_a_caller_may_change_what_it_was_given(self, embedder: Embedder) -> None:
        first = embedder.embed(PLAIN)
        kept = first.copy()
        first[:] = 7
        np.testing.assert_array_equal(embedder.embed(PLAIN), kept)

    def test_closing_twice_is_fine(self, embedder: Embedder) -> None:
        embedder.close()
        embedder.close()
