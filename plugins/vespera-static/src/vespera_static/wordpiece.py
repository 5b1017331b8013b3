"""WordPiece: a word that the vocabulary lacks is put together from the longest pieces that it has."""

from __future__ import annotations

from vespera_static.words import words

REACH = 512  # tokens: what a text says later is cut off
_LETTERS = 16 * REACH  # read of a text, however long it is
_LONGEST = 100  # letters of a word; a longer one is none
_REMEMBERED = 100_000  # words, after which they are forgotten and found anew


class WordPiece:
    """Turns texts into token numbers. A word that cannot be put together counts as nothing."""

    def __init__(self, vocabulary: list[str]) -> None:
        self._tokens = {token: number for number, token in enumerate(vocabulary)}
        self._known: dict[str, tuple[int, ...]] = {}

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text, without those that mark its ends."""
        known = self._known
        found: list[int] = []
        for word in words(text.lstrip()[:_LETTERS]):
            pieces = known.get(word)
            found.extend(self._learn(word) if pieces is None else pieces)
        return found[:REACH]

    def _learn(self, word: str) -> tuple[int, ...]:
        if len(self._known) >= _REMEMBERED:
            self._known = {}
        self._known[word] = pieces = tuple(self._pieces(word))
        return pieces

    def _pieces(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word) <= _LONGEST:
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self._tokens), start)
            if end == start:
                return []
            found.append(self._tokens[prefix + word[start:end]])
            start = end
        return found
