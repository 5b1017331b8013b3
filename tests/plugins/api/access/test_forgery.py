"""Forged, stolen, stale and broken credentials: each is refused with 401, and never repeated."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from starlette.testclient import TestClient

from plugins.api.access.conftest import asked, at_the_files, bearer, token_of
from plugins.api.conftest import ROOT
from reliability.support.dose import dose, rng_of
from vespera_api.app import Api
from vespera_core.app.application import Vespera
from vespera_core.ports.keys import SIGNING, Key
from vespera_security.tokens.requests import ExchangeSecret, PluginRef, TokenRef

Forge = Callable[..., str]


def encoded(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], claims: Any, key: bytes) -> str:
    """A token that no library of good manners would make."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())}"


class Forger:
    """Knows one good token, and (as nobody should) the key that signed it."""

    def __init__(self, good: str, key: Key) -> None:
        self.good, self.key = good, key
        self.claims: dict[str, Any] = jwt.decode(good, options={"verify_signature": False})

    def signed(self, *without: str, **claims: Any) -> str:
        """The good claims with others, signed well."""
        told = {name: value for name, value in {**self.claims, **claims}.items() if name not in without}
        return by_hand({"alg": "HS256", "typ": "JWT", "kid": self.key.kid}, told, self.key.secret)

    def headed(self, key: bytes | None = None, **header: Any) -> str:
        """The good claims under another header, or by another key."""
        head = {"alg": "HS256", "typ": "JWT", "kid": self.key.kid, **header}
        return by_hand({name: value for name, value in head.items() if value is not None}, self.claims,
                       self.key.secret if key is None else key)  # fmt: skip

    def forgeries(self) -> Iterator[tuple[str, str]]:
        """(what is wrong, token)"""
        yield from self._of_headers()
        yield from self._of_times()
        yield from self._of_claims()
        yield from self._of_text()

    def _of_headers(self) -> Iterator[tuple[str, str]]:
        head, body, _ = self.good.split(".")
        for alg in ("none", "None", "nOnE", "", "HS512", "RS256", "ES256", "EdDSA", None, 1, ["HS256"]):
            yield f"alg {alg!r}", self.headed(alg=alg)
        yield "alg none without signature", f"{encoded({'alg': 'none', 'kid': self.key.kid})}.{body}."
        yield "no signature", f"{head}.{body}."
        yield "public key as the secret", self.headed(b"-----BEGIN PUBLIC KEY-----\nMFkwEwYH\n-----END PUBLIC KEY-----")
        for key in (b"", b"secret", b"\x00" * 32, self.key.kid.encode(), self.key.secret[:-1]):
            yield f"key of {len(key)} bytes", self.headed(key)
        for kid in ("", "other", None, 7, ["a"], {"a": 1}, "../../keys", "' OR 1=1 --", "a" * 2000):
            yield f"kid {str(kid)[:12]!r}", self.headed(kid=kid)
        yield "own key in the header", self.headed(b"k" * 32, jwk={"kty": "oct", "k": encoded(b"k" * 32)}, kid="mine")
        yield "key by address", self.headed(b"k" * 32, jku="http://localhost/keys", x5u="http://localhost/x")
        yield "critical extension", self.headed(crit=["odd"], odd=True)
        yield "not detached", self.headed(b64=False, crit=["b64"])

    def _of_times(self) -> Iterator[tuple[str, str]]:
        now = int(time.time())
        yield "expired", self.signed(iat=now - 1000, exp=now - 100)
        yield "expired long ago", self.signed(iat=0, exp=900)
        yield "not yet valid", self.signed(nbf=now + 3600)
        yield "issued in the future", self.signed(iat=now + 3600, exp=now + 4500)
        yield "lives too long", self.signed(exp=now + 86400)
        for exp in (None, "soon", [], 1e400, -1, 2**70, True, str(now + 600), float("nan")):
            yield f"exp {exp!r}", self.signed(exp=exp)

    def _of_claims(self) -> Iterator[tuple[str, str]]:
        for aud in ("mcp", ["mcp"], [], "", None, "REST", "rest ", ["rest", 1], {"rest": 1}, 1):
            yield f"aud {aud!r}", self.signed(aud=aud)
        for iss in ("vespera:other", "", None, 1, ["x"], self.claims["iss"].upper()):
            yield f"iss {iss!r}", self.signed(iss=iss)
        for name in ("exp", "iat", "aud", "iss", "sub", "jti", "fam"):
            yield f"without {name}", self.signed(name)
        for sub in ("ann", "bot", "", None, 1, "b\u043eard", "board\x00", "BOARD", ["board"]):
            yield f"sub {sub!r}", self.signed(sub=sub)
        for family in ("", "0" * 16, None, 1, "%", "\u202e", "x" * 5000, {"a": "b"}):
            yield f"family {str(family)[:12]!r}", self.signed(fam=family)
        for jti in ("", None, 1, []):
            yield f"jti {jti!r}", self.signed(jti=jti)
        for claims in ([], "text", 1, None, b"\xff\xfe", b"{", b"[" * 3000):
            token = by_hand({"alg": "HS256", "kid": self.key.kid}, claims, self.key.secret)
            yield f"claims {str(claims)[:12]!r}", token

    def _of_text(self) -> Iterator[tuple[str, str]]:
        head, body, signature = self.good.split(".")
        for place in range(0, len(self.good), 29):
            flipped = "A" if self.good[place] != "A" else "B"
            yield f"altered at {place}", self.good[:place] + flipped + self.good[place + 1 :]
        yield "truncated", self.good[:-2]
        yield "cut in the middle", self.good[: len(self.good) // 2]
        yield "a part more", f"{self.good}.{signature}"
        yield "encrypted form", f"{self.good}.a.b"
        yield "twice", f"{self.good},{self.good}"
        yield "padded", f"{head}=.{body}=.{signature}="
        yield "header nested deeply", f"{encoded(b'[' * 3000)}.{body}.{signature}"
        yield "dots", ".."
        yield "huge", "a" * 60_000
        yield "huge in three parts", f"{head}.{'a' * 60_000}.{signature}"


def personal_forgeries(good: str) -> Iterator[tuple[str, str]]:
    """(what is wrong, token)"""
    for place in range(0, len(good), 7):
        for other in (chr(ord(good[place]) ^ 1), good[place].swapcase()):
            if other != good[place] and other.isascii() and other.isprintable():
                yield f"altered at {place}", good[:place] + other + good[place + 1 :]
    last = good[-1]
    yield "last bits", good[:-1] + ("B" if last == "A" else "A")
    yield "truncated", good[:-1]
    yield "longer", good + "A"
    yield "padded", good + "="
    yield "other kind", good.replace("_pat_", "_reg_")
    yield "no id", good.replace("_pat_", "__")
    yield "digest", f"{good[:29]}{hashlib.sha256(good.encode()).hexdigest()[:43]}"
    yield "nothing but the prefix", "vespera_"
    yield "upper case", good.upper()
    yield "quoted", f'"{good}"'
    yield "huge", good + "A" * 20_000


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
