"""Broken transports: a sound one that calls as if from afar, and heirs of it with one mistake each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import click

from testkit.broken.naming import name_of
from vespera_core.app.application import Vespera
from vespera_core.app.inputs import request_of
from vespera_core.errors import VesperaError
from vespera_core.ports.access import Caller
from vespera_core.ports.operation import resolve
from vespera_core.ports.transport import Mount, Transport

Said = tuple[bool, Any]


class Sound:
    """Asks the core as any transport does."""

    command: ClassVar[str] = "serve"
    settings: ClassVar[Mapping[str, Any]] = {"port": 7}
    mount: ClassVar[Mount | None] = None
    elsewhere: ClassVar[Mapping[str, str]] = {}

    def __init__(self, ledger: Vespera) -> None:
        self.ledger = ledger

    @classmethod
    def name(cls) -> str:
        """The name of the transport, which is the origin of what comes through it."""
        return name_of(cls)

    def ask(self, operation: str, given: Mapping[str, Any], actor: str, role: str | None) -> Said | None:
        """As the suite asks."""
        caller = Caller(actor=actor, role=role, origin=self.name())
        try:
            request = request_of(resolve(self.ledger.kernel.operations[operation].input), dict(given))
            return True, self.ledger.kernel.run(operation, request, caller)
        except VesperaError as error:
            return False, error.code


class TakesOneCodeForAnother(Sound):
    """What is not there is bad input."""

    def ask(self, operation: str, given: Mapping[str, Any], actor: str, role: str | None) -> Said | None:
        said = super().ask(operation, given, actor, role)
        return (False, "invalid_input") if said == (False, "not_found") else said


class TakesEverybodyForTheOwner(Sound):
    """Who calls is lost on the way."""

    def ask(self, operation: str, given: Mapping[str, Any], _actor: str, role: str | None) -> Said | None:
        return super().ask(operation, given, "owner", role)


class LosesTheRole(Sound):
    """The role in which somebody works is lost on the way."""

    def ask(self, operation: str, given: Mapping[str, Any], actor: str, _role: str | None) -> Said | None:
        return super().ask(operation, given, actor, None)


class LetsNobodyCreate(Sound):
    """Has a rule of its own."""

    def ask(self, operation: str, given: Mapping[str, Any], actor: str, role: str | None) -> Said | None:
        allowed = operation != "task.create" or actor == "owner"
        return super().ask(operation, given, actor, role) if allowed else (False, "permission_denied")


class LeavesOperationsOut(Sound):
    """Not all that the core can do is reached."""

    def ask(self, operation: str, given: Mapping[str, Any], actor: str, role: str | None) -> Said | None:
        return None if operation.startswith("event.") else super().ask(operation, given, actor, role)


class KeepsItsWordBadly(Sound):
    """Reaches what it says that it does not reach."""

    elsewhere: ClassVar[Mapping[str, str]] = {"system.info": "it is nobody's business"}


class GivesNoReason(Sound):
    """What is not reached is not explained."""

    elsewhere: ClassVar[Mapping[str, str]] = {"system.stats": " "}


class HidesWhereItComesFrom(Sound):
    """What comes through it bears the name of the machine's own way in."""

    def ask(self, operation: str, given: Mapping[str, Any], actor: str, role: str | None) -> Said | None:
        class Elsewhere(type(self)):  # type: ignore[misc]
            name = staticmethod(lambda: "rest")

        return Sound.ask(Elsewhere(self.ledger), operation, given, actor, role)


class TakesATrustedName(Sound):
    """Is called as the way in of whoever has the files in hand."""

    @classmethod
    def name(cls) -> str:
        return "worker"


class TakesACommand(Sound):
    """Its command has a name that ships."""

    command = "create"


class HasNoCommand(Sound):
    """Its command cannot be found by its name."""

    command = "lost"


class CannotBeWrittenDown(Sound):
    """A setting is nothing at all."""

    settings: ClassVar[Mapping[str, Any]] = {"port": None}


class IsMountedNowhere(Sound):
    """The path is none."""

    mount = Mount(path="broken/", app=f"{__name__}:ALL")


ALL: dict[str, type[Sound]] = {one.name(): one for one in (Sound, *Sound.__subclasses__())}


@click.command("broken-serve")
def serve() -> None:
    """Serve nothing."""


@click.command("create")
def create() -> None:
    """Create nothing."""


@click.command("--lost")
def lost() -> None:
    """Be found by nobody."""


def transports() -> Iterator[Transport]:
    """Each under its own name."""
    for name, broken in ALL.items():
        yield Transport(
            name=name, summary=broken.__doc__ or "", command=f"{__name__}:{broken.command}", settings=broken.settings,
            mount=broken.mount,
        )  # fmt: skip


@contextmanager
def client_of(name: str, workspace: Path) -> Iterator[Any]:
    """A client of a transport, on an open workspace."""
    with Vespera.open(workspace, actor="ann") as ledger:
        yield ALL[name](ledger).ask
