"""One index of this workspace as this process hosts it: its lock, the generation that answers, and who feeds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Condition, RLock
from typing import TYPE_CHECKING, Final

from vespera_core.app.projections.building import Building, Progress, compared, removed_orphans
from vespera_core.app.projections.checkpoints import Checkpoints, Live
from vespera_core.app.projections.crash import crash_point
from vespera_core.app.projections.digest import Comparison
from vespera_core.app.projections.feeder import EngineDown, Feeder
from vespera_core.app.projections.places import Place
from vespera_core.app.projections.source import Source
from vespera_core.errors import EngineFault, VesperaError
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.ports.projection import Projection

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

Opener = Callable[[Path, str, int | None], Projection]
"""Opens the files in a folder, under a name that no other index has; the number is that of the lock's descriptor."""

_GONE: Final = "its folder is gone"
_PATIENCE: Final = 5.0
"""Seconds that the old generation is kept for those who are still asking it."""


class Index:
    """A projection under its lock. Feeding, building and comparing take turns; asking goes on beside them."""

    def __init__(
        self,
        kernel: Kernel,
        workspace: Path,
        kind: str,
        name: str,
        opener: Opener,
        *,
        maker: str,
        model: Callable[[], str],
    ) -> None:
        self.key = f"{kind}/{name}"
        self.kind = kind
        self.name = name
        self.maker = maker
        self.model = model() if kind == "vectors" else None
        self.place = Place(workspace, kind, name)
        self.checkpoints = Checkpoints(kernel.storage, self.key)
        self.source = Source(kernel.storage, self.model)
        self.turn = RLock()
        self.damage = ""
        self.fault = ""
        self._building = False
        self._kernel = kernel
        self._opener = opener
        self._model = model
        self._feeder: Feeder | None = None
        self._asking = Condition()
        self._askers: dict[int, int] = {}

    # ------------------------------------------------------------ opening and closing

    def open(self) -> bool:
        """Take the lock and open the generation that answers; answers whether there is one that can.

        Where there is not, `fault` says why; `damage` is set as well where only a new generation helps. Nobody waits
        here: while another thread has the turn, what is open stays open, and nothing else is opened.
        """
        if self._feeder is None and self.turn.acquire(blocking=False):
            try:
                self._open_if_ours()
            finally:
                self.turn.release()
        return self._feeder is not None

    def _open_if_ours(self) -> None:
        if self._feeder is None:
            if not self.place.lock.take():
                self.fault = "another process holds its lock"
                return
            self.fault = self.damage
            if not self.damage:
                self._open_live()
            if self._feeder is None:
                self.place.lock.free()  # somebody else may want to make it anew

    def outlook(self) -> str:
        """Why this process would not answer from the index now, as far as that shows without opening it."""
        if self._feeder is not None:
            return self.lacking()
        if self.place.lock.is_held_elsewhere:
            return "another process holds its lock"
        return self.damage or self._unfit(self.checkpoints.live()) or self.lacking()

    def lacking(self) -> str:
        """Which tasks are not held since they could not be taken, in words; empty where none are."""
        parked = sorted(self.checkpoints.parked())
        return f"it could not take {', '.join(parked[:3])}{', ...' if len(parked) > 3 else ''}" if parked else ""

    def _open_live(self) -> None:
        live = self.checkpoints.live()
        self.damage = self._unfit(live)
        if not self.damage:
            try:
                projection = self.open_at(live.generation)
                self.damage = self._other_model(live) or _damage_of(projection) or self._gone(live.generation)
                if self.damage:
                    projection.close()
                else:
                    self._feeder = self.feeder(projection, live.generation)
            except Exception as error:
                self.damage = _said(error)
        self.fault = self.damage

    def _unfit(self, live: Live) -> str:
        """Why a generation cannot answer, as far as that shows without opening it."""
        if live.generation == 0:
            return "it has not been built yet"
        if not self.place.is_there(live.generation):
            return _GONE
        if self.kind == "vectors" and (other := self._other_model(live)):
            return other
        return self._stray(self.place.about(live.generation))

    def _other_model(self, live: Live) -> str:
        return "" if live.model == (self.model or "") else f"it was made with the model {live.model or 'none'}"

    def _stray(self, about: dict[str, object]) -> str:
        """Whether the files have seen events that the log does not have: then a backup was restored under them."""
        position, event_id = about.get("position"), about.get("event_id")
        if not isinstance(position, int) or not position:
            return "" if about else "its note is gone"
        with self._kernel.storage.read() as reader:
            row = next(iter(reader.event_rows(EventQuery(seq=position))), None)
        return "" if row is not None and row.event_id == event_id else "it was made from another log"

    def open_at(self, generation: int) -> Projection:
        """Open the files of a generation."""
        projection = self._opener(self.place.folder(generation), self._unique(generation), self.place.lock.descriptor)
        if projection.needs_vectors and self.model is None:
            self.model = self._model()
            self.source = Source(self._kernel.storage, self.model)
        return projection

    def _unique(self, generation: int) -> str:
        place = f"{self.place.root.resolve()}:{generation}"
        return f"vespera-{self.kind}-{sha256(place.encode()).hexdigest()[:16]}"

    def feeder(self, projection: Projection, generation: int) -> Feeder:
        """What feeds a generation."""
        return Feeder(
            projection, generation, self.checkpoints, self.source, lambda log: self._foretell(generation, log),
            self.maker, lambda: self._kernel.observers,
        )  # fmt: skip

    def _foretell(self, generation: int, log: int) -> None:
        """Note, before anything is written to it, up to which event a generation may know things."""
        if log > int(self.place.about(generation).get("position") or 0):
            with self._kernel.storage.read() as reader:
                row = next(iter(reader.event_rows(EventQuery(newest_first=True, limit=1))), None)
            known = {} if row is None else {"position": row.seq, "event_id": row.event_id}
            self.place.note(generation, {"index": self.key, "generation": generation, **known})

    def close(self) -> None:
        """Let go of the engine and the lock; closing twice is fine."""
        with self.turn:
            feeder, self._feeder = self._feeder, None
            if feeder is not None:
                self._wait_for_askers(feeder)
                feeder.projection.close()
            self.place.lock.free()

    def discard(self, why: str) -> None:
        """Answer no more until a new generation is made: this one is damaged."""
        with self.turn:
            feeder, self._feeder = self._feeder, None
            self.damage = self.fault = why
            if feeder is not None:
                feeder.projection.close()

    # ------------------------------------------------------------ asking

    @property
    def is_open(self) -> bool:
        return self._feeder is not None

    @property
    def _fault_said(self) -> str:
        return (self.fault or "it is not open").rstrip(".")

    @contextmanager
    def asked(self) -> Iterator[Projection]:
        """The open engine, which is not closed before the block ends. Raises EngineFault where there is none."""
        with self._asking:
            feeder = self._feeder
            if feeder is None:
                raise EngineFault(f"{self.maker} does not answer: {self._fault_said}.")
            self._askers[id(feeder)] = self._askers.get(id(feeder), 0) + 1
        try:
            self._check_there(feeder)
            yield feeder.projection
        except EngineDown as error:
            self.discard(error.message)
            raise
        finally:
            with self._asking:
                self._askers[id(feeder)] -= 1
                self._asking.notify_all()

    def _wait_for_askers(self, feeder: Feeder) -> None:
        with self._asking:
            self._asking.wait_for(lambda: not self._askers.get(id(feeder)), _PATIENCE)
            self._askers.pop(id(feeder), None)

    # ------------------------------------------------------------ feeding

    def feed(self, seconds: float, size: int, stop: Callable[[], bool] = lambda: False) -> int:
        """Follow the log for at most about `seconds`; answers how many events are still to come. Raises EngineFault."""
        if not self.turn.acquire(timeout=0.0 if self._building else max(0.0, seconds)):
            return max(1, self.behind())
        try:
            if self._feeder is None:
                raise EngineFault(f"{self.maker} is not fed: {self._fault_said}.")
            return self._fed(self._feeder, seconds, size, stop)
        finally:
            self.turn.release()

    def _fed(self, feeder: Feeder, seconds: float, size: int, stop: Callable[[], bool]) -> int:
        try:
            self._check_place(feeder)
            behind = feeder.catch_up(seconds, size, stop)
        except EngineDown as error:
            self.discard(error.message)
            raise
        except EngineFault as error:
            self.fault = error.message
            raise
        self.fault = ""
        return behind

    def _check_place(self, feeder: Feeder) -> None:
        """Raise EngineFault where an engine would write to files that are gone, which some do without a word."""
        self._check_there(feeder)
        self.place.check_space()

    def _check_there(self, feeder: Feeder) -> None:
        if gone := self._gone(feeder.generation):
            raise EngineDown(f"{self.maker} cannot go on: {gone}.")

    def _gone(self, generation: int) -> str:
        return "" if self.place.is_there(generation) else _GONE

    def behind(self) -> int:
        """How many events of the log the answering generation has not seen, all of them where there is none."""
        live = self.checkpoints.live()
        position = self.checkpoints.position(live.generation) if live.generation else 0
        with self._kernel.storage.read() as reader:
            return max(0, reader.position() - position)

    def lag(self) -> int:
        """The same, of those events that could be fed now: vectors may have to be made first."""
        live = self.checkpoints.live()
        position = self.checkpoints.position(live.generation) if live.generation else 0
        return max(0, self.reach() - position)

    def reach(self) -> int:
        """How far along the log a projection may be now."""
        with self._kernel.storage.read() as reader:
            return self.source.reach(reader)

    def count(self) -> int:
        """How many live tasks there are."""
        with self._kernel.storage.read() as reader:
            return reader.select(TaskQuery(limit=1)).total

    # ------------------------------------------------------------ comparing, mending, building

    def compare(self) -> Comparison:
        """What is held against what should be. Raises EngineFault; files that cannot say it are damaged."""
        with self.turn:
            if self._feeder is None:
                raise EngineFault(f"{self.maker} cannot be compared: {self._fault_said}.")
            try:
                return compared(self._feeder, self)
            except VesperaError as error:
                self.discard(error.message)
                raise
            except Exception as error:
                self.discard(_said(error))
                raise EngineFault(f"{self.maker} cannot say what it holds: {_said(error)}") from error

    def compared(self, feeder: Feeder) -> Comparison:
        """The same, of a generation in the making."""
        return compared(feeder, self)

    def mend(self) -> Comparison:
        """Apply anew what differs from the primary, and what was parked; answers what is left.

        Folders that nothing points to go as well.
        """
        with self.turn:
            removed_orphans(self)
            comparison = self.compare()
            if self._feeder is not None and (wrong := [*comparison.wrong, *self.checkpoints.parked()]):
                self._feeder.mend(wrong)
                return self.compare()
            return comparison

    def rebuild(self, progress: Progress = lambda _done, _total: None, stop: Callable[[], bool] = lambda: False) -> int:
        """Make a new generation and let it answer; the old one answers until then, and stays where this fails.

        Answers the number of the generation, 0 where `stop` came first. Raises EngineFault.
        """
        with self.turn:
            if not self.place.lock.take():
                raise EngineFault(f"{self.maker} is in the hands of another process.", next="Repeat it in a moment.")
            self._building = True
            try:
                removed_orphans(self)
                fresh = Building(self, progress, stop).run()
                if fresh is None:
                    return 0
                self._flip(fresh)
                with suppress(EngineFault):  # it stays parked, and is told
                    fresh.mend([*self.checkpoints.parked()])
                return fresh.generation
            finally:
                self._building = False

    def _flip(self, fresh: Feeder) -> None:
        before = self.checkpoints.live()
        crash_point("before-flip")
        live = Live(generation=fresh.generation, made=before.made, model=self.model or "", maker=self.maker)
        try:
            self.checkpoints.set_live(live, [before.generation] if before.generation else [])
        except BaseException:
            fresh.projection.close()
            raise
        crash_point("after-flip")
        old, self._feeder = self._feeder, fresh
        self.damage = self.fault = ""
        if old is not None:
            self._wait_for_askers(old)
            old.projection.close()
        crash_point("before-delete")
        if before.generation and not self.place.about(before.generation):
            self.place.note(before.generation, {"index": self.key, "generation": before.generation})
        removed_orphans(self)
        crash_point("after-delete")

    def reserve(self) -> int:
        """A number for a new generation, never given before, with its empty folder."""
        live = self.checkpoints.live()
        number = self.place.free_number(max(live.made, live.generation, *self.place.generations(), 0))
        values = {name: getattr(live, name) for name in Live.__dataclass_fields__}
        self.checkpoints.set_live(Live(**{**values, "made": number}))
        self.make(number)
        return number

    def make(self, generation: int) -> None:
        """Make the empty folder of a generation."""
        self.place.make(generation, {"index": self.key, "generation": generation, "position": 0})

    def drop(self, generation: int) -> None:
        """Remove a generation that never answered."""
        self.place.remove(generation)
        live = self.checkpoints.live()
        self.checkpoints.set_live(live, [generation])


def _damage_of(projection: Projection) -> str:
    found = [one.message for one in projection.check() if one.severity == "damage"]
    if not found:
        projection.versions()
    return "; ".join(found[:3])


def _said(error: Exception) -> str:
    return error.message if isinstance(error, VesperaError) else f"{type(error).__name__}: {error}"[:500]
