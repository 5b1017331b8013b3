"""The table in bytes: what vespera-static reads (its module `table` has the layout)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

NAME = "static-minilm-256"


def in_bytes(table: Matrix) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """A scale for each row, and the row in whole numbers from -127 to 127."""
    scales = (np.abs(table).max(axis=1) / 127).astype(np.float32)
    scales[scales == 0] = 1
    return scales, np.rint(table / scales[:, None]).astype(np.int8)


def write(folder: Path, vocabulary: list[str], table: Matrix) -> str:
    """Write the table and its card; answers the digest."""
    scales, rows = in_bytes(table)
    words = "\n".join(vocabulary).encode()
    content = rows.tobytes() + scales.astype("<f4").tobytes() + words
    card = {"name": NAME, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    card |= {"tokens": len(rows), "dimension": rows.shape[1]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.bin").write_bytes(content)
    (folder / "table.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return str(card["sha256"])
