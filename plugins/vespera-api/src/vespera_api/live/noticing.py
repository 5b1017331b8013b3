"""Notices: that search and other indexes have come to a place in the log. They stand in no log themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from vespera_api.live.cursors import cursor_of
from vespera_api.live.items import Item, dense
from vespera_core.app.projections.embedding import SPACE
from vespera_core.ports.storage import Storage

INDEXED: Final = "search.indexed"
_EVERY: Final = 0.2
"""Seconds between two looks at how far indexes are."""
_VECTORS: Final = "embeddings:"


class Notices:
    """Compares how far indexes are with how far they were."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._looked = 0.0
        self._seen: dict[str, int] | None = None

    def are_due(self) -> bool:
        """Whether it is time for another look."""
        return time.monotonic() - self._looked >= _EVERY

    def look(self) -> tuple[Item, ...]:
        """What has moved since the last look. The first one says how things stand."""
        self._looked = time.monotonic()
        with self._storage.read() as reader:
            found = dict(_positions(reader.memos(SPACE)))
        before, self._seen = self._seen or {}, found
        return tuple(_notice(index, at) for index, at in sorted(found.items()) if before.get(index) != at)


def _positions(memos: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """How far each index is: models by what was embedded, the others by the generation that answers."""
    for key, kept in memos.items():
        if key.startswith(_VECTORS):
            if kept.get("scan") is None:
                yield key, int(kept["position"])
        elif "generation" in kept:
            place = memos.get(f"{key}/g{kept['generation']}")
            if place is not None:
                yield key, int(place["position"])


def _notice(index: str, position: int) -> Item:
    text = dense({"kind": INDEXED, "index": index, "cursor": cursor_of(position)})
    return Item(0, INDEXED, "", (), text)
