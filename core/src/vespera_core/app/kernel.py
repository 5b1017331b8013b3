"""The kernel runs operations: authorization, vetoes, idempotency and the transaction, the same for everyone."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vespera_core.app.builtins import POLICIES
from vespera_core.app.session import Session
from vespera_core.app.unit import RolesNeeded, Unit
from vespera_core.errors import (
    ChangeRejected,
    ConfigError,
    Conflict,
    IdempotencyMismatch,
    InvalidInput,
    PermissionDenied,
    UnknownOperation,
    VesperaError,
)
from vespera_core.model.basics import SECOND, check_choice, check_text
from vespera_core.model.event import ORIGINS, Stamp
from vespera_core.model.jsontext import canonical, parse
from vespera_core.model.packing import pack, unpack
from vespera_core.model.sensitive import holds_plain
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.registry import Registry
from vespera_core.ports.access import LOCAL_ORIGINS, AccessRequest, Caller, Remembered
from vespera_core.ports.change import Change
from vespera_core.ports.operation import Operation, resolve
from vespera_core.ports.storage import Storage, UnitOfWork

if TYPE_CHECKING:
    import logging
    from pathlib import Path

    from vespera_core.app.config import Settings
    from vespera_core.app.engines.engines import Engines
    from vespera_core.app.policy.judge import Judge
    from vespera_core.app.roles.catalogue import Catalogue, RoleBook
    from vespera_core.app.vault.hiding import Hider
    from vespera_core.app.vault.vault import Vault
    from vespera_core.ports.observer import Observer

T = TypeVar("T")

IDEMPOTENCY_SECONDS: Final = 7 * 86400
_VETO_RUNS: Final = 3

AUDIT_LOG: Final = "vespera.audit"
"""The logger of refusals; what was done is in the event log."""


class _Moved(Exception):
    """A task that a veto hook looked at has changed since."""


class Kernel:
    """Plugins, a store and the operations table, put together."""

    def __init__(
        self, plugins: Plugins, storage: Storage, clock: Callable[[], int], default_project: str | None = None,
        settings: Settings | None = None, folder: Path | None = None,
    ) -> None:  # fmt: skip
        self.plugins = plugins
        self.registry = Registry(plugins)
        self.storage = storage
        self.clock = clock
        self.default_project = default_project
        self.progress: Callable[[int, int], None] | None = None
        self.operations = _table(plugins)
        self.settings = settings
        self.folder = folder
        self._engines: Engines | None = None
        self._roles: RoleBook | None = None
        self._vault: Vault | None = None
        self.observers: tuple[Observer, ...] = ()
        self._is_observed = False

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
            return self._observed(operation, request, caller, idempotency_key)
        return self._performed(operation, request, caller, idempotency_key)

    def _observed(self, operation: Operation, request: Any, caller: Caller, key: str | None) -> Any:
        from vespera_core.app.observing import observed
        from vespera_core.ports.observer import Activity

        shown = request if operation.kind != "write" or not holds_plain(request) else self._veiled(request)
        activity = Activity(kind="operation", name=operation.name, caller=caller, input=shown)
        return observed(
            self.observers, activity, lambda known: self._performed(operation, request, known or caller, key)
        )

    def _performed(self, operation: Operation, request: Any, caller: Caller, key: str | None) -> Any:
        try:
            return self._perform_text(operation, request, caller, key)
        except VesperaError as error:
            _audit().info(
                "refused %s for %s: %s",
                operation.name,
                caller.actor,
                error.message,
                extra=_refusal(operation.name, caller, error),
            )
            raise

    def _perform_text(self, operation: Operation, request: Any, caller: Caller, key: str | None) -> Any:
        try:
            return self._perform(operation, request, caller, key)
        except UnicodeEncodeError as error:
            raise InvalidInput(f"The request holds text that is not valid Unicode: {error.reason}.") from error

    def _perform(self, operation: Operation, request: Any, caller: Caller, key: str | None) -> Any:
        check_text("actor", caller.actor, 200, empty=False)
        if caller.origin not in ORIGINS:
            check_choice("origin", caller.origin, (*ORIGINS, *self.transports()))
        hider = self._hider(caller, key) if operation.kind == "write" and holds_plain(request) else None
        if hider is not None:
            request = hider.hidden(request)
        if operation.kind != "read":
            return self._judged(operation, request, caller, key, hider, None)
        with self.storage.read() as reader:  # one snapshot: what is judged is what is read
            return self._judged(operation, request, caller, key, hider, Session(reader, caller, self.clock()))

    def _judged(
        self, operation: Operation, request: Any, caller: Caller, key: str | None, hider: Hider | None,
        session: Session | None,
    ) -> Any:  # fmt: skip
        judge = self._judge_of(caller)
        first = None if self._is_judged_inside(operation, request, caller) else judge
        asked, by_ledger = self._authorize(operation, request, caller, first, session)

        def work(request: Any, caller: Caller) -> Any:
            if session is not None:
                return resolve(operation.handler)(session.seen_by(caller), request)
            return self._carry_out(operation, request, caller, key, judge, hider, asked, by_ledger)

        return work(request, caller) if judge is None else judge.bounded(request, caller, work)

    def _is_judged_inside(self, operation: Operation, request: Any, caller: Caller) -> bool:
        """Whether it is enough that the ledger is asked within the transaction, where it has the last word anyway.

        It is for whoever has the workspace's files and works in no role, where nothing is done before the transaction:
        no plugin is asked, and nothing stands around the operation. An answer that such a caller was given is given
        again under its idempotency key, whatever became of its rights.
        """
        return (
            operation.kind == "write"
            and caller.is_owner
            and caller.role is None
            and not operation.stands_around(request)
            and not self.plugins.implements("vespera_before_write")
            and self.plugins.implementers("vespera_authorize") == POLICIES
        )

    def _carry_out(
        self, operation: Operation, request: Any, caller: Caller, key: str | None, judge: Judge | None,
        hider: Hider | None, asked: AccessRequest, by_ledger: bool,
    ) -> Any:  # fmt: skip
        handler = resolve(operation.handler)
        if operation.kind == "service":
            if operation.action.endswith(".write"):
                self._vetoes(operation, request, caller)
            return handler(self, request, caller)
        if judge is not None:
            handler = judge.again(handler, asked, by_ledger)
        if hider is not None:
            handler = hider.carried(handler)
        if not operation.stands_around(request) or self._is_kept(caller, key):
            return self._write(operation, handler, request, caller, key)
        around = resolve(operation.around)

        def write(*known: Any) -> Any:
            return self._write(operation, lambda unit, it: handler(unit, it, *known), request, caller, key)

        return around(self, request, caller, write)

    def transports(self) -> list[str]:
        """The names of transports that plugins bring: origins as good as those that the core knows."""
        return [offer[3].name for offer in self.registry.offers("transport")]

    def _veiled(self, request: Any) -> Any:
        from vespera_core.app.vault.hiding import veiled

        return veiled(request)

    def _hider(self, caller: Caller, key: str | None) -> Hider:
        from vespera_core.app.vault.hiding import Hider

        return Hider(self.vault, caller, key)

    def _is_kept(self, caller: Caller, key: str | None) -> bool:
        """Whether there is an answer under this idempotency key."""
        return key is not None and self.storage.write(lambda uow: uow.recall(caller.actor, key)) is not None

    def _authorize(
        self, operation: Operation, request: Any, caller: Caller, judge: Judge | None, session: Session | None
    ) -> tuple[AccessRequest, bool]:
        """What was asked, and whether the ledger itself allowed it. Raises PermissionDenied."""
        asked = _access_request(operation, request, caller)
        by_ledger = False
        if judge is not None and session is not None:
            asked, by_ledger = judge(session, asked)
        elif judge is not None:
            with self.storage.read() as reader:
                asked, by_ledger = judge(Session(reader, caller, self.clock()), asked)
        allowed = by_ledger
        for plugin, verdict in self.plugins.call_each("vespera_authorize", request=asked):
            if isinstance(verdict, Exception):
                raise PermissionDenied(
                    f"The policy of plugin {plugin!r} failed, so nothing is allowed: {verdict}"
                ) from verdict
            if verdict is not None and not verdict.allowed:
                raise PermissionDenied(
                    f"{caller.actor} may not {operation.action}: {verdict.reason or plugin}", policy=plugin
                )
            allowed = allowed or verdict is not None
        if not allowed:
            raise PermissionDenied(f"No policy allows {caller.actor} to {operation.action}.", action=operation.action)
        return asked, by_ledger

    def _judge_of(self, caller: Caller) -> Judge | None:
        """Who judges a caller in a role or from elsewhere; others have the workspace's files in their hands anyway."""
        if caller.role is None and caller.origin in LOCAL_ORIGINS:
            return None
        from vespera_core.app.policy.judge import Judge

        return Judge(self)

    def _write(
        self, operation: Operation, handler: Callable[[Unit, Any], Any], request: Any, caller: Caller, key: str | None
    ) -> Any:
        for _ in range(_VETO_RUNS):
            seen = self._vetoes(operation, request, caller)
            try:
                return self._transact(operation, handler, request, caller, key, seen)
            except _Moved:
                continue
        raise Conflict("What a policy looked at changed again and again meanwhile.", next="Repeat the request.")

    def _vetoes(self, operation: Operation, request: Any, caller: Caller) -> dict[str, int | None]:
        if not self.plugins.implements("vespera_before_write"):
            return {}
        with self.storage.read() as snapshot:
            change = Change(operation.name, request, caller, snapshot)
            for plugin, outcome in self.plugins.call_each("vespera_before_write", change=change, snapshot=snapshot):
                if isinstance(outcome, ChangeRejected):
                    raise outcome
                if isinstance(outcome, Exception):
                    raise ChangeRejected(f"Plugin {plugin!r} failed while it judged the change: {outcome}") from outcome
        return change.seen

    def _transact(
        self, operation: Operation, handler: Callable[[Unit, Any], Any], request: Any, caller: Caller, key: str | None,
        seen: dict[str, int | None],
    ) -> Any:  # fmt: skip
        if key is not None:
            check_text("idempotency key", key, 200, empty=False)

        def work(unit: Unit) -> Any:
            unit.work.stamp = _stamp(caller, operation.name)
            _recheck(unit.work, seen)
            if key is None:
                return _handled(unit, handler, request)
            return self._once(unit, operation, handler, request, key)

        return self._in_unit(caller, work)

    def _in_unit(self, caller: Caller, work: Callable[[Unit], T]) -> T:
        """Run `work` in a transaction; again where it turns out that roles have to be read for it first."""
        try:
            return self._transaction(caller, work)
        except RolesNeeded:
            self.roles.catalogue()
            return self._transaction(caller, work)

    def _transaction(self, caller: Caller, work: Callable[[Unit], T]) -> T:
        roles = self.roles_in_force()
        return self.storage.write(lambda uow: work(Unit(uow, caller, self.default_project, roles)))

    def _once(
        self, unit: Unit, operation: Operation, handler: Callable[[Unit, Any], Any], request: Any, key: str
    ) -> Any:
        uow, caller = unit.work, unit.caller
        wanted = _fingerprint(operation.name, request)
        kept = uow.recall(caller.actor, key)
        if kept is not None:
            if kept.request_hash != wanted:
                raise IdempotencyMismatch(f"The idempotency key {key!r} was used before, for another request.", key=key)
            return unpack(resolve(operation.output), parse(kept.result))
        result = _handled(unit, handler, request)
        expires_at = uow.now + IDEMPOTENCY_SECONDS * SECOND
        uow.remember(caller.actor, key, Remembered(wanted, canonical(pack(result)), expires_at))
        return result

    def write(self, caller: Caller, operation: str, work: Callable[[Unit], T]) -> T:
        """Run `work` in one write transaction: for services that write more than one handler does."""

        def run(unit: Unit) -> T:
            unit.work.stamp = _stamp(caller, operation)
            return _handled(unit, lambda it, _: work(it), None)

        return self._in_unit(caller, run)

    def close(self) -> None:
        """Let go of the engines and the store."""
        if self._engines is not None:
            self._engines.close()
        self.storage.close()


def _access_request(operation: Operation, request: Any, caller: Caller) -> AccessRequest:
    project_id = getattr(request, "project_id", None)
    return AccessRequest(
        actor=caller.actor, origin=caller.origin, action=operation.action, operation=operation.name, input=request,
        role=caller.role, owner=caller.is_owner, project_id=project_id if isinstance(project_id, str) else None,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _stamp(caller: Caller, operation: str) -> Stamp:
    return Stamp(caller.actor, caller.origin, canonical(caller.context(operation)))


def _handled(unit: Unit, handler: Callable[[Unit, Any], T], request: Any) -> T:
    result = handler(unit, request)
    unit.finish()
    return result


def _unread() -> Catalogue:
    raise RolesNeeded


def _fingerprint(name: str, request: Any) -> str:
    from hashlib import sha256

    try:
        return sha256(canonical([name, pack(request)]).encode()).hexdigest()
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"The request contains what JSON cannot carry: {error}.") from None


def _recheck(uow: UnitOfWork, seen: dict[str, int | None]) -> None:
    if seen:
        found = uow.tasks(list(seen))
        if any((found[one].version if one in found else None) != version for one, version in seen.items()):
            raise _Moved


def _table(plugins: Plugins) -> dict[str, Operation]:
    table: dict[str, Operation] = {}
    for plugin, operation in plugins.collect("vespera_operations"):
        if not operation.action:
            raise ConfigError(
                f"The operation {operation.name!r} of plugin {plugin!r} declares no action to be judged.",
                next=f"Block the plugin with VESPERA_BLOCK={plugin} until it is mended.",
            )
        if operation.name in table:
            raise ConfigError(
                f"The operation {operation.name!r} of plugin {plugin!r} exists already.",
                next=f"Block it with VESPERA_BLOCK={plugin}.",
            )
        table[operation.name] = operation
    return table


def _audit() -> logging.Logger:
    import logging

    return logging.getLogger(AUDIT_LOG)


def _refusal(name: str, caller: Caller, error: VesperaError) -> dict[str, Any]:
    return {"operation": name, "actor": caller.actor, "origin": caller.origin, "code": error.code, "result": "refused"}
