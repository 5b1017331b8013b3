"""The graph port: how tasks hang together. Never asked a question whose answer decides a write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from vespera_core.errors import Unsupported
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.record import record
from vespera_core.ports.capabilities import QUERY

Direction = Literal["prerequisites", "dependents"]
"""Along ``depends_on`` arrows, or against them."""


@record(frozen=True, slots=True)
class Table:
    """Rows of an answer to a question in a query language: plain JSON values under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False


class Graph(ABC):
    """The live tasks and their relations, as a graph. Every method may be called from any thread.

    Every backend gives the same answers to every method but `query`. A backend that keeps files of its own is a
    `Projection` as well, and is then fed by the core. Ids that name no live task are left out of answers.
    """

    @abstractmethod
    def structure(self) -> Structure:
        """Everything, at one position of the log: what analysis starts from."""

    @abstractmethod
    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        """All tasks that these reach along ``depends_on``, with the least number of hops, by hops and then id.

        The starts are not in the answer, not even on a circle. `hops` None means without bound: chains of thousands
        are followed to their end.
        """

    @abstractmethod
    def path(self, source: str, target: str) -> list[str]:
        """A shortest chain of ``depends_on`` from one task to another, both included; empty where there is none.

        Of several equally short ones it is the least, compared id by id from the source on.
        """

    @abstractmethod
    def neighbours(self, task_id: str) -> list[Edge]:
        """Every arrow that starts or ends at a task, sorted."""

    def query(self, text: str, parameters: Mapping[str, Any] | None = None, limit: int = 1000) -> Table:
        """Answer a question in the backend's own language, reading only. Raises Unsupported where it has none."""
        raise Unsupported(
            "This graph back end has no query language.",
            next="Install vespera-kuzu and name it: 'vespera config set graph kuzu'.",
            capability=QUERY, text=text, parameters=dict(parameters or {}), limit=limit,
        )  # fmt: skip

    def close(self) -> None:  # noqa: B027 - a graph without handles has nothing to do
        """Let go of everything; closing twice is fine."""
