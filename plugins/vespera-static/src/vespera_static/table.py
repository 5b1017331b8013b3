"""The table: one file with each token's vector in bytes, its scale, and the vocabulary; a card says how many there are.

The file is checked against the digest on the card when it is opened (some milliseconds): a table that is damaged would
answer nonsense for years without anybody seeing it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vespera_core.errors import EmbedderFault
from vespera_core.model.record import record

DATA = Path(__file__).with_name("data")
NEXT = (
    "Install the package anew: 'pip install --force-reinstall --no-deps vespera-static'. Search with --mode text until "
    "then."
)


@record(frozen=True, slots=True)
class Table:
    """Token vectors as they lie in the file: a row stands for itself times its scale."""

    model_id: str
    vocabulary: list[str]
    scales: NDArray[np.float32]
    rows: NDArray[np.int8]


def read_table(folder: Path = DATA) -> Table:
    """The table that came with this package."""
    try:
        card = json.loads((folder / "table.json").read_text(encoding="utf-8"))
        content = (folder / "table.bin").read_bytes()
        return _laid_out(card, content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"The table of vespera-static cannot be read: {error}"
        raise EmbedderFault(message, next=NEXT, distribution="vespera-static") from error


def _laid_out(card: dict[str, Any], content: bytes) -> Table:
    digest = hashlib.sha256(content).hexdigest()
    if digest != card["sha256"]:
        raise ValueError(
            "its file table.bin is not the one that table.json describes (damaged, or of another version)."
        )
    count, dimension = int(card["tokens"]), int(card["dimension"])
    return Table(
        model_id=f"{card['name']}@{digest[:12]}",
        rows=np.frombuffer(content, np.int8, count * dimension).reshape(count, dimension),
        scales=np.frombuffer(content, "<f4", count, count * dimension),
        vocabulary=content[count * (dimension + 4) :].decode("utf-8").split("\n"),
    )
