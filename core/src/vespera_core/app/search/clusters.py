"""Clusters: tasks grouped by what they are about, each group with the terms that set it apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from vespera_core.app.answers import SimilarTask
from vespera_core.app.search.answers import ClusterAnswer, TaskCluster
from vespera_core.app.search.channels import caught_up
from vespera_core.app.search.kmeans import Grouping, chosen, grouped
from vespera_core.app.search.matrices import Vectors, check_size, read_vectors
from vespera_core.app.search.requests import Cluster
from vespera_core.app.search.words import stem, vocabulary
from vespera_core.app.session import Session
from vespera_core.errors import InvalidInput
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.embedder import Matrix

MOST: Final = 100
TERMS: Final = 5
TYPICAL: Final = 3
_READ: Final = 300
_COUNTED: Final = 500
"""Tasks of a group whose words are counted: an even sample of larger ones."""


def cluster(kernel: Kernel, request: Cluster, caller: Caller) -> ClusterAnswer:
    """Group tasks by the direction of their vectors."""
    count = _checked(request.count)
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        project = None if request.project_id is None else (session.project(request.project_id).project_id,)
    standing = caught_up(kernel)
    with kernel.storage.read() as reader:
        scope = TaskQuery(projects=project, open=request.open)
        vectors = check_size(read_vectors(reader, kernel.engines.embedder(), scope), "group")
        tasks = reader.tasks(vectors.ids)
    vectors = vectors.of(list(tasks))
    if not vectors.ids:
        return ClusterAnswer((), 0.0, 0, standing.behind)
    grouping = chosen(vectors.matrix) if count == 0 else grouped(vectors.matrix, count)
    return ClusterAnswer(_shown(vectors, grouping, tasks), grouping.quality, len(vectors.ids), standing.behind)


def _checked(count: object) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST:
        raise InvalidInput(f"count must be a whole number up to {MOST}, or 0 for as many as fit.", field="count")
    return count


def _shown(vectors: Vectors, grouping: Grouping, tasks: dict[str, Task]) -> tuple[TaskCluster, ...]:
    groups = [np.flatnonzero(grouping.labels == number) for number in range(len(grouping.centres))]
    members = [[tasks[vectors.ids[row]] for row in rows] for rows in groups]
    found = [
        _cluster(terms, group, vectors.matrix[rows] @ centre)
        for terms, group, rows, centre in zip(distinctive(members), members, groups, grouping.centres, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-one.size, one.label, one.task_ids[0])))


def _cluster(terms: tuple[str, ...], members: Sequence[Task], nearness: Matrix) -> TaskCluster:
    order = np.lexsort((np.arange(len(members)), -np.round(nearness, 6)))
    typical = tuple(
        SimilarTask(members[at].task_id, members[at].title, members[at].status, round(float(nearness[at]), 4))
        for at in order[:TYPICAL]
    )
    return TaskCluster(
        label=" ".join(terms[:3]) or "other",
        terms=terms,
        size=len(members),
        open=sum(task.closed_at is None for task in members),
        typical=typical,
        task_ids=tuple(members[at].task_id for at in order),
    )


def distinctive(groups: Sequence[Sequence[Task]]) -> list[tuple[str, ...]]:
    """The terms that set each group apart, by class-based TF-IDF (Grootendorst, "BERTopic", 2022).

    A term counts once a task; forms of a word count together, and the most frequent form is shown.
    """
    counts: list[Counter[str]] = []
    forms: dict[str, Counter[str]] = {}
    for group in groups:
        counts.append(Counter())
        for task in group[:: 1 + len(group) // _COUNTED]:
            words = vocabulary(f"{task.title} {task.description[:_READ]}")
            counts[-1].update({stem(word) for word in words})
            for word in words:
                forms.setdefault(stem(word), Counter())[word] += 1
    everywhere = sum(counts, Counter[str]())
    average = sum(everywhere.values()) / max(len(groups), 1)
    shown = {root: min(found, key=lambda word: (-found[word], word)) for root, found in forms.items()}
    return [_heaviest(count, everywhere, average, shown) for count in counts]


def _heaviest(count: Counter[str], everywhere: Counter[str], average: float, shown: dict[str, str]) -> tuple[str, ...]:
    total = max(sum(count.values()), 1)
    weight = {root: n / total * float(np.log1p(average / everywhere[root])) for root, n in count.items() if n > 1}
    return tuple(shown[root] for root in sorted(weight, key=lambda root: (-weight[root], root))[:TERMS])
