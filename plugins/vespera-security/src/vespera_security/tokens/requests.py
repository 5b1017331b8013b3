"""Requests of this room."""

from __future__ import annotations

from dataclasses import field

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class CreateToken(_Request):
    """A token that proves a principal. It holds for some `days`, or until it is revoked, and in one role, or in any."""

    principal: str
    label: str = ""
    role: str | None = None
    days: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class ListTokens(_Request):
    """Tokens of a principal, or all; revoked and expired ones too where asked for."""

    principal: str | None = None
    ended: bool = False


@record(frozen=True, slots=True, kw_only=True)
class TokenRef(_Request):
    """One token, by its public id."""

    token_id: str


@record(frozen=True, slots=True, kw_only=True)
class RegisterPlugin(_Request):
    """A plugin that runs elsewhere, and the capabilities that it asks for: a wish, of which nothing is granted."""

    name: str
    capabilities: tuple[str, ...] = ()
    description: str = ""


@record(frozen=True, slots=True, kw_only=True)
class ListPlugins(_Request):
    """Registered plugins, revoked ones too where asked for."""

    revoked: bool = False


@record(frozen=True, slots=True, kw_only=True)
class PluginRef(_Request):
    """One registered plugin, by its name."""

    name: str


@record(frozen=True, slots=True, kw_only=True)
class ExchangeSecret(_Request):
    """What a plugin shows for a new access token: the secret of its registration, or its latest refresh token."""

    secret: str = field(repr=False)
