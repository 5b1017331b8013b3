"""Access tokens live for minutes, refresh tokens for one use; one that comes again ends its family."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from plugins.security.tokens.conftest import Prove, Refused, exchanged
from vespera_core.app.application import Vespera
from vespera_core.errors import Unauthenticated
from vespera_core.model.query import EventQuery
from vespera_core.ports.keys import SIGNING
from vespera_security.tokens import requests as ask
from vespera_security.tokens.answers import PluginAnswer, PluginTokens
from vespera_security.tokens.facts import check_holds


def claims_of(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_an_access_token_says_what_it_must(ledger: Vespera, first: PluginTokens, prove: Prove) -> None:
    header, claims = jwt.get_unverified_header(first.access_token), claims_of(first.access_token)
    assert (header["alg"], header["kid"]) == ("HS256", ledger.kernel.vault.signing_keys()[0].kid)
    assert set(claims) == {"exp", "iat", "aud", "iss", "sub", "jti", "fam"}
    assert claims["exp"] - claims["iat"] == first.expires_in == 900  # type: ignore[operator]
    assert (sorted(claims["aud"]), claims["sub"]) == (["mcp", "rest"], "board")
    found = prove(first.access_token)
    assert (found.actor, found.role, found.until) == ("board", None, claims["exp"] * 1_000_000)  # type: ignore[operator]


def test_refresh_tokens_rotate(ledger: Vespera, first: PluginTokens, prove: Prove) -> None:
    tokens = [first]
    for _ in range(3):
        tokens.append(exchanged(ledger, tokens[-1].refresh_token))
    assert len({one.refresh_token for one in tokens} | {one.access_token for one in tokens}) == 8
    assert {prove(one.access_token).actor for one in tokens} == {"board"}


def test_a_refresh_token_that_comes_again_ends_its_family_alone(
    ledger: Vespera, board: PluginAnswer, first: PluginTokens, refused: Refused, prove: Prove
) -> None:
    other = exchanged(ledger, board.secret)
    second = exchanged(ledger, first.refresh_token)
    with pytest.raises(Unauthenticated, match="used before"):
        exchanged(ledger, first.refresh_token)
    for one in (first, second):
        assert refused(one.access_token) == "The family was revoked."
    with pytest.raises(Unauthenticated, match="was revoked"):
        exchanged(ledger, second.refresh_token)
    assert prove(other.access_token).actor == "board"


def test_of_many_who_show_one_refresh_token_at_once_one_gets_through(ledger: Vespera, first: PluginTokens) -> None:
    def attempt(_: int) -> bool:
        try:
            exchanged(ledger, first.refresh_token)
        except Unauthenticated:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert ledger.call("plugin.get", ask.PluginRef(name="board")).plugin.sessions == 0


def test_nobody_ends_a_family_by_its_public_id(ledger: Vespera, first: PluginTokens, prove: Prove) -> None:
    family, _, turn = first.refresh_token.partition(".")
    public = family[: len("vespera_ref_") + 16]
    for forged in (f"{public}_{'A' * 43}.{turn}", f"{public}_{'A' * 43}.{'A' * 43}", f"{public}_{'A' * 43}"):
        with pytest.raises(Unauthenticated, match="no token of this workspace"):
            exchanged(ledger, forged)
    assert prove(exchanged(ledger, first.refresh_token).access_token).actor == "board"


def test_a_refresh_token_waits_thirty_days(ledger: Vespera, first: PluginTokens) -> None:
    with ledger.kernel.storage.read() as reader:
        family = reader.entities("family", owner="board")[0]
        end = family.data["expires_at"]
        assert end == family.updated_at + 30 * 86400 * 1_000_000
        with pytest.raises(Unauthenticated, match="expired"):
            check_holds(reader, family, end)
        check_holds(reader, family, end - 1)


def test_each_kind_of_secret_is_good_for_one_thing(
    ledger: Vespera, board: PluginAnswer, first: PluginTokens, refused: Refused
) -> None:
    assert board.secret is not None
    for secret in (board.secret, first.refresh_token):
        assert refused(secret) == "What was sent is no token of this workspace."
    personal = ledger.call("token.create", ask.CreateToken(principal="bot")).secret
    for secret in (personal, first.access_token, "", "x" * 10_000, "\x00", "vespera_ref_\ud800"):
        with pytest.raises(Unauthenticated):
            exchanged(ledger, secret)


def test_new_keys_sign_and_old_ones_are_read_until_they_are_retired(
    ledger: Vespera, first: PluginTokens, prove: Prove, refused: Refused
) -> None:
    old = ledger.kernel.vault.signing_keys()[0]
    new = ledger.kernel.vault.new_key(SIGNING)
    second = exchanged(ledger, first.refresh_token)
    assert jwt.get_unverified_header(second.access_token)["kid"] == new.kid
    assert prove(first.access_token).actor == prove(second.access_token).actor == "board"
    ledger.kernel.vault.provider.retire(SIGNING, old.kid)
    assert refused(first.access_token) == "What was sent is no token of this workspace."
    assert prove(second.access_token).actor == "board"


def test_the_keys_lie_in_a_file_for_their_owner_alone(first: PluginTokens, tmp_path: Path) -> None:
    assert first.access_token
    assert (tmp_path / ".vespera" / "keys.json").stat().st_mode & 0o777 == 0o600


def test_another_process_reads_the_same_tokens(ledger: Vespera, first: PluginTokens, tmp_path: Path) -> None:
    """Another kernel over the same files, as another process has one, with what this one does meanwhile."""
    from vespera_core.app.policy.authenticating import authenticate
    from vespera_core.ports.identity import Credentials

    shown = Credentials(scheme="bearer", secret=first.access_token, audience="rest")
    with Vespera.open(tmp_path, actor="ann") as other:
        assert authenticate(other.kernel, shown).actor == "board"
        ledger.kernel.vault.new_key(SIGNING)
        second = exchanged(ledger, first.refresh_token)
        assert authenticate(other.kernel, replace(shown, secret=second.access_token)).actor == "board"
        with pytest.raises(Unauthenticated):
            exchanged(other, first.refresh_token)
    with pytest.raises(Unauthenticated, match="revoked"):
        authenticate(ledger.kernel, shown)


def test_the_log_tells_of_turns_in_the_name_of_the_plugin_and_of_no_secret(
    ledger: Vespera, board: PluginAnswer, first: PluginTokens
) -> None:
    exchanged(ledger, first.refresh_token)
    with ledger.kernel.storage.read() as reader:
        rows = list(reader.event_rows(EventQuery(kinds=("registration.added", "family.started", "family.turned"))))
    assert [(row.kind, row.actor) for row in rows] == [
        ("registration.added", "ann"), ("family.started", "board"), ("family.turned", "board"),
    ]  # fmt: skip
    told = json.dumps([row.payload for row in rows])
    assert "vespera_" not in told
    assert "vespera_" not in repr((board, first, ask.ExchangeSecret(secret=str(board.secret))))
