"""Servers that ask for tokens, and tokens for those who call them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from vespera_api.app import Api
from vespera_api.settings import ServerSettings
from vespera_core.app.application import Vespera
from vespera_security.tokens.requests import CreateToken, ExchangeSecret, RegisterPlugin

HOME = "http://localhost:8420"


def unlimited(**given: Any) -> ServerSettings:
    """Settings of a server that lets everybody ask as often as they like."""
    names = (name for name in ServerSettings.__dataclass_fields__ if name.startswith("limit_"))
    return ServerSettings(**dict.fromkeys(names, ""), **given)


def asked(app: Api) -> TestClient:
    """A client of a server in process."""
    return TestClient(app, base_url=HOME, raise_server_exceptions=False)


def bearer(secret: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {secret}"}


def at_the_files(ledger: Vespera) -> Vespera:
    """The same ledger for ann at the command line."""
    return Vespera(ledger.kernel, replace(ledger.caller, origin="cli"))


def token_of(ledger: Vespera, name: str, role: str | None = None) -> str:
    """A new personal token."""
    return str(at_the_files(ledger).call("token.create", CreateToken(principal=name, role=role)).secret)


@pytest.fixture
def closed(ledger: Vespera) -> Api:
    """A server that answers only who shows a token; ann may do everything there, and bot may read tasks."""
    home = at_the_files(ledger)
    for name, kind, action in (("ann", "person", "*"), ("bot", "agent", "task_reading")):
        home.access.add_principal(name, kind=kind)
        home.access.grant(name, action)
    return Api(ledger, settings=unlimited(auth="token"))


@pytest.fixture
def proved(closed: Api) -> Iterator[TestClient]:
    """Its client, which shows nothing by itself."""
    with asked(closed) as opened:
        yield opened


@pytest.fixture
def signed(ledger: Vespera, closed: Api) -> str:
    """An access token of the plugin board, which may read tasks."""
    home = at_the_files(ledger)
    secret = home.call("plugin.register", RegisterPlugin(name="board")).secret
    home.access.grant("board", "task_reading")
    return str(home.call("plugin.token", ExchangeSecret(secret=secret)).access_token)
