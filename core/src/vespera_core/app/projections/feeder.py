"""Feeding a projection along the log: in batches, repeated until they are in, around what cannot be taken.

The order is what makes a crash harmless: the batch is applied, durably, and only then does the checkpoint in the
primary move. Whatever happens in between, the same batch comes again, with the same result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Final

from vespera_core.app.observing import observed
from vespera_core.app.projections.checkpoints import Checkpoints, Parked
from vespera_core.app.projections.crash import crash_point
from vespera_core.app.projections.source import Source
from vespera_core.errors import EngineFault, VesperaError
from vespera_core.ports.observer import Activity, Observer
from vespera_core.ports.projection import Gone, Projected, Projection

TRIES: Final = 5
_PAUSE: Final = 0.05
"""Seconds before the second try of a batch; each further pause is twice as long."""


class EngineDown(EngineFault):
    """The engine does not answer any more; trying again now would not help."""

    code = "engine_down"


class Feeder:
    """Feeds one generation of a projection. Used by one thread at a time, under the projection's lock."""

    def __init__(
        self, projection: Projection, generation: int, checkpoints: Checkpoints, source: Source,
        before: Callable[[int], None], maker: str, observers: Callable[[], Collection[Observer]] = tuple,
    ) -> None:  # fmt: skip
        self.projection = projection
        self.generation = generation
        self._checkpoints = checkpoints
        self._source = source
        self._before = before
        self._maker = maker
        self._observers = observers

    def step(self, size: int, stop: Callable[[], bool] = lambda: False) -> int:
        """One batch of up to `size` events; answers how many events are still to come. Raises EngineFault."""
        start = self._checkpoints.position(self.generation)
        observers = self._observers()
        changes = self._source.changes(start, size, traced=bool(observers))
        if changes.position > start:
            activity = Activity(kind="projection", name=self._checkpoints.key, causes=changes.causes)
            observed(
                observers, activity,
                lambda _: self._take(changes.tasks, changes.gone, changes.position, changes.log, stop),
            )  # fmt: skip
        return changes.log - changes.position

    def catch_up(self, seconds: float, size: int, stop: Callable[[], bool] = lambda: False) -> int:
        """Batches until there is nothing more that could be fed, or `seconds` are over; answers as `step`."""
        deadline = time.monotonic() + seconds
        while True:
            before = self._checkpoints.position(self.generation)
            behind = self.step(size, stop)
            level = behind == 0 or self._checkpoints.position(self.generation) == before
            if level or stop() or time.monotonic() >= deadline:
                return behind

    def mend(self, ids: Sequence[str], size: int = 500) -> None:
        """Apply tasks anew as they stand now, parked ones too; the checkpoint stays."""
        position = self._checkpoints.position(self.generation)
        for start in range(0, len(ids), size):
            tasks, gone = self._source.some(ids[start : start + size])
            self._take(tasks, gone, position, position, lambda: False, again=True)

    def _take(
        self, tasks: list[Projected], gone: list[Gone], position: int, log: int, stop: Callable[[], bool],
        *, again: bool = False,
    ) -> None:  # fmt: skip
        parked = self._checkpoints.parked()
        if not again:
            tasks = [one for one in tasks if not _is_parked(parked, one)]
        self._before(log)
        crash_point("before-apply")
        failed = self._applied(tasks, gone, stop)
        crash_point("after-apply")
        settled = [one.task.task_id for one in tasks] + [one.task_id for one in gone]
        notes: dict[str, Parked | None] = {one: None for one in settled if one in parked}
        crash_point("before-checkpoint")
        self._checkpoints.advance(self.generation, position, notes | failed)
        crash_point("after-checkpoint")

    def _applied(self, tasks: list[Projected], gone: list[Gone], stop: Callable[[], bool]) -> dict[str, Parked]:
        """Apply a batch; answers the tasks that could not be taken. Raises EngineFault where nothing can."""
        if not (tasks or gone):
            return {}
        for attempt in range(TRIES):
            try:
                self.projection.apply(tasks, gone)
            except EngineDown:
                raise
            except Exception as error:
                if attempt == TRIES - 1 or stop():
                    return self._one_by_one(tasks, gone, error)
                time.sleep(_PAUSE * 2**attempt)
            else:
                return {}
        return {}

    def _one_by_one(self, tasks: list[Projected], gone: list[Gone], error: Exception) -> dict[str, Parked]:
        failed: dict[str, Parked] = {}
        singles: list[tuple[list[Projected], list[Gone]]] = [([one], []) for one in tasks]
        for held, dropped in singles + [([], [one]) for one in gone]:
            try:
                self.projection.apply(held, dropped)
            except EngineDown:
                raise
            except Exception as fault:
                failed.update(_parked(held, dropped, fault))
        if len(failed) == len(tasks) + len(gone) > 1:
            raise self._broken(error) from error
        return failed

    def _broken(self, error: Exception) -> EngineFault:
        said = error.message if isinstance(error, VesperaError) else f"{type(error).__name__}: {error}"
        return EngineFault(f"{self._maker} cannot take anything: {said[:500]}", maker=self._maker)


def _is_parked(parked: dict[str, Parked], one: Projected) -> bool:
    kept = parked.get(one.task.task_id)
    return kept is not None and kept.version >= one.task.version


def _parked(tasks: list[Projected], gone: list[Gone], error: Exception) -> dict[str, Parked]:
    why = f"{type(error).__name__}: {error}"[:500]
    found = [(one.task.task_id, one.task.version) for one in tasks] + [(one.task_id, one.version) for one in gone]
    return {task_id: Parked(min(version, 1 << 53), TRIES + 1, why) for task_id, version in found}
