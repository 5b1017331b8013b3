"""The vector port: which tasks are like this vector. Rows are re-read from the primary; an index only ranks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vespera_core.model.query import TaskQuery

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix


class Neighbour(NamedTuple):
    """A task near a vector: how like it is (cosine, -1 to 1), and the version of the task whose text was compared."""

    task_id: str
    likeness: float
    version: int


class VectorIndex(ABC):
    """An index of task vectors. Every method may be called from any thread.

    An index that keeps files of its own is a `Projection` as well, and is then fed by the core.
    """

    @abstractmethod
    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Collection[str] | None = None
    ) -> list[Neighbour]:
        """The `limit` tasks nearest to a vector of length 1, best first; equal ones by id.

        Only live tasks that fit the filters of `scope` (its paging and order do not matter) and, where it is given,
        are `among` the ids. An index that cannot apply a filter itself asks for more and leaves out what does not fit,
        or raises Unsupported: the core then asks the exact index.
        """

    @abstractmethod
    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        """The versions at which these tasks are held; those that are not are left out."""

    @abstractmethod
    def count(self) -> int:
        """How many tasks are held."""

    def close(self) -> None:  # noqa: B027 - an index without handles has nothing to do
        """Let go of everything; closing twice is fine."""
