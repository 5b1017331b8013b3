"""The operations of this room, for the table of the core."""

from __future__ import annotations

from typing import Final, Literal

from vespera_core.ports.operation import Operation

_ROOM: Final = "vespera_security.tokens."


def _operation(
    name: str, kind: Literal["read", "write", "service"], handler: str, request: str, answer: str, summary: str,
    around: str | None = None,
) -> Operation:  # fmt: skip
    noun = name.partition(".")[0]
    return Operation(
        name=name, summary=summary, input=f"{_ROOM}requests:{request}", output=f"{_ROOM}answers:{answer}",
        handler=_ROOM + handler, kind=kind, around=None if around is None else _ROOM + around,
        action=name if kind == "service" else f"{noun}.{kind}",
    )  # fmt: skip


OPERATIONS: Final = (
    _operation("token.create", "write", "personal:create_token", "CreateToken", "TokenAnswer",
               "Make a token that proves a principal.", "personal:around_create"),
    _operation("token.list", "read", "personal:list_tokens", "ListTokens", "TokensAnswer", "Tokens, without secrets."),
    _operation("token.revoke", "write", "personal:revoke_token", "TokenRef", "TokenAnswer", "End a token."),
    _operation("plugin.register", "write", "registrations:register_plugin", "RegisterPlugin", "PluginAnswer",
               "Let a plugin that runs elsewhere get tokens.", "registrations:around_register"),
    _operation("plugin.list", "read", "registrations:list_plugins", "ListPlugins", "PluginsAnswer",
               "Registered plugins."),
    _operation("plugin.get", "read", "registrations:get_plugin", "PluginRef", "PluginAnswer",
               "A registered plugin: what it asked for, and what it was granted."),
    _operation("plugin.revoke", "write", "registrations:revoke_plugin", "PluginRef", "PluginAnswer",
               "End a plugin's registration, with its tokens and grants."),
    _operation("plugin.token", "service", "exchanging:exchange", "ExchangeSecret", "PluginTokens",
               "Get an access token for the secret of a registration, or for a refresh token."),
)  # fmt: skip
