"""REST passes the suite of transports: in process, before the gate that asks for tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from plugins.api.access.conftest import asked, bearer, token_of, unlimited
from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.http.reading import Reader
from vespera_api.routes.table import ELSEWHERE
from vespera_core.app.application import Vespera
from vespera_testkit import TransportConformance

Said = tuple[bool, Any]


class Tokens:
    """Tokens of whoever calls, made when they first do."""

    def __init__(self, ledger: Vespera) -> None:
        self._ledger = ledger
        self._made: dict[tuple[str, str | None], str] = {}

    def shown(self, actor: str, role: str | None) -> dict[str, str]:
        """The header that proves an actor, and the role."""
        if (actor, role) not in self._made:
            self._made[actor, role] = token_of(self._ledger, actor, role)
        return bearer(self._made[actor, role])


class OverHttp:
    """Asks for operations at the first of their routes that can say the input."""

    def __init__(self, api: Api, client: TestClient, tokens: Tokens) -> None:
        self._readers: dict[str, list[Reader]] = {}
        for reader, operation in api.served:
            self._readers.setdefault(operation.name, []).append(reader)
        self._client = client
        self._tokens = tokens

    def __call__(self, operation: str, given: Mapping[str, Any], actor: str, role: str | None) -> Said | None:
        for reader in self._readers.get(operation, ()):
            if (request := _request(reader, dict(given))) is not None:
                request["headers"] |= self._tokens.shown(actor, role)
                answer = self._client.request(reader.route.method, **request)
                return (True, answer.content) if answer.is_success else (False, answer.json()["code"])
        return None


def _request(reader: Reader, given: dict[str, Any]) -> dict[str, Any] | None:
    """How an input is written down for a route; None where it cannot be."""
    route = reader.route
    fills = {name: given.pop(field, None) for name, field in reader.parameters.items()}
    if None in fills.values() or route.whole or any(given.pop(name, one) != one for name, one in route.fixed.items()):
        return None
    places = {name: one[0] if isinstance(one, list) else one for name, one in fills.items()}
    headers = {"Content-Type": "application/merge-patch+json" if route.form == "merge" else "application/json"}
    if route.guarded:
        version = given.pop("expected_version", None)
        headers["If-Match"] = "*" if version is None else f'"{version}"'
    made: dict[str, Any] = {"url": ROOT + re.sub(r"\{(\w+)\}", lambda match: str(places[match[1]]), route.path)}
    if route.file is not None:
        given.pop("path", None)
    if route.file == "received":
        headers["Content-Type"], made["content"] = "application/octet-stream", b""
    if route.in_query:
        return {**made, "headers": headers, "params": given}
    return {**made, "headers": headers, "content": json.dumps(given)}


class TestRest(TransportConformance):
    provider = "rest"
    elsewhere = ELSEWHERE

    @pytest.fixture
    def client(self, workspace: Path) -> Iterator[Callable[..., Said | None]]:
        with Vespera.open(workspace, actor="ann", origin="rest") as ledger:
            api = Api(ledger, settings=unlimited(auth="token"))
            with asked(api) as opened:
                yield OverHttp(api, opened, Tokens(ledger))
