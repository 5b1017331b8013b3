"""A tiny model for tests: words become numbers by their hash, so that texts with common words are alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from vespera_core.app.application import Vespera
from vespera_core.ports.embedder import Embedder

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

DIMENSION = 64


class HashEmbedder(Embedder):
    """Each word of four letters or more stands for a direction of its own, nearly; a text for their sum."""

    model_id = "hash@tests"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> Matrix:
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w{4,}", text.lower()):
                rows[row] += np.random.default_rng(crc32(word[:6].encode())).standard_normal(DIMENSION)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.where(lengths > 0, rows / np.where(lengths > 0, lengths, 1), 0).astype(np.float32)


def use(ledger: Vespera, embedder: Embedder) -> Vespera:
    """The ledger, with this model in the place of the configured one."""
    ledger.kernel.engines._open["embedder"] = embedder
    return ledger
