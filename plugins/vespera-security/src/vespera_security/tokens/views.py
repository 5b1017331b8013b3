"""Tokens and registered plugins as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.text import block, clean, table, when

if TYPE_CHECKING:
    from vespera_security.tokens.answers import PluginAnswer, PluginsAnswer, Token, TokenAnswer, TokensAnswer

_ONCE = "This is shown once: keep it where no other reads it."


def created(answer: TokenAnswer) -> str:
    """The secret, and what it is."""
    one = answer.token
    told = clean(f"Token {one.token_id} for {one.principal}{_until(one)}.")
    return told if answer.secret is None else f"{answer.secret}\n{told} {_ONCE}"


def revoked(answer: TokenAnswer) -> str:
    """The token that ended."""
    return clean(f"Revoked token {answer.token.token_id} of {answer.token.principal}")


def tokens(answer: TokensAnswer) -> str:
    """One line for each."""
    rows = [(one.token_id, one.principal, one.role or "", one.label, _state(one)) for one in answer.tokens]
    return table(rows, "") or "No tokens."


def registered(answer: PluginAnswer) -> str:
    """The secret, and what to do next."""
    name = clean(answer.plugin.name)
    lines = [] if answer.secret is None else [answer.secret, _ONCE]
    wished = [f"  vespera grant add {name} {clean(one)}" for one in answer.plugin.missing]
    asked = ["Nothing is granted yet. It asks for:", *wished] if wished else []
    return "\n".join([f"Registered plugin {name}", *lines, *asked])


def plugins(answer: PluginsAnswer) -> str:
    """One line for each."""
    rows = [
        (one.name, one.state, f"waits for {', '.join(one.missing)}" if one.missing else "", one.description)
        for one in answer.plugins
    ]
    return table(rows, "") or "No registered plugins."


def plugin(answer: PluginAnswer) -> str:
    """One registered plugin with what it has."""
    one = answer.plugin
    facts = [
        ("state", one.state), ("registration", one.registration), ("since", when(one.created_at)),
        ("sessions", one.sessions), ("asks for", ", ".join(one.wished)),
        ("granted", ", ".join(grant.action for grant in answer.grants)),
    ]  # fmt: skip
    parts = [f"{clean(one.name)}\n{table([fact for fact in facts if fact[1] != ''])}"]
    return "\n".join([*parts, block(one.description)] if one.description else parts)


def _until(token: Token) -> str:
    role = f" as {token.role}" if token.role else ""
    return role if token.expires_at is None else f"{role}, until {when(token.expires_at)}"


def _state(token: Token) -> str:
    if token.state != "active" or token.expires_at is None:
        return "" if token.state == "active" else token.state
    return f"until {when(token.expires_at)}"
