"""The embedder: a sentence-transformers model, loaded from this machine alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vespera_core.errors import EmbedderFault
from vespera_core.ports.embedder import Embedder
from vespera_sentence_transformers.model import MEND, Model, find_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEVICES = ("auto", "cpu", "cuda", "mps")
_LETTERS = 16  # read for each token that the model takes: the rest of a text is beyond its reach
_TOKENS = 512  # where a model does not say how many it takes

Matrix = NDArray[np.float32]


class SentenceTransformersEmbedder(Embedder):
    """Has the model read texts, one batch at a time."""

    def __init__(self, model: Model, network: SentenceTransformer, batch: int) -> None:
        self._id = model.id
        self._network: SentenceTransformer | None = network
        self._batch = batch
        self._lock = Lock()
        self._dimension = len(self._read(["dimension"])[0])
        self._reach = _LETTERS * int(network.max_seq_length or _TOKENS)

    @property
    def model_id(self) -> str:
        return self._id

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def title_weight(self) -> float:
        """Nothing: these models weigh the words of a whole text well by themselves."""
        return 0.0

    @property
    def words_weight(self) -> float:
        return 0.3

    def embed(self, texts: Sequence[str]) -> Matrix:
        result = np.zeros((len(texts), self._dimension), np.float32)
        cut = {number: _readable(text, self._reach) for number, text in enumerate(texts)}
        said = [number for number, text in cut.items() if _says_something(text)]
        if said:
            result[said] = self._read([cut[number] for number in said])
        return result

    def close(self) -> None:
        with self._lock:
            self._network = None

    def _read(self, texts: list[str]) -> Matrix:
        with self._lock:
            if self._network is None:
                raise EmbedderFault("The embedder is closed.", next="Open the workspace anew.")
            try:
                rows = self._network.encode(
                    texts, batch_size=self._batch, show_progress_bar=False, normalize_embeddings=True
                )
            except Exception as error:
                raise EmbedderFault(f"The model {self._id} could not be run: {error}") from error
        return np.asarray(rows, dtype=np.float32)


def open_embedder(settings: dict[str, Any]) -> Embedder:
    """The embedder of a configuration."""
    batch, device = _checked(settings)
    model = find_model(settings["model"])
    return SentenceTransformersEmbedder(model, _load(model, device), batch)


def _checked(settings: dict[str, Any]) -> tuple[int, str]:
    """The number of texts in a batch, and the device."""
    model, batch, device = settings["model"], settings["batch"], settings["device"]
    if not isinstance(model, str):
        raise EmbedderFault(f"The setting 'model' must be a text, not {model!r}.", next="Correct the configuration.")
    if not isinstance(batch, int) or isinstance(batch, bool) or batch < 1:
        raise EmbedderFault(f"The setting 'batch' must be 1 or more, not {batch!r}.", next="Correct the configuration.")
    if device not in DEVICES:
        message = f"The setting 'device' must be one of {', '.join(DEVICES)}, not {device!r}."
        raise EmbedderFault(message, next="Correct the configuration.")
    return batch, device


def _load(model: Model, device: str) -> SentenceTransformer:
    # The hub's library reads this when it is imported: with it, nothing is ever looked for on the network.
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        message = f"The package sentence-transformers, which this embedder needs, cannot be imported: {error}"
        raise EmbedderFault(message, next="Install it: 'pip install sentence-transformers'.") from error
    _check_device(device)
    _be_quiet()
    chosen = None if device == "auto" else device
    try:
        return SentenceTransformer(str(model.folder), device=chosen, local_files_only=True).float()
    except Exception as error:
        raise EmbedderFault(f"The model in {model.folder} cannot be loaded: {error}", next=MEND) from error


def _be_quiet() -> None:
    """No bars of progress on the screen of somebody who only searches."""
    from transformers.utils import logging

    logging.disable_progress_bar()


def _check_device(device: str) -> None:
    import torch

    here = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if device in here and not here[device]():
        message = f"The setting 'device' is {device!r}, but this machine, or its torch, has none."
        raise EmbedderFault(message, next="Set it to 'auto' or 'cpu'.")


def _readable(text: str, reach: int) -> str:
    """What the model may come to see of a text, without halves of characters, which its tokenizer refuses."""
    return text.lstrip()[:reach].encode("utf-8", "ignore").decode("utf-8")


def _says_something(text: str) -> bool:
    return any(letter.isprintable() and not letter.isspace() for letter in text)
