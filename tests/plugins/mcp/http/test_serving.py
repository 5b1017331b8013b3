"""Where a server of its own listens, whom it lets in there, and which settings it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from plugins.api.access.conftest import bearer, token_of
from plugins.mcp.http.site import BOTH, posted
from vespera_core.app.application import Vespera
from vespera_core.app.bridge import Bridge
from vespera_core.app.network.gate import Gate
from vespera_core.app.network.mounting import Carrier
from vespera_core.cli.main import main
from vespera_core.errors import ConfigError, InvalidInput
from vespera_mcp.http.address import address_of
from vespera_mcp.http.selecting import selected
from vespera_mcp.http.service import service_of
from vespera_mcp.http.serving import app_of
from vespera_mcp.settings import DEFAULTS, McpSettings, mcp_settings
from vespera_mcp.tools.offer import Selection

BOARD = "https://board.example.org"


@contextmanager
def asked(
    ledger: Vespera, *, owner: str | None = None, role: str | None = None, address: str = "127.0.0.1", **settings: Any
) -> Iterator[TestClient]:
    """A client of a server in this process."""
    bridge = Bridge(ledger.kernel)
    gate = Gate(bridge, owner, role)
    service = service_of(Carrier(ledger=ledger, bridge=bridge, still=gate.still), Selection())
    app = app_of(service, bridge, gate, McpSettings(**settings), "127.0.0.1")
    with TestClient(app, base_url="http://localhost", headers={"Accept": BOTH}, client=(address, 4711)) as client:
        yield client


def listed(client: TestClient, **headers: str) -> Any:
    asked_for = posted("tools/list", era="auto")
    return client.post("/mcp", **{**asked_for, "headers": {**asked_for["headers"], **headers}})


# ---------------------------------------------------------------- whom it lets in


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 401), ("fe80::1", 401)])
def test_an_open_server_is_open_to_its_own_machine(ledger: Vespera, address: str, status: int) -> None:
    with asked(ledger, owner="ann", address=address) as client:
        assert listed(client).status_code == status


def test_a_token_is_checked_by_an_open_server_too(ledger: Vespera) -> None:
    with asked(ledger, owner="ann") as client:
        assert listed(client, Authorization="Bearer forged").status_code == 401


def test_a_server_that_works_in_a_role_lets_nobody_work_in_another(ledger: Vespera) -> None:
    ledger.access.add_principal("bo", kind="agent")
    bound, free = token_of(ledger, "bo", role="tester"), token_of(ledger, "bo")
    with asked(ledger, owner="ann", role="writer") as client:
        for one in ({}, {"Vespera-Role": "writer"}, bearer(free)):
            assert listed(client, **one).status_code == 200
        for one in ({"Vespera-Role": "tester"}, bearer(bound), {**bearer(free), "Vespera-Role": "tester"}):
            answer = listed(client, **one)
            assert (answer.status_code, answer.json()["code"]) == (403, "other_role")


def test_pages_that_were_named_may_call(ledger: Vespera) -> None:
    with asked(ledger, owner="ann", origins=[BOARD]) as client:
        wish = {"Origin": BOARD, "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,mcp-method,mcp-protocol-version"}  # fmt: skip
        assert client.options("/mcp", headers=wish).status_code == 200
        answer = listed(client, Origin=BOARD)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == BOARD
        assert client.options("/mcp", headers={**wish, "Host": "evil.org"}).status_code == 421
        assert listed(client, Origin="https://evil.org").status_code == 403


def test_names_that_were_given_are_answered(ledger: Vespera) -> None:
    with asked(ledger, owner="ann", hosts=["tools.example.org"]) as client:
        assert listed(client, Host="tools.example.org:8421").status_code == 200


# ---------------------------------------------------------------- where it listens


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:8421", ("127.0.0.1", 8421)), ("[::1]:0", ("::1", 0)), ("localhost:65535", ("localhost", 65535))],
)
def test_addresses_are_read(text: str, address: tuple[str, int]) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "8421", ":8421", "localhost", "localhost:", "localhost:x", "localhost:70000",
                                  "::1:80", "[localhost]:80", "[::1]", "localhost:\u0661"])  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no address"):
        address_of(text)


@pytest.mark.parametrize(
    ("config", "missing"),
    [("", ("auth = ", "hosts = ")), ('auth = "token"', ("hosts = ",)), ('hosts = ["a.example.org"]', ("auth = ",))],
)
def test_other_machines_are_let_in_once_callers_and_names_are_told_apart(
    ledger: Vespera, tmp_path: Path, config: str, missing: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / ".vespera" / "config.toml").open("a") as file:
        file.write(f"\n[transport.mcp]\n{config}\n")
    assert main(["-C", str(tmp_path), "mcp", "--http", "0.0.0.0:0"]) == 5
    told = capsys.readouterr().err
    assert "[transport.mcp]" in told
    assert all(one in told for one in missing)


@pytest.mark.parametrize(
    "wrong",
    [{"auth": "none"}, {"auth": True}, {"origins": ["*"]}, {"hosts": "x"}, {"origins": [1]}, {"read_only": 1}],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"transport\.mcp"):
        mcp_settings({**DEFAULTS, **wrong})


def test_toolsets_come_from_the_start_or_else_from_the_settings() -> None:
    settings = McpSettings(toolsets="graph", read_only=True)
    assert selected(settings).toolsets == ("graph",)
    assert selected(settings, "core,search").toolsets == ("core", "search")
    assert selected(settings, "core").read_only
    with pytest.raises(ConfigError, match=r"transport\.mcp"):
        selected(McpSettings(toolsets="grpah"))
    with pytest.raises(InvalidInput):
        selected(settings, "grpah")
