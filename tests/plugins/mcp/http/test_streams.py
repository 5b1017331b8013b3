"""Answers that stay open: word of changes, until the reader, its right to read, or the server is gone."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from plugins.api.access.conftest import bearer, token_of
from plugins.mcp.http.site import ERAS, PATIENCE, Site, posted, running, session_of
from vespera_core.app.application import Vespera, init_workspace
from vespera_security.tokens.requests import TokenRef

READY = "vespera://ready"


@contextmanager
def listening(http: httpx2.Client, url: str, era: str) -> Iterator[Iterator[str]]:
    """An open stream that hears of what is ready: its lines."""
    if era == "legacy":
        session = {"Mcp-Session-Id": session_of(http, url)}
        asked = posted("resources/subscribe", {"uri": READY})
        asked["headers"] |= session
        subscribed = http.post(url, **asked)
        assert '"result"' in subscribed.text
        request: dict[str, Any] = {"method": "GET", "headers": session}
    else:
        request = {"method": "POST", **_listen()}
    with http.stream(url=url, **request) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        if era == "auto":
            assert "acknowledged" in _data(lines)
        yield lines


def _listen() -> dict[str, Any]:
    return posted("subscriptions/listen", {"notifications": {"resourceSubscriptions": [READY]}}, era="auto")


def _data(lines: Iterator[str]) -> str:
    return next(line for line in lines if line.startswith("data:") and len(line) > len("data: "))


@pytest.mark.parametrize("era", ERAS)
def test_a_reader_hears_of_what_others_do(site: Site, era: str) -> None:
    with site.http("writer") as http, listening(http, site.url, era) as lines:
        with Vespera.open(site.folder, actor="ann") as ledger:
            ledger.tasks.create_task("New", project_id="web")
        told = _data(lines)
    assert "notifications/resources/updated" in told
    assert READY in told


def test_a_stream_that_does_not_say_so_in_its_head_is_refused(site: Site) -> None:
    asked = _listen()
    for said in (None, "tools/list", "subscriptions/LISTEN"):
        headers = {name: value for name, value in asked["headers"].items() if name != "Mcp-Method"}
        with site.http("writer", **headers, **({"Mcp-Method": said} if said else {})) as http:
            assert http.post(site.url, json=asked["json"]).status_code == 400


@pytest.mark.parametrize("era", ERAS)
def test_a_stream_ends_with_the_token_that_opened_it(site: Site, era: str) -> None:
    with Vespera.open(site.folder, actor="ann") as ledger:
        token = token_of(ledger, "writer")
        with site.http(None, **bearer(token)) as http, listening(http, site.url, era) as lines:
            ledger.call("token.revoke", TokenRef(token_id=token.split("_")[2]))
            assert list(lines) is not None


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0", "--no-services"), ("mcp", "--http", "127.0.0.1:0")], ids=lambda one: one[0]
)
def test_a_signal_ends_open_streams_and_the_server(tmp_path: Path, words: tuple[str, ...]) -> None:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with running(tmp_path, *words) as site, site.http(None) as http, site.http(None) as other:
        with listening(http, site.url, "legacy") as old, listening(other, site.url, "auto") as new:
            site.process.send_signal(signal.SIGTERM)
            assert (list(old) is not None, list(new) is not None) == (True, True)
        assert site.process.wait(PATIENCE) == 0
        assert site.errors.read_text() == ""
