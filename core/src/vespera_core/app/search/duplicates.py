"""Duplicates: tasks whose texts are so alike that they may be the same, in groups, with what speaks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from vespera_core.app.answers import SimilarTask
from vespera_core.app.search.answers import DuplicatesAnswer, Group, Pair
from vespera_core.app.search.channels import caught_up
from vespera_core.app.search.matrices import Vectors, check_size, likenesses, read_vectors
from vespera_core.app.search.requests import Duplicates
from vespera_core.app.search.tuning import threshold
from vespera_core.app.search.words import vocabulary
from vespera_core.app.session import Session
from vespera_core.errors import InvalidInput
from vespera_core.model.query import TaskQuery, check_limit
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

PAIRS: Final = 20_000
"""The likest pairs that are looked at; in a workspace of copies there may be millions."""

_SHOWN: Final = 20
_SETTLED: Final = ("duplicate_of", "supersedes")


def duplicates(kernel: Kernel, request: Duplicates, caller: Caller) -> DuplicatesAnswer:
    """Groups of tasks that may be the same, unless that is settled between them already."""
    limit = check_limit(request.limit) or None
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        scope = TaskQuery(
            projects=None if request.project_id is None else (session.project(request.project_id).project_id,)
        )
    standing = caught_up(kernel)
    least = threshold(kernel) if request.threshold is None else _checked(request.threshold)
    with kernel.storage.read() as reader:
        vectors = check_size(read_vectors(reader, kernel.engines.embedder(), scope), "compare")
        pairs = _judged(reader, _near(vectors, least), closed=request.closed)
        groups = _groups(pairs)
        shown = tuple(_shown(reader, group) for group in groups[:limit])
    return DuplicatesAnswer(shown, len(groups), least, len(vectors.ids), standing.behind)


def _checked(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise InvalidInput(f"threshold must be a likeness above 0 and up to 1, not {value!r}.", field="threshold")
    return float(value)


def _near(vectors: Vectors, least: float) -> list[tuple[float, str, str]]:
    """Pairs that are alike enough, the likest first; each once."""
    found: list[tuple[float, str, str]] = []
    for start, block in likenesses(vectors.matrix):
        rows, columns = np.nonzero(block >= least)
        later = columns > rows + start
        values = block[rows[later], columns[later]].tolist()
        ends = zip((rows[later] + start).tolist(), columns[later].tolist(), strict=True)
        found.extend(
            (round(value, 4), vectors.ids[a], vectors.ids[b]) for value, (a, b) in zip(values, ends, strict=True)
        )
        if len(found) > 2 * PAIRS:
            found = _likest(found)
    return _likest(found)


def _likest(found: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    return sorted(found, key=lambda one: (-one[0], one[1], one[2]))[:PAIRS]


def _judged(reader: Reader, pairs: list[tuple[float, str, str]], *, closed: bool) -> list[Pair]:
    """The pairs that are still worth a look, with what speaks for them."""
    tasks = reader.tasks(sorted({one for _, *ends in pairs for one in ends}))
    both = ((likeness, tasks[a], tasks[b]) for likeness, a, b in pairs if a in tasks and b in tasks)
    return [
        Pair(a.task_id, b.task_id, likeness, tuple(_reasons(a, b)))
        for likeness, a, b in both
        if (closed or a.closed_at is None or b.closed_at is None) and not _is_settled(a, b)
    ]


def _is_settled(a: Task, b: Task) -> bool:
    """Whether somebody has said how the two belong together: as duplicates, or as parent and child."""
    said = {(kind, target) for kind, target in a.relations if target == b.task_id}
    said |= {(kind, target) for kind, target in b.relations if target == a.task_id}
    return a.parent_id == b.task_id or b.parent_id == a.task_id or any(kind in _SETTLED for kind, _ in said)


def _reasons(a: Task, b: Task) -> Iterator[str]:
    if a.title.strip().casefold() == b.title.strip().casefold():
        yield "same title"
    elif shared := sorted(vocabulary(a.title) & vocabulary(b.title)):
        yield f"titles share {', '.join(shared[:5])}"
    if a.description and a.description == b.description:
        yield "same description"
    if a.parent_id is not None and a.parent_id == b.parent_id:
        yield f"both below {a.parent_id}"
    if a.external_ref is not None and a.external_ref == b.external_ref:
        yield f"both stand for {a.external_ref}"


def _groups(pairs: list[Pair]) -> list[list[Pair]]:
    """Pairs that hang together, by the likest pair of each."""
    root: dict[str, str] = {}

    def top(one: str) -> str:
        while root.setdefault(one, one) != one:
            root[one] = one = root[root[one]]
        return one

    for pair in pairs:
        root[top(pair.first)] = top(pair.second)
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(top(pair.first), []).append(pair)
    return list(groups.values())


def _shown(reader: Reader, pairs: list[Pair]) -> Group:
    """A group with its tasks, the oldest first; of a large one, the tasks of its likest pairs."""
    best: dict[str, float] = {}
    for pair in pairs:
        for one in (pair.first, pair.second):
            best.setdefault(one, pair.likeness)
    tasks = sorted(reader.tasks(list(best)[:_SHOWN]).values(), key=lambda task: (task.created_at, task.task_id))
    rows = tuple(SimilarTask(task.task_id, task.title, task.status, best[task.task_id]) for task in tasks)
    return Group(rows, tuple(pairs[:_SHOWN]))
