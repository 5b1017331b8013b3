"""Answers of this room. Secrets stand in the one answer that first shows them, and nowhere else."""

from __future__ import annotations

from dataclasses import field

from vespera_core.app.policy.answers import Grant
from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True)
class Token:
    """A personal token without its secret. `state` is ``active``, ``expired`` or ``revoked``."""

    token_id: str
    principal: str
    label: str
    role: str | None
    state: str
    created_at: Micros
    expires_at: Micros | None


@record(frozen=True, slots=True)
class TokenAnswer:
    """One token; `secret` is there in the first answer to its making, and never again."""

    token: Token
    secret: str | None = field(default=None, repr=False)


@record(frozen=True, slots=True)
class TokensAnswer:
    """Tokens, newest last."""

    tokens: tuple[Token, ...]


@record(frozen=True, slots=True)
class RegisteredPlugin:
    """A plugin that runs elsewhere. `wished` are capabilities that it asked for; `missing` those not granted to it.

    `registration` is its public id, `state` is ``active`` or ``revoked``; `sessions` counts the families of tokens that
    it can go on with.
    """

    name: str
    registration: str
    description: str
    state: str
    wished: tuple[str, ...]
    missing: tuple[str, ...]
    sessions: int
    created_at: Micros


@record(frozen=True, slots=True)
class PluginAnswer:
    """One registered plugin; `secret` is there in the first answer to its registration, and never again."""

    plugin: RegisteredPlugin
    grants: tuple[Grant, ...] = ()
    secret: str | None = field(default=None, repr=False)


@record(frozen=True, slots=True)
class PluginsAnswer:
    """Registered plugins by name."""

    plugins: tuple[RegisteredPlugin, ...]


@record(frozen=True, slots=True)
class PluginTokens:
    """An access token, for how many seconds it holds, and the refresh token for the next one."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_type: str
    expires_in: int
