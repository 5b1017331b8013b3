"""A workspace with keys of its own, and tokens of a person and of a plugin in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.policy.authenticating import authenticate
from vespera_core.errors import Unauthenticated
from vespera_core.ports.identity import Credentials, Identity
from vespera_security.tokens import requests as ask
from vespera_security.tokens.answers import PluginAnswer, PluginTokens, TokenAnswer

Prove = Callable[[str], Identity]
Refused = Callable[[str], str]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    """Ann's workspace; she is registered, and so is the agent bot."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        opened.access.add_principal("ann", kind="person")
        opened.access.add_principal("bot")
        yield opened


@pytest.fixture
def prove(ledger: Vespera) -> Prove:
    """Whom a secret proves that comes over REST."""
    return lambda secret: authenticate(ledger.kernel, Credentials(scheme="bearer", secret=secret, audience="rest"))


@pytest.fixture
def refused(prove: Prove) -> Refused:
    """The message with which a secret is refused, which never repeats it."""

    def message(secret: str) -> str:
        with pytest.raises(Unauthenticated) as caught:
            prove(secret)
        said = f"{caught.value.message} {caught.value.next} {caught.value.details}"
        assert len(secret) < 8 or not any(part in said for part in secret.replace("_", ".").split(".") if len(part) > 7)
        assert caught.value.__cause__ is None
        return caught.value.message

    return message


@pytest.fixture
def token(ledger: Vespera) -> TokenAnswer:
    """A personal token of bot's."""
    found: TokenAnswer = ledger.call("token.create", ask.CreateToken(principal="bot", label="laptop"))
    return found


@pytest.fixture
def board(ledger: Vespera) -> PluginAnswer:
    """The plugin board, registered."""
    found: PluginAnswer = ledger.call("plugin.register", ask.RegisterPlugin(name="board", capabilities=("search",)))
    return found


@pytest.fixture
def first(ledger: Vespera, board: PluginAnswer) -> PluginTokens:
    """The first tokens of board."""
    return exchanged(ledger, board.secret)


def exchanged(ledger: Vespera, secret: str | None) -> PluginTokens:
    """What a plugin gets for a secret."""
    assert secret is not None
    found: PluginTokens = ledger.call("plugin.token", ask.ExchangeSecret(secret=secret))
    return found
