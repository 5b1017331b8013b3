"""From texts and the teacher's vectors to what the student is given: tokens, and targets in its own dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from texts import Text
from train import Bags, Lesson

from vespera_core.model.record import record
from vespera_static.wordpiece import WordPiece

DIMENSION = 256
LONGEST = 160  # tokens of a body in training

Matrix = NDArray[np.float32]


@record(frozen=True, slots=True)
class Read:
    """What the teacher made of the texts: of titles alone, and of some with their bodies."""

    titles: Matrix
    whole: Matrix


class School:
    """Tokens as the plugin finds them, and the turn of the teacher's space that keeps most in few dimensions."""

    def __init__(self, vocabulary: list[str], sample: Matrix) -> None:
        self._pieces = WordPiece(vocabulary)
        self._turn: Matrix = np.linalg.svd(sample, full_matrices=False)[2][:DIMENSION].T

    def bag(self, text: str) -> list[int]:
        """The tokens of a text, each once."""
        return list(dict.fromkeys(self._pieces.tokens(text)))

    def turned(self, rows: Matrix) -> Matrix:
        """The teacher's vectors in the student's dimensions, each of length 1."""
        found = rows @ self._turn
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    def lesson(self, texts: list[Text], read: Read) -> Lesson:
        """What the student learns from."""
        whole = [f"{text.title}\n{text.body}" for text in texts if text.body][: len(read.whole)]
        bags = [self.bag(text.title) for text in texts[: len(read.titles)]] + [self.bag(text) for text in whole]
        targets = self.turned(np.concatenate([read.titles, read.whole]))
        kept = [number for number, bag in enumerate(bags) if bag]
        pairs = [(self.bag(text.title), self.bag(text.body)[:LONGEST]) for text in texts if text.body]
        pairs = [pair for pair in pairs if all(pair)]
        first, second = [one for one, _ in pairs], [two for _, two in pairs]
        return Lesson([bags[number] for number in kept], targets[kept], first, second)

    def vectors(self, table: Matrix, texts: list[str]) -> Matrix:
        """What a table makes of texts, in full numbers."""
        bags: Bags = [self.bag(text) for text in texts]
        sums = np.stack([table[bag].sum(axis=0) if bag else np.zeros(DIMENSION, np.float32) for bag in bags])
        found: Matrix = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        return found
