"""Plugins that run elsewhere: registered with a wish, granted by a person, ended with all that they were given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugins.security.tokens.conftest import Prove, Refused, exchanged
from vespera_core.app.application import Vespera
from vespera_core.cli.main import main
from vespera_core.errors import DuplicateId, InvalidInput, NotFound, PermissionDenied, Unauthenticated
from vespera_core.ports.access import Caller
from vespera_security.tokens import requests as ask
from vespera_security.tokens.answers import PluginAnswer, PluginTokens


def elsewhere(ledger: Vespera, name: str) -> Vespera:
    """The same ledger for a principal that comes over REST."""
    return Vespera(ledger.kernel, Caller(actor=name, origin="rest"))


def test_a_wish_is_recorded_and_nothing_is_granted(ledger: Vespera, board: PluginAnswer) -> None:
    assert (board.plugin.wished, board.plugin.missing, board.grants) == (("search",), ("search",), ())
    assert ledger.access.principal("board").principal.kind == "plugin"
    with pytest.raises(PermissionDenied):
        elsewhere(ledger, "board").tasks.list_tasks(project_id="web")


def test_what_a_person_grants_is_missing_no_longer(ledger: Vespera, board: PluginAnswer) -> None:
    ledger.access.grant("board", "search")
    found = ledger.call("plugin.get", ask.PluginRef(name="board"))
    assert (found.plugin.missing, [one.action for one in found.grants]) == ((), ["search"])


def test_a_plugin_cannot_give_itself_anything(ledger: Vespera, board: PluginAnswer) -> None:
    ledger.access.grant("board", "*")
    plugin = elsewhere(ledger, "board")
    for name, request in (
        ("token.create", ask.CreateToken(principal="ann")),
        ("plugin.register", ask.RegisterPlugin(name="twin")),
        ("plugin.revoke", ask.PluginRef(name="board")),
        ("token.list", ask.ListTokens()),
    ):
        with pytest.raises(PermissionDenied, match="leaves it to persons"):
            plugin.call(name, request)


def test_revoking_ends_tokens_and_grants_and_a_new_registration_starts_with_nothing(
    ledger: Vespera, board: PluginAnswer, first: PluginTokens, refused: Refused
) -> None:
    ledger.access.grant("board", "search")
    ended = ledger.call("plugin.revoke", ask.PluginRef(name="board"))
    assert (ended.plugin.state, ended.plugin.sessions, ended.grants) == ("revoked", 0, ())
    assert refused(first.access_token) == "The family was revoked."
    for secret in (board.secret, first.refresh_token):
        with pytest.raises(Unauthenticated, match="was revoked"):
            exchanged(ledger, secret)
    again = ledger.call("plugin.register", ask.RegisterPlugin(name="board"))
    assert (again.plugin.state, again.grants) == ("active", ())
    assert refused(first.access_token) == "The family was revoked."


def test_a_principal_that_was_removed_by_itself_takes_its_registration_along(
    ledger: Vespera, board: PluginAnswer, first: PluginTokens, refused: Refused
) -> None:
    ledger.access.remove_principal("board")
    assert "was removed" in refused(first.access_token)
    with pytest.raises(Unauthenticated, match="was removed"):
        exchanged(ledger, board.secret)
    assert ledger.call("plugin.get", ask.PluginRef(name="board")).plugin.state == "revoked"
    ledger.call("plugin.revoke", ask.PluginRef(name="board"))


def test_names_are_taken_once_and_wishes_are_words(ledger: Vespera, board: PluginAnswer) -> None:
    with pytest.raises(DuplicateId):
        ledger.call("plugin.register", ask.RegisterPlugin(name="board"))
    with pytest.raises(InvalidInput, match="task_creation"):
        ledger.call("plugin.register", ask.RegisterPlugin(name="odd", capabilities=("world_domination",)))
    with pytest.raises(InvalidInput, match="50"):
        ledger.call("plugin.register", ask.RegisterPlugin(name="odd", capabilities=("search",) * 51))
    with pytest.raises(NotFound):
        ledger.call("plugin.get", ask.PluginRef(name="odd"))
    with pytest.raises(NotFound):
        ledger.call("plugin.revoke", ask.PluginRef(name="bot"))


def test_the_answer_under_an_idempotency_key_has_no_secret(ledger: Vespera) -> None:
    first, again = (
        ledger.call("plugin.register", ask.RegisterPlugin(name="ci"), idempotency_key="once") for _ in range(2)
    )
    assert first.secret is not None
    assert again.secret is None
    assert again.plugin == first.plugin


def test_the_command_line(ledger: Vespera, tmp_path: Path, capsys: pytest.CaptureFixture[str], prove: Prove) -> None:
    def run(*words: str) -> str:
        assert main(["-C", str(tmp_path), *words]) == 0
        return capsys.readouterr().out

    shown = run("registration", "add", "ci", "--wants", "search,task_creation", "-d", "The build")
    assert "vespera grant add ci search" in shown
    secret = next(line for line in shown.splitlines() if line.startswith("vespera_reg_"))
    assert prove(exchanged(ledger, secret).access_token).actor == "ci"
    assert "waits for search, task_creation" in run("registration", "list")
    assert json.loads(run("registration", "show", "ci", "--json"))["data"]["plugin"]["sessions"] == 1
    assert "revoked" in run("registration", "revoke", "ci")
    assert run("registration", "list").strip() == "No registered plugins."
    assert "revoked" in run("registration", "list", "--all")
