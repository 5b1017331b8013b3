"""The kernel: plugins, a store and the operations table, put together, with what is opened when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from vespera_core.app.call import Call, handled, stamp_of
from vespera_core.app.unit import RolesNeeded, Unit
from vespera_core.errors import UnknownOperation
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.operations import operations_of
from vespera_core.plugins.registry import Registry
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Storage

if TYPE_CHECKING:
    from pathlib import Path

    from vespera_core.app.config import Settings
    from vespera_core.app.engines.engines import Engines
    from vespera_core.app.roles.catalogue import Catalogue, RoleBook
    from vespera_core.app.vault.vault import Vault
    from vespera_core.ports.observer import Observer

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is."""

_PROGRESS: ContextVar[Progress | None] = ContextVar("vespera_progress", default=None)


class Kernel:
    """What an open workspace consists of. Every way in performs its operations here."""

    def __init__(
        self, plugins: Plugins, storage: Storage, clock: Callable[[], int], default_project: str | None = None,
        settings: Settings | None = None, folder: Path | None = None,
    ) -> None:  # fmt: skip
        self.plugins = plugins
        self.registry = Registry(plugins)
        self.storage = storage
        self.clock = clock
        self.default_project = default_project
        self.operations = operations_of(plugins)
        self.settings = settings
        self.folder = folder
        self._engines: Engines | None = None
        self._roles: RoleBook | None = None
        self._vault: Vault | None = None
        self.observers: tuple[Observer, ...] = ()
        self._is_observed = False

    @property
    def progress(self) -> Progress | None:
        """Who is told how far long work is: set by a caller for its own calls, in its own context."""
        return _PROGRESS.get()

    @progress.setter
    def progress(self, told: Progress | None) -> None:
        _PROGRESS.set(told)

    def observe(self) -> None:
        """Let plugins observe what is done here: called by processes that live long, before they do anything."""
        if not self._is_observed:
            self._is_observed = True
            found = self.plugins.collect("vespera_observers", ledger=self)
            self.observers = (*self.observers, *(observer for _, observer in found))

    @property
    def vault(self) -> Vault:
        """The keys of this workspace and what is encrypted with them, found when they are first needed."""
        if self._vault is None:
            from vespera_core.app.vault.vault import Vault

            self._vault = Vault(self)
        return self._vault

    @property
    def roles(self) -> RoleBook:
        """The roles of this workspace, read when they are first needed."""
        if self._roles is None:
            from vespera_core.app.roles.catalogue import RoleBook

            self._roles = RoleBook(self)
        return self._roles

    def roles_in_force(self) -> Callable[[], Catalogue] | None:
        """How a transaction gets at the roles that tasks are held to: None where it is held to none.

        Until somebody has needed them they are not read, and asking raises RolesNeeded.
        """
        named = self.settings is not None and self.settings.roles is not None
        if not named and (self.folder is None or not (self.folder / "roles").is_dir()):
            return None
        if self._roles is None or not self._roles.is_read:
            return _unread
        found = self._roles.catalogue()
        return (lambda: found) if found.in_force else None

    @property
    def engines(self) -> Engines:
        """The embedder, the vector index and the graph of this workspace, opened when they are first needed."""
        if self._engines is None:
            from vespera_core.app.config import Settings
            from vespera_core.app.engines.engines import Engines

            self._engines = Engines(self, self.settings or Settings(), self.folder)
        return self._engines

    def run(self, name: str, request: Any, caller: Caller, idempotency_key: str | None = None) -> Any:
        """Perform an operation; raises a `VesperaError` and leaves everything as it was where it cannot."""
        operation = self.operations.get(name)
        if operation is None:
            raise UnknownOperation(f"There is no operation {name!r}.", operation=name)
        if self.observers:
            from vespera_core.app.observing import observed_call

            return observed_call(self, operation, request, caller, idempotency_key)
        return Call(self, operation, request, caller, idempotency_key).perform()

    def write(self, caller: Caller, operation: str, work: Callable[[Unit], T]) -> T:
        """Run `work` in one write transaction: for services that write more than one handler does."""

        def run(unit: Unit) -> T:
            unit.work.stamp = stamp_of(caller, operation)
            return handled(unit, lambda it, _: work(it), None)

        return self.in_unit(caller, run)

    def in_unit(self, caller: Caller, work: Callable[[Unit], T]) -> T:
        """Run `work` in a transaction; again where it turns out that roles have to be read for it first."""
        try:
            return self._transaction(caller, work)
        except RolesNeeded:
            self.roles.catalogue()
            return self._transaction(caller, work)

    def _transaction(self, caller: Caller, work: Callable[[Unit], T]) -> T:
        roles = self.roles_in_force()
        return self.storage.write(lambda uow: work(Unit(uow, caller, self.default_project, roles)))

    def plugin_settings(self, plugin: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a plugin, as `Ledger.plugin_settings` says."""
        from vespera_core.app.config import Settings, plugin_settings

        return plugin_settings(plugin, defaults, self.settings or Settings())

    def transports(self) -> list[str]:
        """The names of transports that plugins bring: origins as good as those that the core knows."""
        return [offer[3].name for offer in self.registry.offers("transport")]

    def close(self) -> None:
        """Let go of the engines and the store."""
        if self._engines is not None:
            self._engines.close()
        self.storage.close()


def _unread() -> Catalogue:
    raise RolesNeeded
