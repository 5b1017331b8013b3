"""Forging: what somebody makes of a good token who wants to be somebody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt

from vespera_core.ports.keys import Key


def encoded(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], claims: Any, key: bytes) -> str:
    """A token that no library of good manners would make."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())}"


class Forger:
    """Knows one token that is good for an audience, and (as nobody should) the key that signed it."""

    def __init__(self, good: str, key: Key, audience: str = "rest") -> None:
        self.good, self.key, self.audience = good, key, audience
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
        own, other = self.audience, "mcp" if self.audience == "rest" else "rest"
        for aud in (other, [other], [], "", None, own.upper(), f"{own} ", [own, 1], {own: 1}, 1):
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
