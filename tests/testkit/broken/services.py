"""Broken services: a small sound one that marks tasks as seen, and heirs of it with one mistake each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar

from testkit.broken.naming import name_of
from vespera_core.app.requests import AddComment, UpdateTasks
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.ports.access import Caller
from vespera_core.ports.service import Report, Service, ServiceProvider

CALLER = Caller(actor="vespera", origin="worker")


class Sound(Service):
    """Puts a tag on every task that waits, a few at a time."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 60.0, "most": 20}

    def run(self, stop: Callable[[], bool]) -> Report:
        waiting = self.unseen()
        done = 0
        for one in waiting[: self.settings["most"]]:
            if stop():
                break
            self.mark(one)
            done += 1
        return Report(done=done, text=f"saw {done} tasks", lag=len(waiting) - done, again=done < len(waiting))

    def unseen(self) -> list[str]:
        """The tasks that have no tag yet."""
        with self.ledger.storage.read() as reader:
            found = reader.select(TaskQuery(statuses=("pending",), limit=0)).items
        return [one.task_id for one in found if "seen" not in one.tags]

    def mark(self, task_id: str) -> None:
        """Put the tag on."""
        self.ledger.run("task.update", UpdateTasks(task_ids=(task_id,), add_tags=("seen",)), CALLER)

    def pulse(self) -> object:
        with self.ledger.storage.read() as reader:
            return reader.position()


class WaitsForANo(Sound):
    """Runs on for as long as it is told to stop."""

    def run(self, stop: Callable[[], bool]) -> Report:
        while stop():
            time.sleep(0.05)
        return super().run(stop)


class FailsWhenItIsStopped(Sound):
    """Ends by an exception when it is told to stop."""

    def run(self, stop: Callable[[], bool]) -> Report:
        if stop():
            raise InterruptedError
        return super().run(stop)


class WritesEachTime(Sound):
    """Leaves a word in the ledger at each run, with or without work."""

    def run(self, stop: Callable[[], bool]) -> Report:
        self.ledger.run("task.comment", AddComment(task_id="t-02", text="I was here."), CALLER)
        return super().run(stop)


class ReportsNothing(Sound):
    """Answers None."""

    def run(self, stop: Callable[[], bool]) -> Report:
        super().run(stop)
        return None  # type: ignore[return-value]


class CountsBackwards(Sound):
    """Is further than the ledger."""

    def run(self, stop: Callable[[], bool]) -> Report:
        return Report(lag=-super().run(stop).done)


class NeverHasEnough(Sound):
    """Asks for the next run at once, whatever there is to do."""

    def run(self, stop: Callable[[], bool]) -> Report:
        return Report(done=super().run(stop).done, again=True)


class NeedsATask(Sound):
    """An empty ledger is a fault."""

    def unseen(self) -> list[str]:
        with self.ledger.storage.read() as reader:
            assert reader.select(TaskQuery(limit=1)).items[0]
        return super().unseen()


class KeepsItsPlaceToItself(Sound):
    """What it has done is known to this process alone, and the next one does it again."""

    def __init__(self, *made: Any) -> None:
        super().__init__(*made)
        self._marked: set[str] = set()

    def unseen(self) -> list[str]:
        with self.ledger.storage.read() as reader:
            return [one for one in reader.ids(TaskQuery(statuses=("pending",), limit=0)) if one not in self._marked]

    def mark(self, task_id: str) -> None:
        self.ledger.run("task.comment", AddComment(task_id=task_id, text="Seen."), CALLER)
        self._marked.add(task_id)


class HasARestlessPulse(Sound):
    """Its pulse is another one each time."""

    _beats = count()

    def pulse(self) -> object:
        return next(self._beats)


class HasADearPulse(Sound):
    """Reads the whole ledger again and again to see whether there is work."""

    def pulse(self) -> object:
        with self.ledger.storage.read() as reader:
            return sum(len(list(reader.events(EventQuery()))) for _ in range(50))


class SwallowsItsFaults(Sound):
    """Says that it has done something when nothing could be done."""

    def run(self, stop: Callable[[], bool]) -> Report:
        try:
            return super().run(stop)
        except Exception:
            return Report(done=1, text="all is well")


class ClosesOnce(Sound):
    """Closed for the second time, it fails."""

    def close(self) -> None:
        vars(self).pop("ledger")


class RestsForNobodyKnowsHowLong(Sound):
    """Its interval is no number."""

    defaults: ClassVar[dict[str, Any]] = {"interval": None, "most": 20}


class WillNotGo(Sound):
    """Closing it fails."""

    def close(self) -> None:
        raise RuntimeError("It will not go.")


def is_a_function() -> Report:
    """No service at all."""
    return Report()


def services() -> Iterator[ServiceProvider]:
    """Each under its own name."""
    for broken in (Sound, *Sound.__subclasses__()):
        name = name_of(broken)
        yield ServiceProvider(name=name, summary=broken.__doc__ or "", service=f"{__name__}:{broken.__name__}")
    yield ServiceProvider(name="is-a-function", summary="Is no class.", service=f"{__name__}:is_a_function")
