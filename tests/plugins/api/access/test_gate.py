"""Who is let in: the owner of an open server, and elsewhere whoever proves to be somebody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from plugins.api.access.conftest import asked, at_the_files, bearer, token_of, unlimited
from plugins.api.conftest import ROOT
from vespera_api.access.gate import ACTOR, ROLE, Gate
from vespera_api.app import Api
from vespera_core.app.application import Vespera
from vespera_core.app.bridge import Bridge
from vespera_core.errors import Unauthenticated
from vespera_security.tokens.requests import ExchangeSecret, PluginRef, RegisterPlugin, TokenRef


def actor_of(answer: Any) -> str:
    """Who made the task that an answer shows, as the log has it."""
    assert answer.status_code == 201, answer.text
    return str(answer.json()["task"]["task_id"])


# ---------------------------------------------------------------- a server that asks for tokens


@pytest.mark.parametrize("path", [f"{ROOT}/tasks", f"{ROOT}/nothing", "/", "/openapi.json", f"{ROOT}/plugins/tokens"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "BREW"])
def test_every_path_asks_for_a_token(proved: TestClient, path: str, method: str) -> None:
    answer = proved.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="vespera"'
    body = answer.json()
    assert (body["code"], body["request_id"]) == ("unauthenticated", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/livez/", "/livez/../api/v1/tasks", "/LIVEZ", "//livez", "/readyz;x", "/metricsx"])
def test_what_looks_like_a_probe_asks_as_well(proved: TestClient, path: str) -> None:
    assert proved.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_do_not(proved: TestClient, path: str) -> None:
    assert proved.get(path).status_code != 401


def test_whoever_is_known_may_do_what_was_granted(ledger: Vespera, proved: TestClient) -> None:
    ann, bot = bearer(token_of(ledger, "ann")), bearer(token_of(ledger, "bot"))
    made = proved.post(f"{ROOT}/tasks", json={"title": "By ann"}, headers=ann)
    assert made.status_code == 201
    one = f"{ROOT}/tasks/{made.json()['task']['task_id']}"
    assert proved.get(one, headers=bot).status_code == 200
    refused = proved.post(f"{ROOT}/tasks", json={"title": "By bot"}, headers=bot)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    history = proved.get(f"{one}/history", headers=ann).json()["events"]
    assert {row["actor"] for row in history} == {"ann"}


def test_nobody_acts_in_another_name(ledger: Vespera, proved: TestClient) -> None:
    shown = bearer(token_of(ledger, "bot"))
    for name in ("ann", "Bot", "bot ", "anonymous"):
        answer = proved.get(f"{ROOT}/tasks", headers={**shown, ACTOR: name})
        if name.strip() != "bot":
            assert (answer.status_code, answer.json()["code"]) == (403, "other_actor"), name
    assert proved.get(f"{ROOT}/tasks", headers={**shown, ACTOR: "bot"}).status_code == 200
    assert proved.get(f"{ROOT}/tasks", headers={ACTOR: "ann"}).status_code == 401


def test_a_token_bound_to_a_role_works_in_no_other(ledger: Vespera, proved: TestClient) -> None:
    shown = bearer(token_of(ledger, "ann", role="viewer"))
    answer = proved.get(f"{ROOT}/tasks", headers={**shown, ROLE: "tester"})
    assert (answer.status_code, answer.json()["code"]) == (403, "other_role")
    for headers in (shown, {**shown, ROLE: "viewer"}):
        assert proved.get(f"{ROOT}/tasks", headers=headers).status_code == 200
        assert proved.get(f"{ROOT}/principals", headers=headers).status_code == 403, "persons in no role"
    assert proved.get(f"{ROOT}/principals", headers=bearer(token_of(ledger, "ann"))).status_code == 200


def test_a_role_that_is_said_gives_nothing(ledger: Vespera, proved: TestClient) -> None:
    home = at_the_files(ledger)
    home.access.add_principal("eve", kind="person")
    shown = bearer(token_of(ledger, "eve"))
    for headers in (shown, {**shown, ROLE: "viewer"}):
        assert proved.get(f"{ROOT}/tasks", params={"project_id": "web"}, headers=headers).status_code == 403
    home.access.add_member("eve", "viewer", project_id="web")
    assert proved.get(f"{ROOT}/tasks", params={"project_id": "web"}, headers=shown).status_code == 200


def test_a_plugin_gets_its_tokens_over_http(ledger: Vespera, proved: TestClient) -> None:
    ann = bearer(token_of(ledger, "ann"))
    asked_for = {"name": "board", "capabilities": ["task_reading"]}
    answer = proved.post(f"{ROOT}/plugins", json=asked_for, headers={**ann, "Idempotency-Key": "k"})
    assert answer.status_code == 201
    again = proved.post(f"{ROOT}/plugins", json=asked_for, headers={**ann, "Idempotency-Key": "k"})
    assert again.json() == {**answer.json(), "secret": None}
    first = proved.post(f"{ROOT}/plugins/token", json={"secret": answer.json()["secret"]})
    assert first.status_code == 200
    shown = bearer(first.json()["access_token"])
    assert proved.get(f"{ROOT}/tasks", headers=shown).status_code == 403
    grant = {"principal": "board", "action": "task_reading"}
    assert proved.post(f"{ROOT}/grants", json=grant, headers=ann).status_code == 201
    assert proved.get(f"{ROOT}/tasks", headers=shown).status_code == 200
    second = proved.post(f"{ROOT}/plugins/token", json={"secret": first.json()["refresh_token"]})
    assert second.status_code == 200
    assert proved.get(f"{ROOT}/plugins/board", headers=ann).json()["plugin"]["missing"] == []
    assert proved.delete(f"{ROOT}/plugins/board", headers=ann).status_code == 200
    for one in (first, second):
        assert proved.get(f"{ROOT}/tasks", headers=bearer(one.json()["access_token"])).status_code == 401
    assert proved.post(f"{ROOT}/plugins/token", json={"secret": second.json()["refresh_token"]}).status_code == 401


def test_a_bad_token_is_not_passed_over_where_none_is_asked_for(proved: TestClient) -> None:
    answer = proved.post(f"{ROOT}/plugins/token", json={"secret": "x"}, headers=bearer("nonsense"))
    assert answer.status_code == 401
    assert "nonsense" not in answer.text


# ---------------------------------------------------------------- an open server


def test_an_open_server_takes_whoever_shows_nothing_for_its_owner(client: TestClient) -> None:
    made = client.post(f"{ROOT}/tasks", json={"title": "Mine"}, headers={ACTOR: "carl"}).json()["task"]["task_id"]
    history = client.get(f"{ROOT}/tasks/{made}/history").json()["events"]
    assert [row["actor"] for row in history] == ["carl"]


def test_on_an_open_server_a_token_takes_rights_away(ledger: Vespera, closed: Api, client: TestClient) -> None:
    shown = bearer(token_of(ledger, "bot"))
    assert client.get(f"{ROOT}/tasks", headers=shown).status_code == 200
    assert client.post(f"{ROOT}/tasks", json={"title": "x"}, headers=shown).status_code == 403
    assert client.get(f"{ROOT}/tasks", headers={**shown, ACTOR: "ann"}).status_code == 403
    assert client.get(f"{ROOT}/tasks", headers=bearer("wrong")).status_code == 401


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 401), ("fe80::1", 401)])
def test_an_open_server_is_open_to_its_own_machine(api: Api, address: str, status: int) -> None:
    with TestClient(api, base_url="http://localhost", client=(address, 4711)) as opened:
        assert opened.get(f"{ROOT}/tasks").status_code == status


# ---------------------------------------------------------------- what stays open


def connection(secret: str) -> HTTPConnection:
    headers = [(b"authorization", f"Bearer {secret}".encode())]
    return HTTPConnection({"type": "websocket", "path": "/api/v1/ws", "headers": headers, "client": ("10.0.0.7", 1)})


def test_a_connection_ends_with_its_credentials(ledger: Vespera, closed: Api) -> None:
    home = at_the_files(ledger)
    personal = token_of(ledger, "bot")
    secret = home.call("plugin.register", RegisterPlugin(name="board")).secret
    tokens = home.call("plugin.token", ExchangeSecret(secret=secret))

    async def work() -> None:
        async with Bridge(ledger.kernel) as bridge:
            gate = Gate(bridge, None)
            first, second = [await gate.admit(connection(one)) for one in (personal, tokens.access_token)]
            assert (first.caller.actor, second.caller.actor) == ("bot", "board")
            assert (first.caller.owner, first.until) == (False, None)
            assert second.until is not None
            assert personal not in repr(first)
            assert [await gate.still(one) for one in (first, second)] == [True, True]
            assert not await gate.still(replace(first, proof="token of somebody else"))
            home.call("token.revoke", TokenRef(token_id=personal.split("_")[2]))
            assert [await gate.still(one) for one in (first, second)] == [False, True]
            home.call("plugin.revoke", PluginRef(name="board"))
            assert not await gate.still(second)
            with pytest.raises(Unauthenticated):
                await gate.admit(connection(personal))

    asyncio.run(work())


def test_two_servers_over_one_workspace_agree(ledger: Vespera, closed: Api) -> None:
    """Each has a kernel of its own, as two processes have; what one writes, the other refuses."""
    shown = token_of(ledger, "bot")
    assert ledger.folder is not None
    with (
        Vespera.open(ledger.folder.parent, actor="ann", origin="rest") as other,
        asked(closed) as first,
        asked(Api(other, settings=unlimited(auth="token"))) as second,
    ):
        assert [one.get(f"{ROOT}/tasks", headers=bearer(shown)).status_code for one in (first, second)] == [200, 200]
        answer = first.delete(f"{ROOT}/tokens/{shown.split('_')[2]}", headers=bearer(token_of(other, "ann")))
        assert answer.status_code == 200
        assert [one.get(f"{ROOT}/tasks", headers=bearer(shown)).status_code for one in (first, second)] == [401, 401]
