"""Agents at the same server as REST: no way in without the gate, and the limits of their callers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from plugins.api.access.conftest import asked, bearer, token_of, unlimited
from plugins.api.access.forging import Forger, personal_forgeries
from vespera_api.app import Api
from vespera_core.app.application import Vespera

NEW = "2026-07-28"
PATH = "/mcp"


def requested(tool: str, **arguments: Any) -> dict[str, Any]:
    """A call of a tool by the newer protocol."""
    meta = {f"io.modelcontextprotocol/{name}": value for name, value in (
        ("protocolVersion", NEW), ("clientCapabilities", {}))}  # fmt: skip
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": NEW, "Mcp-Method": "tools/call",
               "Mcp-Name": tool}  # fmt: skip
    return {"json": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, "headers": headers}


def call(client: TestClient, token: str | bytes | None, tool: str, **arguments: Any) -> Any:
    """The answer to it."""
    asked_for = requested(tool, **arguments)
    if token is not None:
        asked_for["headers"]["Authorization"] = b"Bearer " + (token.encode() if isinstance(token, str) else token)
    return client.post(PATH, **asked_for)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["result"]["content"][0]["text"])


def test_no_forged_token_gets_in(ledger: Vespera, closed: Api, signed: str) -> None:
    forger = Forger(signed, ledger.kernel.vault.signing_keys()[0], "mcp")
    with asked(closed) as client:
        for good in (signed, forger.signed(aud="mcp"), forger.signed(aud=["mcp"])):
            assert "tasks" in text_of(call(client, good, "list_tasks"))
        for what, token in [*forger.forgeries(), *personal_forgeries(token_of(ledger, "bot"))]:
            answer = call(client, token, "list_tasks")
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), what
            assert answer.headers["www-authenticate"] == 'Bearer realm="vespera"', what


def test_a_token_for_tools_is_none_for_rest(ledger: Vespera, closed: Api, signed: str) -> None:
    forger = Forger(signed, ledger.kernel.vault.signing_keys()[0])
    with asked(closed) as client:
        token = forger.signed(aud="mcp")
        assert call(client, token, "list_tasks").status_code == 200
        assert client.get("/api/v1/tasks", headers=bearer(token)).status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_of_it_is_answered_without_the_gate(proved: TestClient, method: str) -> None:
    for path in ("", "/", "/x", "/../mcp", ";x", "%2f", "?a=b", "//", "/%00"):
        for before in ("", "/", "/livez/.."):
            answer = proved.request(method, before + PATH + path, headers=requested("list_tasks")["headers"])
            assert answer.status_code == 401, before + path
            assert "mcp-session-id" not in answer.headers


@pytest.mark.parametrize(
    ("limit", "tool", "arguments"),
    [
        ("limit_writes", "create_task", {"title": "One more", "if_similar": "create"}),
        ("limit_searches", "search_tasks", {"query": "one"}),
        ("limit_analyses", "get_task_dashboard", {}),
    ],
)
def test_what_an_operation_costs_counts_against_its_caller(
    ledger: Vespera, closed: Api, limit: str, tool: str, arguments: dict[str, Any]
) -> None:
    mine, other = token_of(ledger, "ann"), token_of(ledger, "ann")
    bound: dict[str, Any] = {limit: "2/hour"}
    with asked(Api(ledger, settings=replace(unlimited(auth="token"), **bound))) as client:
        answers = [text_of(call(client, mine, tool, **arguments)) for _ in range(3)]
        assert [one.lower().startswith("rate_limited") for one in answers] == [False, False, True], answers
        assert "Wait" in answers[-1]
        assert "rate_limited" not in text_of(call(client, other, tool, **arguments)).lower()
        assert "rate_limited" not in text_of(call(client, mine, "list_tasks")).lower()


def test_requests_are_counted_as_reads(ledger: Vespera, closed: Api) -> None:
    token = token_of(ledger, "ann")
    with asked(Api(ledger, settings=replace(unlimited(auth="token"), limit_reads="2/hour"))) as client:
        statuses = [call(client, token, "list_tasks").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
