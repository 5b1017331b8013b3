"""A client that goes away in the middle of a call: what it asked for is done, and nobody else notices."""

from __future__ import annotations

import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from plugins.mcp.http.site import BOTH, ERAS, PATIENCE, Site, posted, session_of
from vespera_core.app.application import Vespera


def _sent(site: Site, era: str, title: str, cut: int | None = None) -> None:
    """Send a call, and hang up without reading; with `cut`, before the last bytes of the body."""
    asked = posted("tools/call", {"name": "create_task", "arguments": {"title": title, "project_id": "web"}}, era=era)
    where, body = urlsplit(site.url), json.dumps(asked["json"]).encode()
    headers = {"Host": where.netloc, "Content-Type": "application/json", "Content-Length": len(body), "Accept": BOTH,
               **site.shown("writer"), **asked["headers"]}  # fmt: skip
    if era == "legacy":
        with site.http("writer") as http:
            headers["Mcp-Session-Id"] = session_of(http, site.url)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(f"POST {where.path} HTTP/1.1\r\n{head}\r\n".encode() + (body[:-cut] if cut else body))


def _is_there(site: Site, title: str) -> bool:
    with Vespera.open(site.folder, actor="ann") as ledger:
        return any(task.title == title for task in ledger.tasks.list_tasks(project_id="web", limit=500).tasks)


@pytest.mark.parametrize("era", ERAS)
def test_the_write_is_finished(site: Site, era: str) -> None:
    title = f"Left behind at {site.url} by {era}"
    _sent(site, era, title)
    end = time.monotonic() + PATIENCE
    while not _is_there(site, title):
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("era", ERAS)
def test_half_a_message_does_nothing_and_harms_nobody(site: Site, era: str) -> None:
    title = f"Half at {site.url} by {era}"
    for _ in range(5):
        _sent(site, era, title, cut=3)
    with site.http("writer") as http:
        assert http.post(site.url, **posted("tools/list", era="auto")).status_code == 200
    assert not _is_there(site, title)
    assert "Traceback" not in site.errors.read_text()
