"""The bound on tokens: never below what o200k_base makes of a text, and not far above it for what a ledger holds."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from string import printable, punctuation, whitespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from counting import tokens as real
from reliability.support.dose import dose
from vespera_core.model import words
from vespera_core.model.pieces import pieces_of
from vespera_core.model.tokens import cut_to_most, most_tokens

BEADS = Path(__file__).resolve().parents[4] / "shared" / "data" / "beads-issues.jsonl"

WORDS = st.sampled_from(sorted(words.EVEN | words.ROUGH | words.SMALL | words.CAPITALS))
PIECES = st.one_of(
    WORDS, WORDS.map(" {}".format), WORDS.map(str.capitalize), st.sampled_from(sorted(words.SIGNS)),
    st.sampled_from([1, 2, 31, 32, 33, 34, 79, 80, 160]).map(" ".__mul__),
    st.sampled_from(["\n", "\t", "\r\n", "\x1f", "\x85", "\u2028", "\u3000", "\u00a0", "\u0301"]),
    st.sampled_from(["'", "'s", "n't", "'LL"]),
    st.sampled_from(["é", "→", "…", "—", "“", "٣", "ǅ", "🏳️‍🌈", "👍🏽"]),
    st.sampled_from(["你好", "안녕", "สวัสดี", "שלום", "مرحبا", "नमस्ते"]),
    st.text(max_size=6), st.text("abcdefghijklmnopqrstuvwxyz", max_size=9), st.text("qjzxvwkQJZXVWK", max_size=9),
    st.text("0123456789abcdef-", max_size=12), st.text(punctuation, max_size=6),
    st.binary(max_size=30).map(lambda raw: b64encode(raw).decode()),
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(), st.text(printable))


@given(TEXTS)
@example("㶇'Registry")
@example(").unit8 READMExz뱀\n")
@example("num     69224505")
@settings(max_examples=dose(400, 100_000), deadline=None)
def test_no_text_takes_more(text: str) -> None:
    assert most_tokens(text) >= real(text)


@given(TEXTS)
@settings(max_examples=dose(100, 10_000), deadline=None)
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text


@given(TEXTS, TEXTS)
@settings(max_examples=dose(100, 10_000), deadline=None)
def test_lines_add_up(first: str, second: str) -> None:
    assert most_tokens(f"{first}\n{second}") == most_tokens(first) + 1 + most_tokens(second)


@given(TEXTS, st.integers(0, 60))
@settings(max_examples=dose(200, 10_000), deadline=None)
def test_a_cut_fits_and_is_the_beginning(text: str, tokens: int) -> None:
    cut = cut_to_most(text, tokens)
    assert text.startswith(cut)
    assert most_tokens(cut) <= tokens
    assert cut == text or most_tokens(cut) >= tokens - 16


@pytest.mark.parametrize("text", ["你" * 500, "é" * 500, "a'" * 500, "x" * 500, "(" * 500, " " * 5_000])
def test_a_cut_within_a_long_piece_leaves_something(text: str) -> None:
    assert 10 < most_tokens(cut_to_most(text, 20)) <= 20


def test_common_words_are_one_token() -> None:
    forms = [*words.EVEN, *words.ROUGH, *words.SMALL, *words.CAPITALS]
    forms += [word.capitalize() for word in words.EVEN | words.ROUGH]
    assert [word for word in forms if real(word) != 1 or real(f" {word}") != 1] == []


def test_a_sign_before_a_common_word_costs_no_more_than_is_said() -> None:
    """Between line ends nothing joins, so that one text tells whether any of many costs more."""
    signs = [chr(code) for code in range(1, 128) if not chr(code).isalnum() and chr(code) not in "\r\n "]
    forms = {2: words.EVEN | {word.capitalize() for word in words.EVEN}}
    forms[3] = words.ROUGH | {word.capitalize() for word in words.ROUGH} | words.SMALL | words.CAPITALS
    for most, found in forms.items():
        over = [sign + word for sign in signs for word in sorted(found) if real(sign + word) > most]
        assert over == []


@pytest.mark.parametrize("sign", sorted(words.SIGNS))
def test_signs_are_one_token(sign: str) -> None:
    assert [after for after in ("", "\n", "\n\n", "\r\n", "/", "\n/") if real(sign + after) > 1 + len(after)] == []
    assert real(f" {sign}") == 1 or most_tokens(f" {sign}") >= real(f" {sign}")


@pytest.mark.parametrize(
    "text", ["a'" * 50_000, "Ab" * 50_000, "(" * 100_000 + "é", " " * 100_000 + "é", "aé" * 50_000]
)
def test_long_texts_of_one_kind_are_parted_in_one_pass(text: str) -> None:
    assert most_tokens(text) >= len(text) // 40


@pytest.mark.data
@pytest.mark.skipif(not BEADS.exists(), reason=f"the real project is not at {BEADS}")
@pytest.mark.parametrize("field", ["id", "title", "description"])
def test_the_bound_is_near_on_real_data(field: str) -> None:
    texts = [json.loads(line).get(field) or "" for line in BEADS.read_text().splitlines()]
    bounds, counts = [most_tokens(text) for text in texts], [real(text) for text in texts]
    assert all(bound >= count for bound, count in zip(bounds, counts, strict=True))
    assert sum(bounds) <= 1.8 * sum(counts)


def test_whitespace_alone_is_bounded() -> None:
    assert all(most_tokens(sign * size) >= real(sign * size) for sign in whitespace for size in range(1, 200))


@given(st.lists(st.sampled_from(sorted(words.EVEN)), min_size=20, max_size=100).map(" ".join))
@settings(max_examples=dose(50, 2_000), deadline=None)
def test_common_words_are_counted_as_they_are(text: str) -> None:
    assert most_tokens(text) == real(text)


def test_a_long_word_is_counted_at_once() -> None:
    assert most_tokens("a" * 1_000_000) > 500_000
    assert most_tokens("é" + "a" * 1_000_000) > 500_000
