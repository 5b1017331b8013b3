"""The two channels of search: what the words say, and what the meaning says, each on a scale of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from vespera_core.app.search.state import setting, state_of
from vespera_core.errors import EmbedderFault, EngineFault, Unsupported, VesperaError
from vespera_core.model.query import TaskQuery
from vespera_core.ports.storage import Reader
from vespera_core.ports.vectors import Neighbour

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.standing import Standing
    from vespera_core.ports.embedder import Matrix

READ: Final = 4_000
"""Characters of a query whose meaning is looked at."""


class Shares(NamedTuple):
    """How much of a query's words tasks have, from 0 to 1; and the words that no task has."""

    by_task: dict[str, float]
    unknown: tuple[str, ...]


def word_shares(reader: Reader, terms: Sequence[str], scope: TaskQuery, limit: int) -> Shares:
    """The share that each task has of the score of an ideal one, which fits each word as well as the best task does.

    So the scale does not depend on the store's way of scoring, nor on how good the best answer is: a task that has the
    only rare word of a query stands near 1, one that has a frequent word of ten near 0. A word that no task has counts
    like the rarest that one has.
    """
    scores = reader.text_scores(terms, replace(scope, limit=limit)) if terms else []
    if not scores:
        return Shares({}, tuple(terms))
    best = {term: _best(reader, term, scope) for term in terms}
    rarest = max(best.values()) or scores[0].score
    ideal = sum(score or rarest for score in best.values())
    shares = {one.task_id: min(1.0, one.score / ideal) for one in scores}
    return Shares(shares, tuple(term for term, score in best.items() if not score))


def _best(reader: Reader, term: str, scope: TaskQuery) -> float:
    found = reader.text_scores((term,), replace(scope, limit=1))
    return found[0].score if found else 0.0


def caught_up(kernel: Kernel) -> Standing:
    """Bring the vectors up to the log for a moment. Raises EmbedderFault or PluginFault where there is no model."""
    wait = setting(kernel, "wait_seconds")
    try:
        kernel.engines.embedder()
        return kernel.engines.catch_up(wait)
    except VesperaError:
        raise
    except Exception as error:
        raise _failed(error) from error


def _failed(error: Exception) -> EmbedderFault:
    return EmbedderFault(f"The model failed: {type(error).__name__}: {error}")


def vector_of(kernel: Kernel, text: str) -> Matrix:
    """The vector of a query; zeros where the model recognises nothing in it. Raises as `engines.embedder` does."""
    embedder = kernel.engines.embedder()
    text = text[:READ]

    def embedded() -> Matrix:
        try:
            row: Matrix = embedder.embed([text])[0]
        except VesperaError:
            raise
        except Exception as error:
            raise _failed(error) from error
        return row

    vector: Matrix = state_of(kernel).vectors.get(0, embedder.model_id, text, embedded)
    return vector


def nearest(
    kernel: Kernel, vector: Matrix, limit: int, scope: TaskQuery | None, among: Collection[str] | None = None
) -> list[Neighbour]:
    """The nearest tasks, from the index that answers here, or from the exact one where that cannot."""
    if not vector.any():
        return []
    if among is not None:
        return kernel.engines.exact().nearest(vector, limit, scope, among)
    try:
        return kernel.engines.vectors().nearest(vector, limit, scope)
    except (EngineFault, Unsupported):
        return kernel.engines.exact().nearest(vector, limit, scope)
