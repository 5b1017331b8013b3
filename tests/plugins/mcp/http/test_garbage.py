"""Whatever is sent, it is refused in the protocol's words, and the server goes on."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.request import Request, urlopen

import httpx2
import pytest

from plugins.mcp.http.site import BOTH, ERAS, GREETING, PATIENCE, Site, posted, session_of
from vespera_mcp.http.bodies import MAX_BODY

JSON = {"Content-Type": "application/json"}
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00",
    "a number": b"1",
    "a word": b'"tools/list"',
    "null": b"null",
    "an empty list": b"[]",
    "a batch": json.dumps([{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}] * 3).encode(),
    "a batch of garbage": b"[1, null, {}]",
    "an empty object": b"{}",
    "another version": b'{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}',
    "no method": b'{"jsonrpc": "2.0", "id": 1}',
    "an odd id": b'{"jsonrpc": "2.0", "id": {"a": 1}, "method": "tools/list"}',
    "an odd method": b'{"jsonrpc": "2.0", "id": 1, "method": 7}',
    "odd params": b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": [1]}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000,
    "a long number": b'{"jsonrpc": "2.0", "id": ' + b"9" * 10_000 + b', "method": "tools/list"}',
    "half a character": b'{"jsonrpc": "2.0", "id": 1, "method": "\\ud800"}',
}


def _headers(site: Site, http: httpx2.Client, era: str) -> dict[str, str]:
    asked: dict[str, str] = posted("tools/list", era=era)["headers"]
    return {**asked, **JSON, **({"Mcp-Session-Id": session_of(http, site.url)} if era == "legacy" else {})}


def _works(site: Site, http: httpx2.Client) -> bool:
    return http.post(site.url, **posted("tools/list", era="auto")).status_code == 200


@pytest.mark.parametrize("era", ERAS)
def test_bodies_that_are_no_message_are_refused(site: Site, era: str) -> None:
    with site.http("writer") as http:
        headers = _headers(site, http, era)
        for what, body in BODIES.items():
            answer = http.post(site.url, content=body, headers=headers)
            if answer.status_code != 202:  # what may be taken for a notification is passed over
                assert 400 <= answer.status_code < 500, (what, answer.status_code, answer.text)
                assert "error" in answer.json(), what
            assert "Traceback" not in answer.text, what
        assert _works(site, http)


@pytest.mark.parametrize("era", ERAS)
def test_a_body_that_is_too_long_is_not_read_to_its_end(site: Site, era: str) -> None:
    with site.http("writer") as http:
        headers = _headers(site, http, era)
        for body in (b" " * (MAX_BODY + 1), (b" " * 65_536 for _ in range(MAX_BODY // 65_536 + 1))):
            with contextlib.suppress(httpx2.WriteError):  # the server may hang up before all of it was sent
                assert http.post(site.url, content=body, headers=headers).status_code == 413
        assert _works(site, http)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "wrong",
    [{"Content-Type": "text/plain"}, {"Content-Type": ""}, {"Accept": "text/html"}, {"Accept": "image/*"},
     {"MCP-Protocol-Version": "2099-01-01"}, {"MCP-Protocol-Version": "\x7f"}],
)  # fmt: skip
def test_headers_that_do_not_fit_are_refused(site: Site, era: str, wrong: dict[str, str]) -> None:
    with site.http("writer") as http:
        asked = posted("tools/list", era=era)
        asked["headers"] = {**_headers(site, http, era), **wrong}
        answer = http.post(site.url, **asked)
        assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)


def test_blanks_around_the_value_of_a_header_are_no_part_of_it(site: Site) -> None:
    asked = posted("tools/call", {"name": "list_tasks", "arguments": {}}, era="auto")
    headers = {**asked["headers"], **JSON, **site.shown("writer"), "Accept": BOTH, "Mcp-Name": " \tlist_tasks \t "}
    with urlopen(Request(site.url, json.dumps(asked["json"]).encode(), headers), timeout=PATIENCE) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_refused(site: Site, method: str) -> None:
    with site.http("writer") as http:
        for era in ERAS:
            answer = http.request(method, site.url, headers=_headers(site, http, era))
            assert answer.status_code == 405, (era, answer.status_code)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("method", "params"),
    [("no/such", {}), ("tools/call", {}), ("tools/call", {"name": 7}), ("resources/read", {"uri": "file:///etc/passwd"}),
     ("tools/call", {"name": "create_task", "arguments": [1]}), ("initialize", {**GREETING, "protocolVersion": 7})],
)  # fmt: skip
def test_requests_that_cannot_be_are_errors_of_the_protocol(
    site: Site, era: str, method: str, params: dict[str, Any]
) -> None:
    with site.http("writer") as http:
        asked = posted(method, params, era=era)
        asked["headers"] = {
            name: str(value) for name, value in {**_headers(site, http, era), **asked["headers"]}.items()
        }
        answer = http.post(site.url, **asked)
        assert answer.status_code < 500
        assert '"error"' in answer.text
        assert _works(site, http)


def test_the_servers_have_nothing_to_complain_of(site: Site) -> None:
    with site.http("writer") as http:
        assert _works(site, http)
    assert "Traceback" not in site.errors.read_text(encoding="utf-8")
