"""The service port: work that is done in the background, again and again, by one process of all that are open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from vespera_core.model.record import record
from vespera_core.ports.access import Caller
from vespera_core.ports.keys import Vault
from vespera_core.ports.storage import Storage


class Ledger(Protocol):
    """What a service works on: the open workspace. The core's kernel is one."""

    storage: Storage
    clock: Callable[[], int]

    @property
    def vault(self) -> Vault:
        """Keys, and what they encrypt."""

    def run(self, name: str, request: Any, caller: Caller, idempotency_key: str | None = None) -> Any:
        """Perform an operation of the table."""

    def plugin_settings(self, plugin: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
        """A plugin's settings: its defaults, and over them what the table `[plugin.NAME]` of the configuration says.

        Raises ConfigError for a key that is not among the defaults, and for a value of another type.
        """


@record(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run of a service did: how many things, in words, and how far it is behind (in events of the log).

    `again` asks for the next run at once, since there is more to do.
    """

    done: int = 0
    text: str = ""
    lag: int = 0
    again: bool = False


class Service(ABC):
    """A piece of background work. Made anew in each process that hosts services; run in one of them at a time."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 60.0}
    """The settings that it knows, with their defaults; `interval` is the seconds between the starts of two runs."""

    name: str = ""
    """The name under which it is offered; told to it as soon as it is made."""

    def __init__(self, ledger: Ledger, settings: dict[str, Any]) -> None:
        self.ledger = ledger
        self.settings = settings

    @abstractmethod
    def run(self, stop: Callable[[], bool]) -> Report:
        """Do what there is to do now; long work asks `stop` in between and ends early where it answers True.

        Raising makes this run a failed one: the error is kept in the status, and the next run comes after a pause that
        grows with each failure.
        """

    def pulse(self) -> object:
        """Something that changes when there is work: compared several times a second. None: only the clock decides."""
        return None

    def close(self) -> None:  # noqa: B027 - most services have nothing to let go of
        """Called when the service stops."""


@record(frozen=True, slots=True, kw_only=True)
class ServiceProvider:
    """A service on offer: its name, what it does, and how it is made, as ``module:attribute`` of a `Service` class."""

    name: str
    summary: str
    service: str
