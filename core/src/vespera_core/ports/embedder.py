"""The embedder port: texts in, unit vectors out. Everything that compares meanings stands on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]


class Embedder(ABC):
    """A model that places texts in a space where nearness is likeness. Every method may be called from any thread.

    The same texts give the same vectors, whatever stands beside them in the batch (to within 1e-5), in this process
    and in any other: vectors are kept, and compared with those made years later.
    """

    @property
    @abstractmethod
    def model_id(self) -> str:
        """What made the vectors, as ``name@digest``: the digest changes with anything that would change a vector.

        Vectors of another model id are never compared with these; a new id has every text embedded anew.
        """

    @property
    @abstractmethod
    def dimension(self) -> int:
        """How many numbers a vector has."""

    @property
    def title_weight(self) -> float:
        """What a task's title counts by itself, beside the whole text that begins with it (0 to 1).

        Titles say most in the fewest words; a model that weighs the words of a long text well needs less of that. It is
        part of how vectors are made: changing it changes the model id.
        """
        return 0.5

    @property
    def words_weight(self) -> float:
        """What a full share of a query's words is worth in search, in cosine (0 to 1): less for better models."""
        return 0.4

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row per text: a float32 matrix of shape (texts, dimension), each row of length 1.

        A text in which the model recognises nothing (an empty one, say) has a row of zeros, which is like nothing.
        Texts of any length and any Unicode are taken; what is beyond the model's reach is cut off. Raises
        `EmbedderFault` where the model cannot be run.
        """

    def close(self) -> None:  # noqa: B027 - most models have nothing to let go of
        """Let go of the model; closing twice is fine."""
