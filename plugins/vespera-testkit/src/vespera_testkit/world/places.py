"""Where what is tested lies: enough to open it here, or in another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vespera_core.app.config import Settings, provider_settings
from vespera_core.ports.embedder import Embedder
from vespera_core.ports.executor import Executor
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.storage import Storage
from vespera_testkit.offers import offer_of
from vespera_testkit.world.clock import FakeClock


@dataclass(frozen=True)
class StorePlace:
    """A place of a store: who opens it, with which settings, and in which folder."""

    name: str
    settings: dict[str, Any]
    folder: Path
    clock: Callable[[], int]

    @classmethod
    def of(cls, told: dict[str, Any]) -> StorePlace:
        """What `as_json` said, in another process."""
        return cls(told["name"], told["settings"], Path(told["folder"]), FakeClock(told["at"]))

    def as_json(self) -> dict[str, Any]:
        """The place, for another process."""
        return {"name": self.name, "settings": self.settings, "folder": str(self.folder), "at": self.clock()}

    @property
    def provider(self) -> Provider[Storage]:
        """Who opens it."""
        found: Provider[Storage] = offer_of("storage", self.name).item
        return found

    def open(self) -> Storage:
        """The store, whose empty place is made where it is missing."""
        context = OpenContext(self.folder, self.clock)
        self.provider.create(self.settings, context)
        return self.provider.open(self.settings, context)


def settings_for(kind: str, provider: Provider[Any], given: dict[str, Any]) -> dict[str, Any]:
    """A provider's defaults with what a test gives, checked as a configuration is."""
    return provider_settings(provider, Settings(providers={kind: {provider.name: given}}), kind)


def open_embedder(name: str, given: dict[str, Any]) -> Embedder:
    """The embedder of that name, with a test's settings, here or in another process."""
    opened: Embedder = _opened("embedder", name, given)
    return opened


def open_executor(name: str, given: dict[str, Any]) -> Executor:
    """The executor of that name, with a test's settings, here or in another process."""
    opened: Executor = _opened("executor", name, given)
    return opened


def _opened(kind: str, name: str, given: dict[str, Any]) -> Any:
    provider = offer_of(kind, name).item
    return provider.open(settings_for(kind, provider, given), OpenContext(None, FakeClock()))
