"""Opening what providers offer: choosing by the settings, and giving each engine its folder, here or in a child."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vespera_core.app.config import provider_settings
from vespera_core.errors import EmbedderFault, EngineFault, PluginFault, VesperaError
from vespera_core.plugins.hints import PROVIDERS
from vespera_core.ports.capabilities import DIRECT
from vespera_core.ports.projection import Projection
from vespera_core.ports.provider import OpenContext, Provider

if TYPE_CHECKING:
    from vespera_core.app.config import Settings
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.embedder import Embedder

AUTO_EMBEDDER: Final = "static"
BUILT_IN: Final = {"vectors": "exact", "graph": "memory"}
"""What needs nothing but the primary store, and so answers whenever nothing else can."""
PREFERRED: Final = {"vectors": "chroma", "graph": "kuzu"}
"""What `auto` means in a process that hosts indexes, where it is installed."""


class Choice(NamedTuple):
    """A provider, and who it is from, in words."""

    provider: Provider[Any]
    maker: str
    distribution: str

    @property
    def is_direct(self) -> bool:
        return DIRECT in self.provider.capabilities


def chosen(kernel: Kernel, kind: str, name: str) -> Choice:
    """The provider of that name. Raises PluginFault with the package to install, or ConfigError."""
    provider: Provider[Any] = kernel.registry.select(kind, name)
    return next(_choice(offer) for offer in kernel.registry.offers(kind) if offer[3] is provider)


def offered(kernel: Kernel, kind: str) -> list[Choice]:
    """Every provider of a kind."""
    return [_choice(offer) for offer in kernel.registry.offers(kind)]


def preferred(kernel: Kernel, kind: str) -> Choice | None:
    """What `auto` picks where indexes are hosted: only what we know, and only where it is installed."""
    name = PREFERRED[kind]
    fits = [one for one in offered(kernel, kind) if one.provider.name == name]
    return next((one for one in fits if one.distribution == PROVIDERS.get((kind, name))), None)


def _choice(offer: tuple[str, str, str, Any]) -> Choice:
    _, distribution, version, provider = offer
    return Choice(provider, f"{provider.name} ({distribution} {version})", distribution)


def open_embedder(kernel: Kernel, settings: Settings, name: str) -> Embedder:
    """The model of that name, loaded. Raises PluginFault where a named one is not installed, else EmbedderFault."""
    try:
        choice = chosen(kernel, "embedder", name or AUTO_EMBEDDER)
    except PluginFault as error:
        if name:
            raise
        raise EmbedderFault(error.message, next=error.next, **error.details) from error
    try:
        context = OpenContext(kernel.folder, kernel.clock, kernel.storage)
        embedder: Embedder = choice.provider.open(provider_settings(choice.provider, settings, "embedder"), context)
    except VesperaError:
        raise
    except Exception as error:
        raise EmbedderFault(f"{choice.maker} could not be opened: {type(error).__name__}: {error}") from error
    return embedder


def open_direct(kernel: Kernel, settings: Settings, kind: str, choice: Choice, model: tuple[int, str]) -> Any:
    """A back end that needs no feeding, opened in this process."""
    context = OpenContext(kernel.folder, kernel.clock, kernel.storage, choice.provider.name, *model)
    return _open_here(choice, provider_settings(choice.provider, settings, kind), context)


def _open_here(choice: Choice, settings: dict[str, Any], context: OpenContext) -> Any:
    try:
        return choice.provider.open(settings, context)
    except VesperaError:
        raise
    except Exception as error:
        raise EngineFault(f"{choice.maker} could not be opened: {type(error).__name__}: {error}") from error


class IndexOpener:
    """Opens the files of one index, in this process or, where its provider asks for it, in a child."""

    def __init__(self, kernel: Kernel, settings: Settings, kind: str, choice: Choice, model: tuple[int, str]) -> None:
        self._kernel = kernel
        self._kind = kind
        self._choice = choice
        self._settings = provider_settings(choice.provider, settings, kind)
        self._dimension, self._model = model

    def __call__(self, folder: Path, name: str, lock: int | None) -> Projection:
        """Open a folder, empty or filled. Raises a VesperaError."""
        if self._choice.provider.isolated:
            return self._in_child(folder, name, lock)
        context = OpenContext(
            folder, self._kernel.clock, self._kernel.storage, name, self._dimension, self._model
        )  # fmt: skip
        backend = _open_here(self._choice, self._settings, context)
        if not isinstance(backend, Projection):
            raise EngineFault(
                f"{self._choice.maker} is no projection.",
                next=f"Report it to its authors: an index that needs no feeding has the capability {DIRECT!r}.",
            )
        return backend

    def _in_child(self, folder: Path, name: str, lock: int | None) -> Projection:
        from vespera_core.app.engines.child import Opening
        from vespera_core.app.engines.isolation import isolated

        provider = self._choice.provider
        opening = Opening(provider.open, self._settings, str(folder), name, self._dimension, self._model)
        return isolated(opening, self._kind, self._choice.maker, lock)
