"""The suite of embedders: texts in, unit vectors out, today and in any other process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.errors import ConfigError, EmbedderFault
from vespera_core.ports.embedder import Embedder
from vespera_testkit.conformance import Conformance
from vespera_testkit.profiles import Profile
from vespera_testkit.world.places import open_embedder

PLAIN: Final = (
    "Fix crash when the store is empty",
    "The store is empty: fix the crash",
    "Translate our manual into French",
    "doctor --deep",
    "a",
    "Refuse cycles among the dependencies of a task\nA cycle makes every task in it wait for ever.\n" * 8,
)
ODD: Final = (
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
NEAR: Final = 1e-5
TEXTS: Final = st.lists(
    st.text(st.characters(codec=None), max_size=60) | st.sampled_from(PLAIN + ODD), min_size=1, max_size=6
)
SENSELESS: Final[tuple[Any, ...]] = ([], {}, -1, "\x00", True)
"""Values of the kinds that a configuration can have, none of which is a sensible value of everything."""

OTHER = """
import json, sys
from vespera_testkit.world.places import open_embedder

name, settings, texts = json.loads(sys.stdin.read())
opened = open_embedder(name, settings)
rows = opened.embed(texts)
print(json.dumps([opened.model_id, opened.dimension, rows.tolist()]))
"""
OTHER_SEED: Final = "4711"
"""The other process has hashes of its own, also where the whole run is told which to have."""


class EmbedderConformance(Conformance):
    """What every embedder keeps. One is opened for all rules of a module, since models are dear to load.

    >>> class TestAcme(EmbedderConformance):  # doctest: +SKIP
    ...     provider = "acme"
    """

    kind: ClassVar[str] = "embedder"

    @pytest.fixture
    def embedder(self, settings: dict[str, Any], vespera_kept: dict[str, Any]) -> Embedder:
        """The embedder, open."""
        key = f"embedder {self.provider} {json.dumps(settings, sort_keys=True)}"
        if key not in vespera_kept:
            vespera_kept[key] = open_embedder(self.provider, settings)
        opened: Embedder = vespera_kept[key]
        return opened

    @pytest.fixture
    def another(self, settings: dict[str, Any]) -> Callable[..., Embedder]:
        """Opens one more, with other settings if need be, which the rule is to close."""
        return lambda **changed: open_embedder(self.provider, {**settings, **changed})

    # ------------------------------------------------------------ vectors

    def test_vectors_have_the_declared_shape_and_type(self, embedder: Embedder) -> None:
        """One row a text, as many numbers a row as `dimension` says, float32; no rows for no texts."""
        assert embedder.dimension >= 1
        rows = embedder.embed(PLAIN)
        assert rows.shape == (len(PLAIN), embedder.dimension)
        assert rows.dtype == np.float32
        assert embedder.embed([]).shape == (0, embedder.dimension)

    @pytest.mark.parametrize("texts", [PLAIN, ODD], ids=["plain", "odd"])
    def test_every_row_is_of_length_one_or_zero(self, embedder: Embedder, texts: tuple[str, ...]) -> None:
        """Whatever the text is: every number is finite, so that likeness is an inner product."""
        rows = embedder.embed(texts)
        lengths = np.linalg.norm(rows, axis=1)
        assert np.isfinite(rows).all()
        assert all(abs(length - 1) < NEAR or length == 0 for length in lengths)

    def test_a_plain_text_is_never_zero(self, embedder: Embedder) -> None:
        """A short text in English is like something."""
        assert np.linalg.norm(embedder.embed(PLAIN), axis=1).min() > 0.9

    def test_an_empty_text_is_like_nothing(self, embedder: Embedder) -> None:
        """Its row is all zero: two empty texts are not alike.

        If this fails: a model that adds marks of its own to a text finds something in an empty one; leave it out.
        """
        assert not embedder.embed(["", "   \n"]).any()

    def test_likeness_is_nearness(self, embedder: Embedder) -> None:
        """Two texts of the same words are nearer to each other than to one of others."""
        crash, again, french = embedder.embed(PLAIN[:3])
        assert crash @ again > crash @ french
        assert crash @ again > again @ french

    def test_a_text_of_any_length_is_taken(self, embedder: Embedder) -> None:
        """What is beyond the model's reach is cut off without a word."""
        long = "Refuse cycles among the dependencies. " * 2700
        (row,) = embedder.embed([long])
        assert len(long) > 100_000
        assert abs(float(np.linalg.norm(row)) - 1) < NEAR

    # ------------------------------------------------------------ the same, always

    def test_the_same_texts_give_the_same_bytes(self, embedder: Embedder) -> None:
        """Asked twice, it answers the same to the last bit."""
        assert embedder.embed(PLAIN + ODD).tobytes() == embedder.embed(PLAIN + ODD).tobytes()

    def test_a_text_alone_has_the_vector_that_it_has_among_others(self, embedder: Embedder) -> None:
        """To within 1e-5, whatever stands beside it.

        If this fails: padding is seen by the model, or something is normalised over the whole batch.
        """
        together = embedder.embed(PLAIN + ODD)
        alone = np.concatenate([embedder.embed([text]) for text in PLAIN + ODD])
        np.testing.assert_allclose(together, alone, atol=NEAR)

    def test_the_order_of_the_texts_does_not_matter(self, embedder: Embedder) -> None:
        """Rows stand in the order of the texts, and do not change with it."""
        forwards = embedder.embed(PLAIN + ODD)
        backwards = embedder.embed((PLAIN + ODD)[::-1])[::-1]
        np.testing.assert_allclose(forwards, backwards, atol=NEAR)

    def test_any_texts_give_what_each_gives_alone(self, embedder: Embedder, profile: Profile) -> None:
        """Random texts, some of them twice, some of no characters that stand for anything."""

        @profile.settings()  # type: ignore[untyped-decorator]
        @given(texts=TEXTS)
        def hold(texts: list[str]) -> None:
            rows = embedder.embed(texts)
            lengths = np.linalg.norm(rows, axis=1)
            assert all(abs(length - 1) < NEAR or length == 0 for length in lengths)
            np.testing.assert_allclose(rows, [embedder.embed([text])[0] for text in texts], atol=NEAR)

        hold()

    def test_another_process_makes_the_same_vectors(self, embedder: Embedder, settings: dict[str, Any]) -> None:
        """Vectors are kept, and compared with those of other processes: the same settings are the same model.

        If this fails: look for `hash()`, which differs by process, for the order of a set, or for a random start.
        """
        done = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, "-c", OTHER], input=json.dumps([self.provider, settings, PLAIN + ODD]),
            env={**os.environ, "PYTHONHASHSEED": OTHER_SEED}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        model_id, dimension, rows = json.loads(done.stdout.splitlines()[-1])
        assert (model_id, dimension) == (embedder.model_id, embedder.dimension)
        np.testing.assert_allclose(rows, embedder.embed(PLAIN + ODD), atol=NEAR)

    def test_threads_get_the_vectors_that_one_gets(self, embedder: Embedder) -> None:
        """Every method may be called from any thread, several at once."""
        expected = embedder.embed(PLAIN)
        with ThreadPoolExecutor(8) as pool:
            for rows in pool.map(lambda _: embedder.embed(PLAIN), range(32)):
                np.testing.assert_allclose(rows, expected, atol=NEAR)

    def test_a_caller_may_change_what_it_was_given(self, embedder: Embedder) -> None:
        """What is returned is the caller's: nothing that is answered later comes from it."""
        first = embedder.embed(PLAIN)
        kept = first.copy()
        first[:] = 7
        np.testing.assert_array_equal(embedder.embed(PLAIN), kept)

    # ------------------------------------------------------------ what it says of itself

    def test_the_model_id_is_a_name_and_a_digest(self, embedder: Embedder) -> None:
        """``name@digest`` with twelve hexadecimal digits, the same as long as vectors are."""
        name, _, digest = embedder.model_id.rpartition("@")
        assert name
        assert len(digest) == 12
        assert int(digest, 16) >= 0

    def test_weights_are_shares(self, embedder: Embedder) -> None:
        """`title_weight` and `words_weight` are numbers from 0 to 1."""
        for weight in (embedder.title_weight, embedder.words_weight):
            assert isinstance(weight, (int, float))
            assert 0 <= weight <= 1

    # ------------------------------------------------------------ opening and closing

    def test_two_at_once_do_not_disturb_each_other(self, embedder: Embedder, another: Callable[..., Embedder]) -> None:
        """One that is closed takes nothing from one that is open, and closing twice is fine."""
        second = another()
        expected = embedder.embed(PLAIN)
        np.testing.assert_allclose(second.embed(PLAIN), expected, atol=NEAR)
        second.close()
        second.close()
        np.testing.assert_array_equal(embedder.embed(PLAIN), expected)

    def test_a_closed_one_answers_or_says_that_it_cannot(self, another: Callable[..., Embedder]) -> None:
        """One that has something to let go of may refuse afterwards, by `EmbedderFault` and nothing else."""
        opened = another()
        expected = opened.embed(PLAIN)
        opened.close()
        rows = answer_of(lambda: opened.embed(PLAIN))
        assert rows is None or np.abs(rows - expected).max() < NEAR

    def test_senseless_settings_are_a_fault_that_says_so(self, another: Callable[..., Embedder]) -> None:
        """Whoever cannot run with a setting raises `EmbedderFault`, by which search goes on with words alone.

        If this fails: another exception stops the search of somebody who made a slip in the configuration.
        """
        for name in self.offer().item.settings:
            for value in SENSELESS:
                opened = answer_of(partial(another, **{name: value}))
                if opened is not None:
                    opened.close()


def answer_of(ask: Callable[[], Any]) -> Any:
    """What is answered; None where it is refused by a fault that says what to do next."""
    try:
        return ask()
    except (EmbedderFault, ConfigError) as fault:
        if not (fault.message and fault.next):
            raise
        return None
