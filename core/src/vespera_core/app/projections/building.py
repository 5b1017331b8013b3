"""Making a generation of an index: filled beside the old one, brought to the end of the log, compared, then live.

A process that dies on the way leaves a folder that nothing points to; the next one to build or tidy up removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from vespera_core.app.projections.crash import crash_point
from vespera_core.app.projections.digest import Comparison, compare
from vespera_core.app.projections.feeder import EngineDown, Feeder
from vespera_core.errors import EngineFault, VesperaError
from vespera_core.ports.projection import Projected, Projection

if TYPE_CHECKING:
    from vespera_core.app.projections.index import Index

Progress = Callable[[int, int], None]
_PAGE: Final = 1_000
_ROUNDS: Final = 3
_TASK_BYTES: Final = 4_000
"""What a task may take in an index, where no generation tells it."""


class _Stopped(Exception):
    """The process is asked to end."""


class Building:
    """One attempt to make a new generation. Holds nothing that a failure would leave behind but the folder."""

    def __init__(self, index: Index, progress: Progress, stop: Callable[[], bool]) -> None:
        self._index = index
        self._progress = progress
        self._stop = stop

    def run(self) -> Feeder | None:
        """A filled generation, level with the log; None where `stop` came first. Raises EngineFault, tidied up."""
        self._check_space()
        number = self._index.reserve()
        try:
            feeder = self._filled(number)
        except _Stopped:
            self._index.drop(number)
            return None
        except BaseException as error:
            self._undone(number, error)
            raise
        return feeder

    def _undone(self, number: int, error: BaseException) -> None:
        """Tidy up after a failure. Where it came of a full disk, that is what is raised: engines say it badly."""
        try:
            if isinstance(error, Exception):
                self._index.place.check_space()
        finally:
            self._index.drop(number)

    def _check_space(self) -> None:
        """While it is made, a generation may need twice what the last one has."""
        place = self._index.place
        made = place.size(self._index.checkpoints.live().generation)
        place.check_space(2 * made or self._index.count() * _TASK_BYTES)

    def _filled(self, number: int) -> Feeder:
        position, projection = self._loaded(number)
        feeder = self._index.feeder(projection, number)
        try:
            self._index.checkpoints.advance(number, position, {})
            self._level(feeder)
        except BaseException:
            projection.close()
            raise
        return feeder

    def _loaded(self, number: int) -> tuple[int, Projection]:
        """Fill the folder in one go; where the engine takes that badly, in batches around what it cannot take."""
        projection = self._index.open_at(number)
        position = self._index.reach()
        try:
            projection.load(self._told(self._index.source.walk(_PAGE)))
            crash_point("loaded")
        except (_Stopped, EngineDown):
            projection.close()
            raise
        except Exception as error:
            projection.close()
            if not _may_be_one_task(error):
                raise _failed(error) from error
            self._index.place.check_space()
            return self._batched(number, position)
        except BaseException:
            projection.close()
            raise
        return position, projection

    def _batched(self, number: int, position: int) -> tuple[int, Projection]:
        self._index.place.remove(number)
        self._index.make(number)
        projection = self._index.open_at(number)
        feeder = self._index.feeder(projection, number)
        ids: list[str] = []
        try:
            for one in self._told(self._index.source.walk(_PAGE)):
                ids.append(one.task.task_id)
                if len(ids) == _PAGE:
                    feeder.mend(ids)
                    ids.clear()
            feeder.mend(ids)
        except BaseException:
            projection.close()
            raise
        return position, projection

    def _told(self, tasks: Iterator[Projected]) -> Iterator[Projected]:
        """The same tasks, told to whoever watches, and ended early where the process is to end."""
        total = self._index.count()
        for number, one in enumerate(tasks):
            if number % 100 == 0:
                if self._stop():
                    raise _Stopped
                self._progress(number, max(total, number))
                crash_point("load")
            yield one
        self._progress(total, total)

    def _level(self, feeder: Feeder) -> None:
        """Follow the log to its end, and mend what differs from the primary."""
        for _ in range(_ROUNDS):
            feeder.catch_up(3600, _PAGE, self._stop)
            if self._stop():
                raise _Stopped
            comparison = self._index.compared(feeder)
            if comparison.equal:
                return
            feeder.mend(comparison.wrong)
        comparison = self._index.compared(feeder)
        if not comparison.equal:
            raise EngineFault(
                f"{self._index.maker} holds other versions than it was given: {_named(comparison)}.",
                next="Report it to the authors of the plugin; answers come from the store meanwhile.",
            )


def _may_be_one_task(error: Exception) -> bool:
    """Whether batches might succeed where one go failed: not where the disk is full."""
    return not isinstance(error, OSError)


def _failed(error: Exception) -> VesperaError:
    if isinstance(error, VesperaError):
        return error
    return EngineFault(
        f"The new index could not be filled: {type(error).__name__}: {error}",
        next="Check the space on the disk, then run 'vespera rebuild'.",
    )


def _named(comparison: Comparison) -> str:
    return ", ".join(comparison.wrong[:5]) + (", ..." if len(comparison.wrong) > 5 else "")


def compared(feeder: Feeder, index: Index) -> Comparison:
    """What a generation holds against the primary, at the position that it has reached."""
    position = index.checkpoints.position(feeder.generation)
    held = feeder.projection.versions()
    wanted, pending = index.source.wanted(position)
    parked = {one: why for one, why in index.checkpoints.parked().items() if wanted.get(one) == why.version}
    return compare(index.key, held, wanted, position, parked, pending)


def removed_orphans(index: Index) -> list[int]:
    """Remove generations that nothing points to; under the index's lock."""
    live = index.checkpoints.live().generation
    gone = [one for one in index.place.generations() if one != live]
    for number in gone:
        index.place.remove(number)
    return gone
