"""Broken executors: the core's own, heirs of it with one mistake each, and some that never had a supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

from testkit.broken.naming import name_of
from vespera_core.builtin.executors.command import SETTINGS, CommandExecutor
from vespera_core.ports.capabilities import COMMANDS
from vespera_core.ports.executor import Execution as Running
from vespera_core.ports.executor import Executor, Outcome, Work
from vespera_core.ports.provider import OpenContext, Provider

Ended = Callable[[], None]


class Sound(CommandExecutor):
    """As it ships."""

    claims: ClassVar[frozenset[str]] = frozenset({COMMANDS})

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__({**settings, "grace": 0.3})


class TellsTwice(Sound):
    """Whoever waits is told twice."""

    def start(self, work: Work, ended: Ended) -> Running:
        return super().start(work, lambda: (ended(), ended())[0])


class TellsNobody(Sound):
    """Whoever waits is told nothing."""

    def start(self, work: Work, _ended: Ended) -> Running:
        return super().start(work, lambda: None)


class HasNoLease(Sound):
    """How long it may go on is nothing to it."""

    def start(self, work: Work, ended: Ended) -> Running:
        return super().start(replace(work, until=float("inf")), ended)


class KeepsNoLock(Sound):
    """Two work for one task at a time."""

    def start(self, work: Work, ended: Ended) -> Running:
        return super().start(replace(work, lock=None), ended)


class AsksAShell(Sound):
    """A command is one line of text."""

    def start(self, work: Work, ended: Ended) -> Running:
        line = " ".join(("exec", *work.command[:2], f"'{work.command[2]}'", *work.command[3:]))
        return super().start(replace(work, command=("sh", "-c", line)), ended)


class LosesItsVariables(Sound):
    """A command hears of no task."""

    def start(self, work: Work, ended: Ended) -> Running:
        return super().start(replace(work, environment={}), ended)


class StaysWhereItIs(Sound):
    """A command works where the worker happens to be."""

    def start(self, work: Work, ended: Ended) -> Running:
        return super().start(replace(work, folder=Path(tempfile.gettempdir())), ended)


class HasNoLimit(Sound):
    """A time limit is a lease."""

    def start(self, work: Work, ended: Ended) -> Running:
        until = work.until if work.time_limit is None else 0.0
        return super().start(replace(work, time_limit=None, until=until), ended)


class KeepsTheWholeFlood(Sound):
    """All output is kept."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__({**settings, "output_bytes": 1 << 40})


class ChecksByAccident(Sound):
    """A command that cannot be run is whatever Python makes of it."""

    def check(self, command: tuple[str, ...], folder: Path) -> None:
        (folder / command[0]).read_bytes()


class Passed(Running):
    """What goes on, seen through somebody else."""

    def __init__(self, inner: Running) -> None:
        self.inner = inner

    def outcome(self, seconds: float = 0.0) -> Outcome | None:
        found = self.inner.outcome(seconds)
        return found if found is None else self.seen(found)

    def seen(self, outcome: Outcome) -> Outcome:
        """How it ended, told again."""
        return outcome

    def renew(self, until: float) -> None:
        self.inner.renew(until)

    def stop(self) -> None:
        self.inner.stop()

    def kill(self) -> None:
        self.inner.kill()


class Passing(Sound):
    """Passes on what the core's own answers."""

    Execution: ClassVar[type[Passed]] = Passed

    def start(self, work: Work, ended: Ended) -> Running:
        return self.Execution(super().start(work, ended))


class LosesTheExitCode(Passing):
    """Every end is a good one."""

    class Execution(Passed):
        def seen(self, outcome: Outcome) -> Outcome:
            return replace(outcome, exit_code=0)


class TakesSignalsForCodes(Passing):
    """Who was killed has ended by 128 and more."""

    class Execution(Passed):
        def seen(self, outcome: Outcome) -> Outcome:
            return outcome if outcome.signal is None else replace(outcome, signal=None, exit_code=128 + outcome.signal)


class EndsTooSoon(Passing):
    """There is an outcome before there is one."""

    class Execution(Passed):
        def outcome(self, seconds: float = 0.0) -> Outcome | None:
            return super().outcome(seconds) or Outcome()


class LosesWhatWasSaid(Passing):
    """Output goes nowhere."""

    class Execution(Passed):
        def seen(self, outcome: Outcome) -> Outcome:
            return replace(outcome, output="")


class ShowsBytesAsTheyAre(Passing):
    """Text holds what no store takes."""

    class Execution(Passed):
        def seen(self, outcome: Outcome) -> Outcome:
            return replace(outcome, output=outcome.output.replace("\ufffd", "\x00"))


class KillsAtOnce(Passing):
    """Nobody is asked to end."""

    class Execution(Passed):
        def stop(self) -> None:
            self.inner.kill()


class AsksForEver(Sound):
    """Who does not listen is not killed."""

    def __init__(self, settings: dict[str, Any]) -> None:
        CommandExecutor.__init__(self, {**settings, "grace": 600.0})


class Child(Running):
    """A command that nobody watches but this process, and of which only the first process is known."""

    def __init__(self, work: Work, ended: Ended) -> None:
        self.process = subprocess.Popen(work.command, cwd=work.folder, env=work.environment, stdout=subprocess.PIPE)
        Thread(target=lambda: (self.process.wait(), ended()), daemon=True).start()

    def outcome(self, seconds: float = 0.0) -> Outcome | None:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return Outcome(exit_code=code) if code >= 0 else Outcome(signal=-code, reason="It was ended.")

    def renew(self, until: float) -> None:
        """It goes on anyway."""

    def stop(self) -> None:
        self.process.terminate()

    def kill(self) -> None:
        self.process.kill()


class LeavesGrandchildrenBehind(Executor):
    """Ends the command that it started, and nothing else."""

    claims = frozenset({COMMANDS})

    def __init__(self, settings: dict[str, Any]) -> None:
        """Nothing can be set."""

    def start(self, work: Work, ended: Ended) -> Running | None:
        return Child(work, ended)


class PromisesToRun(LeavesGrandchildrenBehind):
    """Says that it runs commands, and runs none."""

    def start(self, work: Work, _ended: Ended) -> Running | None:
        return None


class RunsInSecret(LeavesGrandchildrenBehind):
    """Runs something, and does not say so."""

    claims = frozenset()

    def start(self, work: Work, ended: Ended) -> Running | None:
        return Child(replace(work, command=("true",)), ended)


class WritesABriefing(PromisesToRun):
    """Leaves the work to the agent, and a file in the agent's way."""

    claims = frozenset()

    def start(self, work: Work, ended: Ended) -> Running | None:
        (work.folder / "BRIEFING").write_text(work.title)
        return super().start(work, ended)


class Hands(PromisesToRun):
    """Leaves the work to the agent: a sound one of those that run nothing."""

    claims = frozenset()


def opened(broken: type[Any], settings: dict[str, Any], _context: OpenContext) -> Executor:
    """An executor."""
    made: Executor = broken(settings)
    return made


def providers() -> Iterator[Provider[Executor]]:
    """Each with the capabilities that it claims."""
    for broken in _family(Sound) + _family(LeavesGrandchildrenBehind):
        yield Provider(
            name=name_of(broken),
            summary=(broken.__doc__ or "").partition("\n")[0],
            open=partial(opened, broken),
            settings=SETTINGS,
            capabilities=broken.claims,
        )


def _family(broken: type[Any]) -> list[type[Any]]:
    return [broken, *(one for heir in broken.__subclasses__() for one in _family(heir))]


def ended_for_good(folder: Path) -> None:
    """End what broken executors left behind: every process that works in this folder."""
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if place.resolve().is_relative_to(folder):
                os.kill(int(place.parent.name), signal.SIGKILL)
