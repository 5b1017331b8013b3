"""Forged, stolen, stale and broken credentials: each is refused with 401, and never repeated."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from starlette.testclient import TestClient

from plugins.api.access.conftest import asked, at_the_files, bearer, token_of
from plugins.api.access.forging import Forger, personal_forgeries
from plugins.api.conftest import ROOT
from reliability.support.dose import dose, rng_of
from vespera_api.app import Api
from vespera_core.app.application import Vespera
from vespera_core.ports.keys import SIGNING
from vespera_security.tokens.requests import ExchangeSecret, PluginRef, TokenRef


def check_refused(client: TestClient, headers: Any, secret: str, what: str) -> None:
    """Raises AssertionError unless it is a 401 that says nothing of what was sent."""
    answer = client.get(f"{ROOT}/tasks", headers=headers)
    assert answer.status_code == 401, (what, answer.status_code, answer.text)
    assert answer.headers["www-authenticate"] == 'Bearer realm="vespera"', what
    assert answer.headers["content-type"] == "application/problem+json", what
    body = answer.json()
    assert (body["code"], body["status"], body["errors"]) == ("unauthenticated", 401, []), what
    told = answer.text + str(answer.headers)
    parts = [part for part in secret.replace("_", ".").split(".") if len(part) > 9]
    assert not [part for part in parts if part in told], what


@pytest.fixture
def forger(ledger: Vespera, signed: str) -> Forger:
    return Forger(signed, ledger.kernel.vault.signing_keys()[0])


@pytest.mark.parametrize("auth", ["token", "open"])
def test_every_forgery_is_refused(
    ledger: Vespera, closed: Api, forger: Forger, auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    with asked(closed if auth == "token" else Api(ledger)) as client:
        assert client.get(f"{ROOT}/tasks", headers=bearer(forger.good)).status_code == 200
        assert client.get(f"{ROOT}/tasks", headers=bearer(forger.signed())).status_code == 200
        tried = [*forger.forgeries(), *personal_forgeries(token_of(ledger, "bot"))]
        assert len(tried) > 130
        for what, token in tried:
            check_refused(client, {"Authorization": f"Bearer {token}".encode()}, token, what)
    assert "failed to check credentials" not in caplog.text
    assert forger.good[-20:] not in caplog.text


def test_tokens_altered_at_random_are_refused(ledger: Vespera, proved: TestClient, signed: str) -> None:
    """A few characters changed, moved, left out or doubled, in any kind of token."""
    rng = rng_of("altered tokens")
    for good in (signed, token_of(ledger, "bot")):
        for _ in range(dose(100, 10_000)):
            text = list(good)
            for _ in range(rng.randint(1, 4)):
                start, end = sorted(rng.choices(range(len(text) + 1), k=2))
                end = min(end, start + 8)
                text[start:end] = rng.choice((
                    [], text[start:end] * 2, text[start:end][::-1], [chr(rng.randint(33, 126))],
                ))  # fmt: skip
            altered = "".join(text)
            if altered != good:
                check_refused(proved, bearer(altered), altered, "altered at random")


@pytest.mark.parametrize("auth", ["token", "open"])
def test_headers_that_are_none_are_refused(ledger: Vespera, closed: Api, signed: str, auth: str) -> None:
    good = token_of(ledger, "bot")
    with asked(closed if auth == "token" else Api(ledger)) as client:
        for value in (
            b"", b"Bearer", b"Bearer ", b"Bearer  ", f"Basic {good}".encode(), f"Token {good}".encode(), good.encode(),
            f"Bearer{good}".encode(), f"Bearer {good} {good}".encode(), f"Bearer {good},Bearer {good}".encode(),
            f"Digest username={good}".encode(), f"Bearer {good}\x00".encode(), b"Bearer \xff\xfe", b"\xff",
            "Bearer b\u00f6t".encode("latin-1"), f"Bearer\t{good}".encode(), f"Bearer {good}\x7f".encode(),
        ):  # fmt: skip
            check_refused(client, {"Authorization": value}, good, repr(value)[:20])
        for twice in ((good, good), (good, signed), (good, "x")):
            shown = [("Authorization", f"Bearer {one}") for one in twice]
            check_refused(client, shown, good, "two headers")
        for spelt in ("bearer", "BEARER", "Bearer"):
            assert client.get(f"{ROOT}/tasks", headers={"Authorization": f"{spelt} {good}"}).status_code == 200


def test_a_key_of_another_workspace_signs_nothing_here(
    closed: Api, forger: Forger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from vespera_core.app.application import init_workspace
    from vespera_security.tokens.requests import RegisterPlugin

    folder = tmp_path_factory.mktemp("other")
    init_workspace(folder, prefix="web", actor="ann")
    with Vespera.open(folder, actor="ann") as other, asked(closed) as client:
        secret = other.call("plugin.register", RegisterPlugin(name="board")).secret
        stranger = other.call("plugin.token", ExchangeSecret(secret=secret)).access_token
        check_refused(client, bearer(stranger), stranger, "their own")
        theirs = other.kernel.vault.signing_keys()[0]
        for kid in (theirs.kid, forger.key.kid):
            token = forger.headed(theirs.secret, kid=kid)
            check_refused(client, bearer(token), token, "our claims by their key")
        their_claims = jwt.decode(stranger, options={"verify_signature": False})
        token = forger.signed(**their_claims)
        check_refused(client, bearer(token), token, "their claims by our key, where both keep one key ring")


def test_what_was_revoked_is_refused_on_the_next_request(ledger: Vespera, proved: TestClient, signed: str) -> None:
    home = at_the_files(ledger)
    personal, lasting = token_of(ledger, "bot"), token_of(ledger, "ann")
    for token in (personal, signed, lasting):
        assert proved.get(f"{ROOT}/tasks", headers=bearer(token)).status_code == 200
    home.call("token.revoke", TokenRef(token_id=personal.split("_")[2]))
    check_refused(proved, bearer(personal), personal, "revoked")
    home.call("plugin.revoke", PluginRef(name="board"))
    check_refused(proved, bearer(signed), signed, "revoked family")
    home.access.remove_principal("ann")
    check_refused(proved, bearer(lasting), lasting, "removed principal")


def test_a_key_that_was_retired_is_good_for_nothing(ledger: Vespera, proved: TestClient, signed: str) -> None:
    vault = ledger.kernel.vault
    old = vault.signing_keys()[0].kid
    vault.new_key(SIGNING)
    assert proved.get(f"{ROOT}/tasks", headers=bearer(signed)).status_code == 200
    vault.provider.retire(SIGNING, old)
    check_refused(proved, bearer(signed), signed, "retired key")


def test_registration_secrets_are_asked_for_in_the_body_and_not_repeated(ledger: Vespera, proved: TestClient) -> None:
    secret = "vespera_reg_" + "0" * 16 + "_" + "Z" * 43
    answer = proved.post(f"{ROOT}/plugins/token", json={"secret": secret})
    assert answer.status_code == 401
    assert "ZZZZ" not in answer.text
    assert answer.headers["www-authenticate"] == 'Bearer realm="vespera"'
    for body in ({"secret": ["Z" * 43]}, {"secret": {"Z" * 43: 1}}, {"secret": None, "ZZZZ": 1}, {}):
        answer = proved.post(f"{ROOT}/plugins/token", json=body)
        assert answer.status_code == 422
        assert "Z" * 43 not in answer.text
