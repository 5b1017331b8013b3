"""Registrations: plugins that run elsewhere, and reach the workspace with tokens of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.policy.grants import check_granted
from vespera_core.app.policy.principals import active_principal, add_principal, get_principal, remove_principal
from vespera_core.app.policy.requests import AddPrincipal, PrincipalRef
from vespera_core.app.policy.standing import ACTIVE
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import InvalidInput, NotFound
from vespera_core.model.entity import Entity
from vespera_core.ports.storage import Reader
from vespera_security.tokens.answers import PluginAnswer, PluginsAnswer, RegisteredPlugin
from vespera_security.tokens.facts import FAMILY, REGISTRATION, REVOKED, holds
from vespera_security.tokens.minting import REGISTRATION as SECRET
from vespera_security.tokens.minting import Minted, digest_of, mint
from vespera_security.tokens.requests import ListPlugins, PluginRef, RegisterPlugin

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller

MAX_WISHES: Final = 50


def around_register(_kernel: Kernel, _request: RegisterPlugin, _caller: Caller, write: Callable[[Minted], Any]) -> Any:
    """Makes the secret outside of what is stored: an answer that was kept belongs to another secret, and has none."""
    minted = mint(SECRET)
    answer: PluginAnswer = write(minted)
    return replace(answer, secret=minted.secret) if answer.plugin.registration == minted.public_id else answer


def register_plugin(unit: Unit, request: RegisterPlugin, minted: Minted | None = None) -> PluginAnswer:
    """Register a plugin as a principal that may do nothing yet."""
    minted = minted or mint(SECRET)
    if len(request.capabilities) > MAX_WISHES:
        raise InvalidInput(f"A plugin asks for {MAX_WISHES} capabilities at most.", field="capabilities")
    wished = sorted({check_granted(one) for one in request.capabilities})
    add_principal(unit, AddPrincipal(name=request.name, kind="plugin", description=request.description))
    data = {
        "wished": wished, "digest": digest_of(minted.secret), "expires_at": None,
        "principal_version": active_principal(unit, request.name).version,
    }  # fmt: skip
    new = Entity(REGISTRATION, minted.public_id, owner=request.name, state=ACTIVE, data=data)
    unit.put_entity(None, new, "registration.added")
    return _answer(unit, request.name)


def list_plugins(session: Session, request: ListPlugins) -> PluginsAnswer:
    """Registered plugins by name."""
    names = sorted({one.owner for one in session.reader.entities(REGISTRATION)})
    found = (_answer(session, name).plugin for name in names)
    return PluginsAnswer(tuple(one for one in found if request.revoked or one.state == ACTIVE))


def get_plugin(session: Session, request: PluginRef) -> PluginAnswer:
    """One registered plugin, with what it was granted."""
    return _answer(session, request.name)


def revoke_plugin(unit: Unit, request: PluginRef) -> PluginAnswer:
    """End a registration: every token that came of it, and the principal with all that it was granted."""
    _latest(unit.reader, request.name)
    for kind in (REGISTRATION, FAMILY):
        for one in unit.reader.entities(kind, owner=request.name, state=ACTIVE):
            unit.put_entity(one, replace(one, state=REVOKED), f"{kind}.revoked")
    if get_principal(unit, PrincipalRef(name=request.name)).principal.state == ACTIVE:
        remove_principal(unit, PrincipalRef(name=request.name))
    return _answer(unit, request.name)


def _answer(session: Session, name: str) -> PluginAnswer:
    registration = _latest(session.reader, name)
    found = get_principal(session, PrincipalRef(name=name))
    wished = tuple(registration.data["wished"])
    granted = {one.action for one in found.grants}
    missing = () if "*" in granted else tuple(one for one in wished if one not in granted)
    families = session.reader.entities(FAMILY, owner=name, state=ACTIVE)
    shown = RegisteredPlugin(
        name, registration.entity_id, found.principal.description, _state(session.reader, registration), wished,
        missing, sum(holds(session.reader, one, session.now) for one in families), registration.created_at,
    )  # fmt: skip
    return PluginAnswer(shown, found.grants)


def _state(reader: Reader, registration: Entity) -> str:
    """Whether the plugin can still get tokens: its principal may have been removed by itself."""
    return ACTIVE if holds(reader, registration, 0) else REVOKED


def _latest(reader: Reader, name: str) -> Entity:
    """The registration of a plugin that counts, being its last. Raises NotFound."""
    found = reader.entities(REGISTRATION, owner=name)
    if not found:
        raise NotFound(
            f"No plugin is registered as {name!r}.", plugin=name,
            next="Run 'vespera registration list' to see those that are.",
        )  # fmt: skip
    return max(found, key=lambda one: (one.created_at, one.version))
