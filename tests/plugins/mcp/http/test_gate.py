"""Nothing is answered before the gate: host, origin, credentials."""

from __future__ import annotations

import pytest

from plugins.api.access.conftest import bearer, token_of
from plugins.api.access.forging import Forger, personal_forgeries
from plugins.mcp.http.site import ERAS, GREETING, Site, posted, session_of
from vespera_core.app.application import Vespera
from vespera_security.tokens.requests import ExchangeSecret, RegisterPlugin, TokenRef

SOME = 12
"""Forgeries that go over the wire, of those that the gate is tried with in process."""


@pytest.fixture(scope="session")
def forger(workplace: tuple[object, object]) -> Forger:
    folder, _ = workplace
    with Vespera.open(folder, actor="ann") as ledger:  # type: ignore[arg-type]
        secret = ledger.call("plugin.register", RegisterPlugin(name="board")).secret
        good = str(ledger.call("plugin.token", ExchangeSecret(secret=secret)).access_token)
        return Forger(good, ledger.kernel.vault.signing_keys()[0], "mcp")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_method_asks_for_a_token(site: Site, method: str, slash: str) -> None:
    with site.http(None) as http:
        answer = http.request(method, site.url + slash)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="vespera"'
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.org"}, 421),
        ({"Host": "localhost.evil.org:80"}, 421),
        ({"Origin": "https://evil.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_other_hosts_and_pages_are_refused_whatever_they_show(
    site: Site, era: str, headers: dict[str, str], status: int
) -> None:
    for who in ("admin", None):
        with site.http(who, **headers) as http:
            answer = http.post(site.url, **posted("tools/list", era=era))
            assert answer.status_code == status, answer.text
            assert "create_task" not in answer.text
            assert "mcp-session-id" not in answer.headers


def test_pages_of_its_own_may_call(site: Site) -> None:
    own = site.url.removesuffix("/mcp")
    with site.http("reader", Origin=own) as http:
        assert http.post(site.url, **posted("tools/list", era="auto")).status_code == 200


@pytest.mark.parametrize("era", ERAS)
def test_forged_tokens_open_nothing(site: Site, forger: Forger, era: str) -> None:
    with site.http(None) as http:
        for good in (forger.good, forger.signed(aud="mcp"), forger.signed(aud=["mcp"])):
            assert http.post(site.url, **_asked(good, era)).status_code == 200
        forgeries = [*forger.forgeries(), *personal_forgeries(site.tokens["admin"])]
        others = [one for one in forgeries if one[0].startswith("aud ")]
        assert len(others) == 10
        for what, token in [*others, *forgeries[:: len(forgeries) // SOME]]:
            if len(token) < 8000:  # longer heads are refused by the server before anybody looks at them
                answer = http.post(site.url, **_asked(token, era))
                assert answer.status_code == 401, what
                assert token not in answer.text, what


def _asked(token: str, era: str) -> dict[str, object]:
    request = posted("initialize", GREETING) if era == "legacy" else posted("tools/list", era=era)
    return {**request, "headers": {**request["headers"], **bearer(token)}}


def test_a_revoked_token_opens_nothing_not_even_its_own_session(site: Site) -> None:
    with Vespera.open(site.folder, actor="ann") as ledger:
        token = token_of(ledger, "reader")
        with site.http(None, **bearer(token)) as http:
            session = {"Mcp-Session-Id": session_of(http, site.url)}
            asked = posted("tools/list")
            asked["headers"] |= session
            assert http.post(site.url, **asked).status_code == 200
            ledger.call("token.revoke", TokenRef(token_id=token.split("_")[2]))
            assert http.post(site.url, **asked).status_code == 401
            assert http.delete(site.url, headers=session).status_code == 401


def test_nobody_acts_in_another_name(site: Site) -> None:
    for header, code in (("Vespera-Actor", "other_actor"),):
        with site.http("reader", **{header: "ann"}) as http:
            answer = http.post(site.url, **posted("tools/list", era="auto"))
            assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_a_refusal_says_what_to_do(site: Site) -> None:
    with site.http(None) as http:
        told = http.post(site.url, **posted("tools/list", era="auto")).json()
    assert (told["status"], told["type"]) == (401, "urn:vespera:error:unauthenticated")
    assert told["next"]


@pytest.mark.parametrize("path", ["", "/api/v1/tasks", "/mcpx", "/mcp/x", "/mcp//", "/metrics"])
def test_a_server_of_its_own_answers_at_one_path(standalone: Site, path: str) -> None:
    with standalone.http("admin") as http:
        assert http.get(standalone.url.removesuffix("/mcp") + path).status_code == 404
