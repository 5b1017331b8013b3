"""Looking for damage that rows alone do not show: in files, in vectors, and in what queries find."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from vespera_chroma.client import Connection
from vespera_chroma.faults import REBUILD, engine
from vespera_chroma.manifest import DATABASE, ENGINE_FOLDER, broken_seals
from vespera_core.errors import EngineFault
from vespera_core.ports.storage import Finding

if TYPE_CHECKING:
    from vespera_chroma.rows import Sealer

_MOST_VECTORS: Final = 20_000
"""How many vectors a check reads; of more it takes a sample."""
_PAGE: Final = 2_000
_ASKED: Final = 20
_LIKE: Final = 1e-3
_LONG_LOG: Final = 20_000
"""Changes since the last fill that are replayed at every start: some seconds' worth."""
_LOST: Final = 0.01
"""The share of tasks that an undamaged graph may not reach: its links are chosen, not complete."""


def findings(folder: Path, connection: Connection, sealer: Sealer) -> list[Finding]:
    """What is wrong. The caller holds the index's lock, so that no write is under way."""
    found = [] if connection.is_server else [*_files(folder, connection)]
    try:
        with engine("read its vectors"):
            found += _vectors(connection, sealer)
    except EngineFault as error:
        found.append(_damage("vectors", error.message))
    return found


def _damage(check: str, message: str) -> Finding:
    return Finding(check, "damage", f"{message} {REBUILD}" if REBUILD not in message else message)


def _files(folder: Path, connection: Connection) -> Iterator[Finding]:
    if broken := broken_seals(folder, connection.manifest):
        yield _damage("files", f"Files are not as they were written: {'; '.join(broken[:3])}.")
    path = folder / ENGINE_FOLDER / DATABASE
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            said = [row[0] for row in database.execute("PRAGMA integrity_check(3)")]
            log = database.execute("SELECT count(*) FROM embeddings_queue").fetchone()[0]
    except sqlite3.Error as error:
        yield _damage("files", f"{path.name} is damaged: {error}.")
        return
    if said != ["ok"]:
        yield _damage("files", f"{path.name} is damaged: {'; '.join(map(str, said))[:300]}.")
    if log > _LONG_LOG:
        message = f"{log:,} changes since the index was made are replayed whenever it is opened; a rebuild ends that."
        yield Finding("log", "warning", message)


def _vectors(connection: Connection, sealer: Sealer) -> Iterator[Finding]:
    ids = connection.main.get(include=[])["ids"]
    sample = Random(len(ids)).sample(ids, min(len(ids), _MOST_VECTORS))  # noqa: S311 - which ones are looked at
    kept = dict(_read(connection, sample))
    wrong = [one for one, (row, vector) in kept.items() if not sealer.fits(row, vector)]
    if wrong or len(kept) != len(sample):
        lost = [one for one in sample if one not in kept]
        yield _damage("vectors", f"Vectors are missing or damaged, of {len(wrong) + len(lost)} tasks: "
                                 f"{', '.join([*wrong, *lost][:3])}.")  # fmt: skip
    elif ids:
        yield from _queries(connection, ids, {one: kept[one][1] for one in sample[:_ASKED]})


def _read(connection: Connection, sample: list[str]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for start in range(0, len(sample), _PAGE):
        page = connection.main.get(ids=sample[start : start + _PAGE], include=["metadatas", "embeddings"])
        rows, vectors = page["metadatas"], page["embeddings"]
        if rows is not None and vectors is not None:
            yield from zip(page["ids"], zip(rows, vectors, strict=True), strict=True)


def _queries(connection: Connection, ids: list[str], sample: dict[str, Any]) -> Iterator[Finding]:
    """Whether the graph leads to the tasks: each of a sample to itself, and a question for all to all of them."""
    asked = np.array(list(sample.values()), dtype=np.float32)
    near = connection.main.query(query_embeddings=asked, n_results=1, include=["distances"])["distances"] or []
    blind = sum(1 for distances in near if not distances or distances[0] > _LIKE)
    if blind > _ASKED // 10:
        yield _damage("queries", f"{blind} of {len(sample)} tasks are not found by their own vectors.")
    told = connection.main.query(query_embeddings=asked[:1], n_results=len(ids), include=[])["ids"][0]
    unreached = len(set(ids) - set(told))
    if unreached > _LOST * len(ids):
        yield _damage("queries", f"{unreached} of {len(ids)} tasks are found by no query.")
    elif unreached:
        yield Finding("queries", "warning", f"{unreached} of {len(ids)} tasks are hard to find. {REBUILD}")
