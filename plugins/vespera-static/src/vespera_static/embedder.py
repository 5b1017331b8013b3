"""The embedder: the vectors of a text's tokens, added up, and made one long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vespera_core.ports.embedder import Embedder
from vespera_static.table import Table, read_table
from vespera_static.wordpiece import WordPiece

_AT_ONCE = 2048  # tokens whose vectors are added in one go: few enough to stay in the processor's cache

Matrix = NDArray[np.float32]


class StaticEmbedder(Embedder):
    """Adds token vectors; how long each is says how much its token counts.

    A token counts once, however often it stands in a text: a long text is about more than the word it repeats.
    Nothing here changes once it is made, except that words are remembered: threads need no lock.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._pieces = WordPiece(table.vocabulary)

    @property
    def model_id(self) -> str:
        return self._table.model_id

    @property
    def dimension(self) -> int:
        return int(self._table.rows.shape[1])

    def embed(self, texts: Sequence[str]) -> Matrix:
        result = np.zeros((len(texts), self.dimension), np.float32)
        numbers: list[int] = []
        tokens: list[int] = []
        starts: list[int] = []
        for number, text in enumerate(texts):
            found = self._pieces.tokens(text)
            if found:
                numbers.append(number)
                starts.append(len(tokens))
                tokens += dict.fromkeys(found)
            if len(tokens) >= _AT_ONCE:
                result[numbers] = self._sums(tokens, starts)
                numbers, tokens, starts = [], [], []
        if tokens:
            result[numbers] = self._sums(tokens, starts)
        return result

    def _sums(self, tokens: list[int], starts: list[int]) -> Matrix:
        """The sum over each text's tokens, made one long; all zero where the tokens say nothing."""
        index = np.array(tokens)
        vectors = self._table.rows[index] * self._table.scales[index, None]
        sums: Matrix = np.add.reduceat(vectors, starts, axis=0)
        lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))[:, None]
        units: Matrix = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 1e-12)
        return units


def open_embedder() -> Embedder:
    """The embedder with the table that came with this package."""
    return StaticEmbedder(read_table())
