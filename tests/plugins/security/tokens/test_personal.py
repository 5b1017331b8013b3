"""Personal tokens: shown once, kept as a digest, asked for on each call, ended at once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from plugins.security.tokens.conftest import Prove, Refused
from vespera_core.app.application import Vespera
from vespera_core.cli.main import main
from vespera_core.errors import InvalidInput, NotFound
from vespera_core.model.query import EventQuery
from vespera_security.tokens import requests as ask
from vespera_security.tokens.answers import TokenAnswer


def secret_of(answer: TokenAnswer) -> str:
    assert answer.secret is not None
    return answer.secret


def test_a_token_proves_its_principal(token: TokenAnswer, prove: Prove) -> None:
    found = prove(secret_of(token))
    assert (found.actor, found.role, found.until) == ("bot", None, None)
    assert found.proof == f"token {token.token.token_id}"


def test_it_is_bound_to_the_role_and_the_days_that_it_was_given(ledger: Vespera, prove: Prove) -> None:
    made = ledger.call("token.create", ask.CreateToken(principal="ann", role="tester", days=2))
    found = prove(secret_of(made))
    assert (found.actor, found.role) == ("ann", "tester")
    assert found.until == made.token.expires_at == made.token.created_at + 2 * 86400 * 1_000_000


def test_an_expired_token_proves_nothing(
    ledger: Vespera, refused: Refused, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ledger.call("token.create", ask.CreateToken(principal="bot", days=1))
    end = made.token.expires_at
    monkeypatch.setattr(ledger.kernel, "clock", lambda: end - 1)
    assert prove(secret_of(made)).actor == "bot"
    monkeypatch.setattr(ledger.kernel, "clock", lambda: end)
    assert refused(secret_of(made)) == "The token has expired."


def test_a_revoked_token_proves_nothing_from_the_next_call_on(
    ledger: Vespera, token: TokenAnswer, refused: Refused
) -> None:
    for _ in range(2):
        ended = ledger.call("token.revoke", ask.TokenRef(token_id=token.token.token_id))
        assert ended.token.state == "revoked"
    assert refused(secret_of(token)) == "The token was revoked."


def test_tokens_of_a_removed_principal_do_not_come_back_with_it(
    ledger: Vespera, token: TokenAnswer, refused: Refused
) -> None:
    ledger.access.remove_principal("bot")
    assert "was removed" in refused(secret_of(token))
    ledger.access.add_principal("bot")
    assert "was removed" in refused(secret_of(token))


def test_the_secret_is_kept_nowhere(ledger: Vespera, token: TokenAnswer, tmp_path: Path) -> None:
    again = [
        ledger.call("token.create", ask.CreateToken(principal="bot"), idempotency_key="once") for _ in range(2)
    ]  # fmt: skip
    secrets = [secret_of(token), secret_of(again[0])]
    assert again[1] == TokenAnswer(again[0].token)
    assert "vespera_" not in repr(again)
    ledger.kernel.storage.close()
    for secret in secrets:
        random = secret.rpartition("_")[2] if "_" not in secret[-43:] else secret[-43:]
        files = [path for path in (tmp_path / ".vespera").rglob("*") if path.is_file()]
        assert files
        assert [path for path in files if random.encode() in path.read_bytes()] == []


def test_events_tell_of_a_token_by_its_public_id(ledger: Vespera, token: TokenAnswer) -> None:
    with ledger.kernel.storage.read() as reader:
        row = next(reader.event_rows(EventQuery(kinds=("token.created",))))
    assert row.entity == token.token.token_id
    digest = json.loads(row.payload)["entity"]["data"]["digest"]
    assert re.fullmatch("[0-9a-f]{64}", digest)


def test_lists_leave_out_what_has_ended_and_name_no_digest(ledger: Vespera, token: TokenAnswer) -> None:
    other = ledger.call("token.create", ask.CreateToken(principal="ann"))
    ledger.call("token.revoke", ask.TokenRef(token_id=token.token.token_id))

    def listed(**asked: object) -> list[str]:
        answer = ledger.call("token.list", ask.ListTokens(**asked))  # type: ignore[arg-type]
        return [one.token_id for one in answer.tokens]

    assert listed() == [other.token.token_id]
    assert listed(ended=True) == [token.token.token_id, other.token.token_id]
    assert listed(ended=True, principal="bot") == [token.token.token_id]


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"days": -1}, {"days": 10**9}, {"days": True}, {"role": ""}, {"label": "x\x00"}]
)
def test_what_cannot_be_is_refused(ledger: Vespera, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        ledger.call("token.create", ask.CreateToken(principal="bot", **wrong))  # type: ignore[arg-type]
    assert ledger.call("token.list", ask.ListTokens()).tokens == ()


def test_unknown_names_are_told(ledger: Vespera) -> None:
    with pytest.raises(NotFound, match="no principal 'nobody'"):
        ledger.call("token.create", ask.CreateToken(principal="nobody"))
    with pytest.raises(NotFound, match="no token"):
        ledger.call("token.revoke", ask.TokenRef(token_id="0" * 16))


def test_the_command_line_shows_a_token_once(
    ledger: Vespera, tmp_path: Path, prove: Prove, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> str:
        assert main(["-C", str(tmp_path), *words]) == 0
        return capsys.readouterr().out

    shown = run("token", "create", "bot", "--label", "desk", "--days", "3")
    assert prove(shown.splitlines()[0]).actor == "bot"
    made = json.loads(run("token", "create", "bot", "--role", "tester", "--json"))["data"]
    assert prove(made["secret"]).role == "tester"
    listed = run("token", "list")
    assert made["token"]["token_id"] in listed
    assert "desk" in listed
    assert "vespera_" not in listed
    assert "Revoked" in run("token", "revoke", made["token"]["token_id"])
    assert made["token"]["token_id"] not in run("token", "list")
