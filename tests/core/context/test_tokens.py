"""How many tokens a text takes at most is never too few, whatever the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from counting import tokens
from vespera_core.model.common_words import COMMON_WORDS
from vespera_core.model.tokens import most_tokens

WORDS = st.sampled_from(sorted(COMMON_WORDS))
PIECES = st.one_of(
    WORDS, WORDS.map(str.capitalize), WORDS.map(str.upper),
    st.text("abcdefghijklmnopqrstuvwxyz", max_size=20),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-", max_size=40),
    st.sampled_from([" ", "  ", "\n", "\t", " \n ", "'s", "``` ", "--", "**", ". ", ", "]),
    st.sampled_from(["漢字", "🎉", "é", "ж", "\u3000"]),
    st.text(st.characters(codec="utf-8"), max_size=10),
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_text_takes_more_tokens(text: str) -> None:
    assert tokens(text) <= most_tokens(text)


@given(st.lists(WORDS, min_size=20, max_size=100).map(" ".join))
def test_common_words_are_counted_as_they_are(text: str) -> None:
    assert most_tokens(text) <= tokens(text) + 1


def test_a_long_word_is_counted_at_once() -> None:
    assert most_tokens("a" * 1_000_000) > 500_000
    assert most_tokens("é" + "a" * 1_000_000) > 500_000
