"""The call: one operation for one caller. It is judged, vetoed, done in its transaction, and remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vespera_core.app.builtins import POLICIES
from vespera_core.app.session import Session
from vespera_core.errors import (
    ChangeRejected,
    Conflict,
    IdempotencyMismatch,
    InvalidInput,
    PermissionDenied,
    VesperaError,
)
from vespera_core.model.basics import SECOND, check_choice, check_text
from vespera_core.model.event import ORIGINS, Stamp
from vespera_core.model.jsontext import canonical, parse
from vespera_core.model.packing import pack, unpack
from vespera_core.model.sensitive import holds_plain
from vespera_core.plugins.texts import explain
from vespera_core.ports.access import LOCAL_ORIGINS, AccessRequest, Caller, Remembered, Verdict
from vespera_core.ports.change import Change
from vespera_core.ports.operation import Operation, resolve

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.policy.judge import Judge
    from vespera_core.app.unit import Unit
    from vespera_core.app.vault.hiding import Hider
    from vespera_core.ports.storage import UnitOfWork

T = TypeVar("T")
Handler = Callable[..., Any]

IDEMPOTENCY_SECONDS: Final = 7 * 86400
_VETO_RUNS: Final = 3

AUDIT_LOG: Final = "vespera.audit"
"""The logger of refusals; what was done is in the event log."""


class _Moved(Exception):
    """A task that a veto hook looked at has changed since."""


class Call:
    """One call of one operation; `key` makes a write safe to repeat. Used once, by one thread."""

    __slots__ = ("_hider", "_judge", "caller", "kernel", "key", "operation", "request")

    def __init__(self, kernel: Kernel, operation: Operation, request: Any, caller: Caller, key: str | None) -> None:
        self.kernel = kernel
        self.operation = operation
        self.request = request
        self.caller = caller
        self.key = key
        self._judge = self._judge_of()
        self._hider: Hider | None = None

    def perform(self) -> Any:
        """Its answer. Raises a VesperaError, which is logged, and leaves everything as it was."""
        try:
            return self._perform_text()
        except VesperaError as error:
            self._complain(error)
            raise

    def _perform_text(self) -> Any:
        try:
            return self._perform()
        except UnicodeEncodeError as error:
            raise InvalidInput(f"The request holds text that is not valid Unicode: {error.reason}.") from error

    def _perform(self) -> Any:
        self._check_caller()
        if self.operation.kind == "write" and holds_plain(self.request):
            self._hide()
        if self.operation.kind != "read":
            return self._judged(None)
        with self.kernel.storage.read() as reader:  # one snapshot: what is judged is what is read
            return self._judged(Session(reader, self.caller, self.kernel.clock()))

    def _check_caller(self) -> None:
        check_text("actor", self.caller.actor, 200, empty=False)
        if self.caller.origin not in ORIGINS:
            check_choice("origin", self.caller.origin, (*ORIGINS, *self.kernel.transports()))

    def _hide(self) -> None:
        from vespera_core.app.vault.hiding import Hider

        self._hider = Hider(self.kernel.vault, self.caller, self.key)
        self.request = self._hider.hidden(self.request)

    # ------------------------------------------------------------ whether it may be done

    def _judge_of(self) -> Judge | None:
        """Who judges a caller in a role or from elsewhere; others have the workspace's files in their hands anyway."""
        if self.caller.role is None and self.caller.origin in LOCAL_ORIGINS:
            return None
        from vespera_core.app.policy.judge import Judge

        return Judge(self.kernel)

    def _judged(self, session: Session | None) -> Any:
        asked, by_ledger = self.authorize(session)

        def work(request: Any, caller: Caller) -> Any:
            self.request, self.caller = request, caller
            if session is not None:
                return resolve(self.operation.handler)(session.seen_by(caller), request)
            return self._carry_out(asked, by_ledger)

        return work(self.request, self.caller) if self._judge is None else self._judge.bounded(
            self.request, self.caller, work
        )  # fmt: skip

    def authorize(self, session: Session | None = None) -> tuple[AccessRequest, bool]:
        """What is asked, and whether the ledger itself allows it. Raises PermissionDenied.

        In a `session` what it reads is asked for there; else in a snapshot of its own.
        """
        asked, by_ledger = self._asked(session)
        allowed = by_ledger
        for plugin, verdict in self.kernel.plugins.call_each("vespera_authorize", request=asked):
            if not isinstance(verdict, Verdict | None):
                raise self._unjudged(plugin, verdict)
            if verdict is not None and not verdict.allowed:
                raise PermissionDenied(
                    f"{asked.actor} may not {asked.action}: {verdict.reason or plugin}", policy=plugin
                )
            allowed = allowed or verdict is not None
        if not allowed:
            raise PermissionDenied(f"No policy allows {asked.actor} to {asked.action}.", action=asked.action)
        return asked, by_ledger

    def _asked(self, session: Session | None) -> tuple[AccessRequest, bool]:
        """What is asked, and whether the ledger allows it, as far as it is asked before the transaction."""
        asked = self._access_request()
        if self._judge is None or self._is_judged_inside():
            return asked, False
        if session is not None:
            return self._judge(session, asked)
        with self.kernel.storage.read() as reader:
            return self._judge(Session(reader, self.caller, self.kernel.clock()), asked)

    def _access_request(self) -> AccessRequest:
        caller, operation = self.caller, self.operation
        project_id = getattr(self.request, "project_id", None)
        return AccessRequest(
            actor=caller.actor, origin=caller.origin, action=operation.action, operation=operation.name,
            input=self.request, role=caller.role, owner=caller.is_owner,
            project_id=project_id if isinstance(project_id, str) else None,
        )  # fmt: skip

    def _is_judged_inside(self) -> bool:
        """Whether it is enough that the ledger is asked within the transaction, where it has the last word anyway.

        It is for whoever has the workspace's files and works in no role, where nothing is done before the transaction:
        no plugin is asked, and nothing stands around the operation. An answer that such a caller was given is given
        again under its idempotency key, whatever became of its rights.
        """
        plugins = self.kernel.plugins
        return (
            self.operation.kind == "write"
            and self.caller.is_owner
            and self.caller.role is None
            and not self.operation.stands_around(self.request)
            and not plugins.implements("vespera_before_write")
            and plugins.implementers("vespera_authorize") == POLICIES
        )

    # ------------------------------------------------------------ doing it

    def _carry_out(self, asked: AccessRequest, by_ledger: bool) -> Any:
        handler: Handler = resolve(self.operation.handler)
        if self.operation.kind == "service":
            if self.operation.action.endswith(".write"):
                self._vetoes()
            return handler(self.kernel, self.request, self.caller)
        if self._judge is not None:
            handler = self._judge.again(handler, asked, by_ledger)
        if self._hider is not None:
            handler = self._hider.carried(handler)
        if not self.operation.stands_around(self.request) or self._is_kept():
            return self._write(handler, self.request)
        around = resolve(self.operation.around)

        def write(*known: Any) -> Any:
            return self._write(lambda unit, request: handler(unit, request, *known), self.request)

        return around(self.kernel, self.request, self.caller, write)

    def _write(self, handler: Handler, request: Any) -> Any:
        for _ in range(_VETO_RUNS):
            seen = self._vetoes()
            try:
                return self._transact(handler, request, seen)
            except _Moved:
                continue
        raise Conflict("What a policy looked at changed again and again meanwhile.", next="Repeat the request.")

    def _unjudged(self, plugin: str, verdict: object) -> PermissionDenied:
        """What is said where a policy did not come to a verdict."""
        title = self.kernel.plugins.status(plugin).title
        if not isinstance(verdict, Exception):
            return PermissionDenied(f"The policy of {title} answered no verdict, so nothing is allowed.", policy=plugin)
        denied = PermissionDenied(
            f"The policy of {title} failed, so nothing is allowed: {explain(verdict)}.", policy=plugin
        )
        denied.__cause__ = verdict
        return denied

    def _vetoes(self) -> dict[str, int | None]:
        """Ask plugins to object; answers what they looked at, with the versions that they saw."""
        plugins = self.kernel.plugins
        if not plugins.implements("vespera_before_write"):
            return {}
        with self.kernel.storage.read() as snapshot:
            change = Change(self.operation.name, self.request, self.caller, snapshot)
            for plugin, outcome in plugins.call_each("vespera_before_write", change=change, snapshot=snapshot):
                if isinstance(outcome, ChangeRejected):
                    raise outcome
                if isinstance(outcome, Exception):
                    title = plugins.status(plugin).title
                    text = f"The {title} failed while it judged the change: {explain(outcome)}."
                    raise ChangeRejected(text, next="Report it to its authors; nothing was written.") from outcome
        return change.seen

    def _transact(self, handler: Handler, request: Any, seen: dict[str, int | None]) -> Any:
        if self.key is not None:
            check_text("idempotency key", self.key, 200, empty=False)

        def work(unit: Unit) -> Any:
            unit.work.stamp = stamp_of(self.caller, self.operation.name)
            _recheck(unit.work, seen)
            if self.key is None:
                return handled(unit, handler, request)
            return self._once(unit, handler, request, self.key)

        return self.kernel.in_unit(self.caller, work)

    # ------------------------------------------------------------ doing it once

    def _is_kept(self) -> bool:
        """Whether there is an answer under this idempotency key."""
        key, actor = self.key, self.caller.actor
        return key is not None and self.kernel.storage.write(lambda uow: uow.recall(actor, key)) is not None

    def _once(self, unit: Unit, handler: Handler, request: Any, key: str) -> Any:
        uow, actor = unit.work, unit.caller.actor
        wanted = _fingerprint(self.operation.name, request)
        kept = uow.recall(actor, key)
        if kept is not None:
            if kept.request_hash != wanted:
                raise IdempotencyMismatch(f"The idempotency key {key!r} was used before, for another request.", key=key)
            return unpack(resolve(self.operation.output), parse(kept.result))
        result = handled(unit, handler, request)
        expires_at = uow.now + IDEMPOTENCY_SECONDS * SECOND
        uow.remember(actor, key, Remembered(wanted, canonical(pack(result)), expires_at))
        return result

    def _complain(self, error: VesperaError) -> None:
        import logging

        name, caller = self.operation.name, self.caller
        facts = {"operation": name, "actor": caller.actor, "origin": caller.origin, "code": error.code}
        logging.getLogger(AUDIT_LOG).info(
            "refused %s for %s: %s", name, caller.actor, error.message, extra={**facts, "result": "refused"}
        )


def handled(unit: Unit, handler: Callable[..., T], request: Any) -> T:
    """What a handler answers, once what its changes touched is up to date."""
    result = handler(unit, request)
    unit.finish()
    return result


@lru_cache(maxsize=256)
def stamp_of(caller: Caller, operation: str) -> Stamp:
    """What every event of a call carries."""
    return Stamp(caller.actor, caller.origin, canonical(caller.context(operation)))


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
