"""Broken embedders: a small sound one that adds words up, and heirs of it with one mistake each."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from zlib import crc32

import numpy as np

from testkit.broken.naming import name_of
from vespera_core.errors import EmbedderFault
from vespera_core.ports.embedder import Embedder
from vespera_core.ports.provider import OpenContext, Provider

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

SPACE = 64


class Sound(Embedder):
    """Each word stands for a direction, nearly; a text for their sum."""

    model_id = "words@0123456789ab"
    dimension = SPACE

    def __init__(self, settings: dict[str, Any]) -> None:
        self.reach = self.number(settings["reach"])

    def number(self, value: Any) -> int:
        """How much of a text is read."""
        if not isinstance(value, int) or value < 1:
            raise EmbedderFault(f"{value!r} is no number of letters.", next="Set 'reach' to a number above 0.")
        return value

    def embed(self, texts: Sequence[str]) -> Matrix:
        rows = np.zeros((len(texts), SPACE))
        for number, text in enumerate(texts):
            for word in self.words(text[: self.reach]):
                rows[number] += np.random.default_rng(self.seed(word)).standard_normal(SPACE)
        return self.finished(rows)

    def words(self, text: str) -> list[str]:
        """What is seen of a text."""
        return re.findall(r"\w+", text.lower())

    def seed(self, word: str) -> int:
        """What a word is made of."""
        return crc32(word.encode("utf-8", "surrogatepass"))

    def finished(self, rows: Any) -> Matrix:
        """Rows of length one, or zero."""
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        found: Matrix = np.where(lengths > 0, rows / np.where(lengths > 0, lengths, 1), 0).astype(np.float32)
        return found


class AnswersDoubles(Sound):
    """Rows of float64."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        doubles: Any = super().embed(texts).astype(np.float64)
        return doubles  # type: ignore[no-any-return]


class MiscountsItsNumbers(Sound):
    """Says that a vector has one number more than it has."""

    dimension = SPACE + 1


class LeavesRowsAsLongAsTheyAre(Sound):
    """Rows are not of length one."""

    def finished(self, rows: Any) -> Matrix:
        found: Matrix = rows.astype(np.float32)
        return found


class ChokesOnHalfAPair(Sound):
    """Text that is no UTF-8 is an error."""

    def seed(self, word: str) -> int:
        return crc32(word.encode())

    def words(self, text: str) -> list[str]:
        return text.split()


class LooksAtItsNeighbours(Sound):
    """What all texts of a batch have in common is taken away from each."""

    def finished(self, rows: Any) -> Matrix:
        return super().finished(rows - rows.mean(axis=0, keepdims=True) * (len(rows) > 1))


class WeighsByPlace(Sound):
    """The first text of a batch is seen in another light."""

    def finished(self, rows: Any) -> Matrix:
        rows[1:, 0] += 1.0
        return super().finished(rows)


class DiffersByProcess(Sound):
    """Words are told apart by `hash`."""

    def seed(self, word: str) -> int:
        return hash(word) & 0xFFFFFFFF


class DrawsLots(Sound):
    """Asked again, it answers a little differently."""

    def finished(self, rows: Any) -> Matrix:
        return super().finished(rows + np.random.default_rng().normal(0, 1e-6, rows.shape) * (rows != 0))


class HandsOutItsMemory(Sound):
    """What was answered once is kept, and handed out to all."""

    _kept: ClassVar[dict[tuple[str, ...], Any]] = {}

    def embed(self, texts: Sequence[str]) -> Matrix:
        found: Matrix = self._kept.setdefault(tuple(texts), super().embed(texts))
        return found


class FindsSomethingInNothing(Sound):
    """An empty text is like any other empty text."""

    def words(self, text: str) -> list[str]:
        return ["[start]", *super().words(text)]


class KnowsNoShortWords(Sound):
    """A text of one letter is like nothing."""

    def words(self, text: str) -> list[str]:
        return [one for one in super().words(text) if len(one) > 1]


class SeesTheFirstLetterAlone(Sound):
    """Texts are alike when they begin alike."""

    def words(self, text: str) -> list[str]:
        return [text.strip()[:1]] * bool(text.strip())


class RefusesLongTexts(Sound):
    """What is beyond its reach is an error."""

    def words(self, text: str) -> list[str]:
        if len(text) >= self.reach:
            raise EmbedderFault("The text is too long.", next="Make it shorter.")
        return super().words(text)


class BelongsToItsThread(Sound):
    """Answers only where it was opened."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__(settings)
        self._thread = threading.get_ident()

    def embed(self, texts: Sequence[str]) -> Matrix:
        if threading.get_ident() != self._thread:
            raise EmbedderFault("This is another thread.", next="Ask in the thread that opened it.")
        return super().embed(texts)


class ClosesForAll(Sound):
    """One that is closed takes the others with it."""

    _closed: ClassVar[set[str]] = set()

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__(settings)
        self._closed.clear()

    def embed(self, texts: Sequence[str]) -> Matrix:
        if self._closed:
            raise EmbedderFault("It is closed.", next="Open it again.")
        return super().embed(texts)

    def close(self) -> None:
        self._closed.add("all")


class BreaksWhenItIsClosed(Sound):
    """Asked after it was closed, it fails by an accident."""

    def close(self) -> None:
        vars(self).pop("reach", None)


class LetsItsErrorsThrough(Sound):
    """A slip in the configuration is whatever Python makes of it."""

    def number(self, value: Any) -> int:
        return max(1, int(value))


class IsCalledByAName(Sound):
    """Nothing in its id changes when its vectors do."""

    model_id = "words"


class WeighsTitlesThrice(Sound):
    """A weight is no share."""

    title_weight = 3.0


def opened(broken: type[Sound], settings: dict[str, Any], _context: OpenContext) -> Embedder:
    """An embedder."""
    return broken(settings)


def providers() -> Iterator[Provider[Embedder]]:
    """Each under its own name."""
    for broken in (Sound, *Sound.__subclasses__()):
        yield Provider(
            name=name_of(broken),
            summary=(broken.__doc__ or "").partition("\n")[0],
            open=partial(opened, broken),
            settings={"reach": 10_000},
        )
