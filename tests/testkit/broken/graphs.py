"""Broken graphs: the core's own graph in memory, and heirs of it with one mistake each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from testkit.broken.naming import name_of
from vespera_core.builtin.graph.memory import MemoryGraph
from vespera_core.model.graph import Edge, Structure
from vespera_core.ports.capabilities import DIRECT, QUERY
from vespera_core.ports.graph import Direction, Graph, Table
from vespera_core.ports.provider import OpenContext, Provider


class Sound(MemoryGraph):
    """As it ships."""

    claims: ClassVar[frozenset[str]] = frozenset({DIRECT})


class LosesAnEdge(Sound):
    """Of several arrows of a task the last is not there."""

    def neighbours(self, task_id: str) -> list[Edge]:
        found = super().neighbours(task_id)
        return found[:-1] if len(found) > 2 else found


class StopsAfterThirtyHops(Sound):
    """Chains are followed so far and no further."""

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        return super().reach(ids, direction, min(hops or 30, 30))


class FindsItself(Sound):
    """The starts are among what they reach."""

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        return {**dict.fromkeys(ids, 0), **super().reach(ids, direction, hops)}


class WalksBackwards(Sound):
    """A path comes from its end."""

    def path(self, source: str, target: str) -> list[str]:
        return super().path(source, target)[::-1]


class RemembersTheFirstAnswer(Sound):
    """What was asked once is never read again."""

    def structure(self) -> Structure:
        if "_first" not in vars(self):
            self._first = super().structure()
        return self._first


class HasNoOrder(Sound):
    """Arrows come as they come."""

    def structure(self) -> Structure:
        found = super().structure()
        return replace(found, edges=found.edges[::-1])


class AnswersInSecret(Sound):
    """Has a language of its own and does not say so."""

    def query(self, text: str, parameters: Mapping[str, Any] | None = None, limit: int = 1000) -> Table:
        return Table(("answer",), (("yes",),))


class PromisesALanguage(Sound):
    """Says that it answers questions, and answers none."""

    claims = frozenset({DIRECT, QUERY})


def opened(broken: type[Sound], _settings: dict[str, Any], context: OpenContext) -> Graph:
    """A graph on the primary store."""
    assert context.storage is not None
    return broken(context.storage)


def providers() -> Iterator[Provider[Graph]]:
    """Each with the capabilities that it claims."""
    for broken in (
        Sound, LosesAnEdge, StopsAfterThirtyHops, FindsItself, WalksBackwards, RemembersTheFirstAnswer, HasNoOrder,
        AnswersInSecret, PromisesALanguage,
    ):  # fmt: skip
        yield Provider(
            name=name_of(broken),
            summary=(broken.__doc__ or "").partition("\n")[0],
            open=partial(opened, broken),
            capabilities=broken.claims,
        )
