"""The tokenizer, against recorded answers of the original."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vespera_static.table import read_table
from vespera_static.wordpiece import REACH, WordPiece
from vespera_static.words import words

GOLDEN = Path(__file__).with_name("golden.json")


@pytest.fixture(scope="module")
def pieces() -> WordPiece:
    return WordPiece(read_table().vocabulary)


@pytest.mark.parametrize(
    "case", json.loads(GOLDEN.read_text(encoding="utf-8")), ids=lambda case: ascii(case["text"])[:30]
)
def test_tokens_are_those_of_the_original(case: dict[str, object], pieces: WordPiece) -> None:
    """The tokens of BERT's uncased tokenizer, without its token for unknown words."""
    assert pieces.tokens(str(case["text"])) == case["tokens"]


def test_a_lone_surrogate_counts_as_nothing(pieces: WordPiece) -> None:
    assert pieces.tokens("fix\ud800 the \udfffstore") == pieces.tokens("fix the store")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't Panic!", ["don", "'", "t", "panic", "!"]),
        ("tab\tand\nline", ["tab", "and", "line"]),
        ("nul\x00inside", ["nulinside"]),
        ("Ångström", ["angstrom"]),
        ("作る", ["作", "る"]),
        ("ΟΔΟΣ οδος", ["οδοσ", "οδος"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_plain_and_odd_texts_take_the_same_way(pieces: WordPiece) -> None:
    """An ASCII text has a shorter way through the code, which must lead to the same place."""
    for code in range(128):
        text = f"zy{chr(code)}ax Fix IT"
        assert words(text) == words(f"{text} é")[:-1], ascii(text)
    assert pieces.tokens("Fix the store é")[:-1] == pieces.tokens("Fix the store")


def test_a_word_that_cannot_be_put_together_counts_as_nothing(pieces: WordPiece) -> None:
    assert pieces.tokens("ab" * 51) == []
    assert pieces.tokens("\u1e9e\u16a0 fix") == pieces.tokens("fix")


def test_a_long_text_is_cut_off(pieces: WordPiece) -> None:
    assert len(pieces.tokens("fix " * 10_000)) == REACH


def test_words_are_forgotten_before_they_fill_the_memory(pieces: WordPiece, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [pieces.tokens(f"fix number {number}") for number in range(50)]
    monkeypatch.setattr("vespera_static.wordpiece._REMEMBERED", 10)
    assert [pieces.tokens(f"fix number {number}") for number in range(50)] == expected
