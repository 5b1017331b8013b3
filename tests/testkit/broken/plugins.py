"""Broken plugins: a small sound one, and heirs of it with one mistake each. Each is installed by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import click

from testkit.broken.naming import name_of
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.operation import Operation
from vespera_core.ports.provider import Provider

HERE = __name__


def opened(_settings: object, _context: object) -> object:
    """Opens nothing: what is offered here is only looked at."""
    return object()


@dataclass(frozen=True)
class Asked:
    """What is asked."""

    text: str = ""


@dataclass(frozen=True)
class Told:
    """What is answered."""

    text: str


@dataclass(frozen=True)
class Raw:
    """What JSON has no word for."""

    data: bytes


def handle(_session: object, request: Asked) -> Told:
    """The operation."""
    return Told(request.text)


def forgetful(_session: object) -> Told:
    """A handler that does not take what is asked."""
    return Told("")


class Sound:
    """Offers an executor, an operation and a command."""

    requires: ClassVar[str] = "Requires-Dist: vespera-core>=0.1,<0.2"
    version: ClassVar[str] = "1.0"
    offered: ClassVar[dict[str, Any]] = {}
    done: ClassVar[dict[str, Any]] = {}
    command: ClassVar[str] = "say"

    @property
    def name(self) -> str:
        """The name of what is offered."""
        return name_of(type(self))

    @hookimpl
    def vespera_executors(self) -> Any:
        return Provider(**{"name": self.name, "summary": "Runs.", "open": opened, **self.offered})

    @hookimpl
    def vespera_operations(self) -> Iterable[Operation]:
        usual = {
            "name": "saying.say", "summary": "Say it.", "input": f"{HERE}:Asked", "output": f"{HERE}:Told",
            "handler": f"{HERE}:handle", "action": "saying.read", "kind": "read",
        }  # fmt: skip
        return [Operation(**{**usual, **self.done})]

    @hookimpl
    def vespera_register_commands(self, cli: click.Group) -> None:
        cli.add_command(click.Command(self.command, help="Say it."))


class RequiresNoCore(Sound):
    """Nothing is said of the core."""

    requires = ""


class HasNoEnd(Sound):
    """Every later core would load it."""

    requires = "Requires-Dist: vespera-core>=0.1"


class IsOfNoVersion(Sound):
    """Its version cannot be compared."""

    version = "latest"


class CannotBeImported(Sound):
    """What it needs is not there."""


class HasAnotherSignature(Sound):
    """A hook asks for what it is not given."""

    @hookimpl
    def vespera_task_document(self, assignment: object) -> str:
        return str(assignment)


class ForgetsTheMark(Sound):
    """A function looks like a hook, and is never called."""

    def vespera_startup(self) -> None:
        """Nobody calls it."""


class LoadsItsEngineAtOnce(Sound):
    """Importing it imports what is heavy."""


class LoadsItsEngineToDescribe(Sound):
    """Saying what it offers imports what is heavy."""

    @hookimpl
    def vespera_executors(self) -> Any:
        import sqlalchemy

        return Provider(name=self.name, summary=sqlalchemy.__name__, open=opened)


class RaisesWhenItIsAsked(Sound):
    """A hook fails instead of answering."""

    @hookimpl
    def vespera_executors(self) -> Any:
        raise OSError("no server")


class OffersAnotherKind(Sound):
    """A hook answers what it does not collect."""

    @hookimpl
    def vespera_executors(self) -> Any:
        return Operation(
            name=self.name, summary="Say it.", input="", output="", handler="", action="saying.read", kind="read"
        )


class ChangesItsMind(Sound):
    """Asked again, it offers something else."""

    _numbers = count()

    @property
    def name(self) -> str:
        return f"changes-{next(self._numbers)}"


class HasASpaceInItsName(Sound):
    """No configuration can name what it offers."""

    offered: ClassVar[dict[str, Any]] = {"name": "has space"}


class OffersTwoAlike(Sound):
    """Two of a kind have one name."""

    @hookimpl
    def vespera_executors(self) -> Any:
        return [Provider(name=self.name, summary=f"Runs {words}.", open=opened) for words in ("here", "there")]


class TakesANameOfTheCore(Sound):
    """An executor is called as one that ships."""

    offered: ClassVar[dict[str, Any]] = {"name": "command"}


class SaysNothingOfItself(Sound):
    """Lists have no word on what it offers."""

    offered: ClassVar[dict[str, Any]] = {"summary": " "}


class PromisesInItsOwnWords(Sound):
    """A capability is written down nowhere."""

    offered: ClassVar[dict[str, Any]] = {"capabilities": frozenset({"teleportation"})}


class CannotBeSent(Sound):
    """No other process finds what opens it."""

    offered: ClassVar[dict[str, Any]] = {"isolated": True, "open": partial(lambda *_: None)}


class HasNoDefault(Sound):
    """A setting is null."""

    offered: ClassVar[dict[str, Any]] = {"settings": {"token": None}}


class KeepsAPath(Sound):
    """A setting is an object of Python."""

    offered: ClassVar[dict[str, Any]] = {"settings": {"path": Path()}}


class PassesOverSlips(Sound):
    """A key that was never heard of is one of its own."""

    offered: ClassVar[dict[str, Any]] = {"settings": {"no such key": 1}}


class TakesAnOperation(Sound):
    """An operation is called as one of the core's."""

    done: ClassVar[dict[str, Any]] = {"name": "task.get"}


class CannotBeJudged(Sound):
    """No policy can allow its operation, or deny it."""

    done: ClassVar[dict[str, Any]] = {"action": ""}


class LeadsNowhere(Sound):
    """The handler of its operation is not there."""

    done: ClassVar[dict[str, Any]] = {"handler": f"{HERE}:missing"}


class TakesTooLittle(Sound):
    """The handler of its operation does not take what it is given."""

    done: ClassVar[dict[str, Any]] = {"handler": f"{HERE}:forgetful"}


class AnswersInBytes(Sound):
    """No transport can say what its operation answers."""

    done: ClassVar[dict[str, Any]] = {"output": f"{HERE}:Raw"}


class TakesACommand(Sound):
    """Its command is called as one that ships."""

    command = "create"


ALL = {name_of(one): one for one in (Sound, *Sound.__subclasses__())}
MODULES = {
    "loads-its-engine-at-once": "testkit.broken.plugin_heavy", "cannot-be-imported": "testkit.broken.plugin_missing",
}  # fmt: skip
"""Those whose mistake is in a module of their own."""


def __getattr__(name: str) -> Sound:
    """A plugin as an entry point names it, made once: ``testkit.broken.plugins:has_no_end``."""
    if (broken := ALL.get(name.replace("_", "-"))) is None:
        raise AttributeError(name)
    return globals().setdefault(name, broken())  # type: ignore[no-any-return]


def distributions() -> Iterable[tuple[str, str, str, str]]:
    """Each plugin's name, its entry point, its version and what it requires."""
    for name, broken in ALL.items():
        entry = MODULES.get(name, f"{HERE}:{name.replace('-', '_')}")
        yield name, entry, broken.version, broken.requires
