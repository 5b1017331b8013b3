"""Garbage over a raw socket: whatever comes is refused in the 400s, is told nothing, and the server goes on.

What is HTTP gets a problem document. What is none is refused by the HTTP library, before there is a request to answer.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from plugins.api.served import Served, made, serving
from vespera_api.http.reading import MAX_BODY

SECRET = "hunter2-hunter2"
JSON = "Content-Type: application/json"
TASKS = "/api/v1/tasks"
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    tokens = made(folder)
    with serving(folder, "--auth", "token", tokens=tokens) as found:
        yield found
        assert "failed" not in found.complaints()
        assert "Traceback" not in found.complaints()


def head(server: Served, method: str, path: str, *headers: str, host: str | None = None) -> str:
    own = f"Host: {urlsplit(server.url).netloc if host is None else host}"
    proof = f"Authorization: Bearer {server.tokens['admin']}"
    return "\r\n".join([f"{method} {path} HTTP/1.1", own, proof, "Connection: close", *headers])


def sent(server: Served, data: bytes, patience: float = 30) -> bytes:
    """All that the server has to say to these bytes, until it ends the connection, or says nothing for so long."""
    place = urlsplit(server.url)
    found = b""
    with socket.create_connection((place.hostname, place.port or 80), timeout=patience) as wire:
        with suppress(OSError):  # it has heard enough
            wire.sendall(data)
        with suppress(ConnectionError, TimeoutError):
            while part := wire.recv(65_536):
                found += part
    return found


def parsed(raw: bytes) -> Answer:
    assert raw, "no answer at all"
    start, _, body = raw.partition(b"\r\n\r\n")
    line, *fields = start.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in fields)}
    return int(line.split()[1]), headers, body


def asked(
    server: Served, method: str, path: str, *headers: str, body: bytes = b"", length: int | None = None
) -> Answer:
    said = f"Content-Length: {len(body) if length is None else length}"
    return parsed(sent(server, f"{head(server, method, path, *headers, said)}\r\n\r\n".encode("latin-1") + body))


def refused(server: Served, answer: Answer, *statuses: int) -> str:
    """The code of the problem, after all that must be true of any refusal."""
    status, headers, body = answer
    assert 400 <= status < 500, (status, body[:300])
    assert not statuses or status in statuses, (status, body[:300])
    assert headers["content-type"] == "application/problem+json"
    told = json.loads(body)
    assert told["status"] == status
    text = body.decode()
    assert SECRET not in text
    assert server.tokens["admin"] not in text
    assert "Traceback" not in text
    assert ".py" not in text
    goes_on(server)
    return str(told["code"])


def goes_on(server: Served) -> None:
    assert asked(server, "GET", "/api/v1/projects")[0] == 200


def text(value: str) -> bytes:
    return b'{"title": ' + value.encode() + b"}"


BODIES = {
    "deep lists": b"[" * 10_000 + b"]" * 10_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep metadata": b'{"title": "x", "metadata": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    "deep and unfinished": b'{"title": "x", "metadata": {"a": ' + b"[" * 100_000,
    "deep tree of tasks": b'{"tasks": [' + b'{"title": "x", "children": [' * 2_000 + b"]}" * 2_000 + b"]}",
    "many keys": b"{" + b",".join(b'"k%d": 1' % n for n in range(100_000)) + b"}",
    "one long key": b'{"' + b"k" * 1_000_000 + b'": 1}',
    "a long number": text("1" * 100_000),
    "a huge exponent": text("1e999999999"),
    "NaN": text("NaN"),
    "infinity": text("-Infinity"),
    "NUL in text": text(r'"a\u0000b"'),
    "NUL outside": b'{"title": "x"}\x00',
    "half a character": text(r'"\ud800"'),
    "half a character in a key": rb'{"\udc00": "x"}',
    "half a character in metadata": rb'{"title": "x", "metadata": {"\ud800": "\udfff"}}',
    "not UTF-8": b'{"title": "\xc3\x28"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "UTF-32": '{"title": "x"}'.encode("utf-32"),
    "a mark before it": b'\xef\xbb\xbf{"title": "x", "no": 1}',
    "a secret in the wrong place": b'{"title": 5, "notes": 6, "password": "%s"}' % SECRET.encode(),
    "two documents": b'{"title": "x"}{"title": "y"}',
    "a list": b'[{"title": "x"}]',
    "a word": b"title",
    "single quotes": b"{'title': 'x'}",
    "a comma too many": b'{"title": "x",}',
    "a comment": b'{"title": "x" /* y */}',
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a form": b"title=x&notes=y",
    "another type": text("true"),
    "prototype": b'{"title": "x", "__proto__": {"a": 1}}',
    "a class": b'{"title": "x", "__class__": "os.system"}',
    "nothing": b"",
    "white space": b" " * 1_000,
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", [TASKS, f"{TASKS}/bulk", "/api/v1/search"])
def test_bodies(server: Served, name: str, path: str) -> None:
    refused(server, asked(server, "POST", path, JSON, body=BODIES[name]), 400, 422)


def test_of_two_values_under_one_key_the_last_counts(server: Served) -> None:
    """As everywhere in JSON for Python, and nobody has judged the first one by then."""
    status, _, body = asked(server, "POST", TASKS, JSON, body=b'{"title": 5, "title": "Second"}')
    assert (status, json.loads(body)["task"]["title"]) == (201, "Second")


def test_a_bomb_is_refused_before_it_is_read(server: Served) -> None:
    body = b'{"title": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    assert refused(server, asked(server, "POST", TASKS, JSON, body=body), 413) == "content_too_large"
    chunk = b"%x\r\n%s\r\n" % (65_536, b"y" * 65_536)
    chunked = f"{head(server, 'POST', TASKS, JSON, 'Transfer-Encoding: chunked')}\r\n\r\n".encode()
    refused(server, parsed(sent(server, chunked + chunk * (MAX_BODY // 65_536 + 2))), 413)


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Type: application/json; charset=utf-16",), ("Content-Type: application/json; charset=latin-1",),
        ("Content-Type: text/plain",), ("Content-Type: application/x-www-form-urlencoded",), ("Content-Type: ",),
        ("Content-Type: application/jsonx",), ("Content-Type: */*",), ("Content-Type: application",), (),
        ("Content-Type: \xe4pplication/json",),
        ("Content-Type: multipart/form-data; boundary=x",), ("Content-Type: application/xml",),
        (f"{JSON}, text/plain",),
    ],
)  # fmt: skip
def test_media_types(server: Served, headers: tuple[str, ...]) -> None:
    refused(server, asked(server, "POST", TASKS, *headers, body=b'{"title": "x"}'), 400, 415)


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "identity, gzip", "nonsense"])
def test_packed_bodies_are_not_unpacked(server: Served, packing: str) -> None:
    packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\x00" * 100
    refused(server, asked(server, "POST", TASKS, JSON, f"Content-Encoding: {packing}", body=packed), 400, 415, 422)


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PROPFIND", "PATCH", "PUT", "DELETE", "LOCK", "PURGE"])
def test_methods(server: Served, method: str) -> None:
    answer = asked(server, method, TASKS)
    assert refused(server, answer, 405) == "method_not_allowed"
    assert {"GET", "POST"} <= set(answer[1]["allow"].split(", "))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/tasks/..", "/api/v1/tasks/../projects", "/api/v1/tasks/%2e%2e/projects", "/api/v1/tasks/web%2f1",
        "/api/v1/tasks/..%2f..%2fetc%2fpasswd", "/api/v1/tasks/%00", "/api/v1/tasks/%ff%fe", "/api/v1/tasks/%zz",
        "//api/v1/tasks", "/api/v1//tasks", "/api/v1/tasks//", "/api/v1/TASKS", "/api/v2/tasks", "/api/v1/tasks;x=1",
        "/api/v1/tasks/%0d%0aSet-Cookie:%20a=b", "/api/v1/tasks/" + "x" * 20_000, "/../../etc/passwd", "/.env", "/%2e",
        "/api/v1/tasks/%ed%a0%80", "/api/v1/roles/..%5c..%5cboot.ini", "/api/v1/projects/%24%7bjndi:ldap:%2f%2fx%7d",
    ],
)  # fmt: skip
def test_paths(server: Served, path: str) -> None:
    answer = asked(server, "GET", path)
    refused(server, answer, 404, 422)
    assert "set-cookie" not in answer[1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=" + "9" * 5_000, "limit=-1", "limit=0x10", "limit=1e3", "limit=%D9%A1", "limit=1&limit=2", "status=%00",
        "cursor=" + "A" * 30_000, "cursor=%ff", "as_of=now", "as_of=9999-99-99T99:99:99Z", "a[b][c]=1", "&=&=",
        "sort=title;DROP TABLE task", f"password={SECRET}", "project_id=%ed%a0%80", "open=TRUE", "=", "%00=1",
    ],
)  # fmt: skip
def test_query_strings(server: Served, query: str) -> None:
    refused(server, asked(server, "GET", f"{TASKS}?{query.replace(' ', '%20')}"), 404, 422)


@pytest.mark.parametrize(
    ("header", "statuses"),
    [
        ("If-Match: 3", (400,)), ('If-Match: W/"3"', (400,)), ('If-Match: "x"', (400,)), ('If-Match: "1", "2"', (400,)),
        ('If-Match: "' + "9" * 400 + '"', (400,)), ("If-Match:", (400, 428)), ('If-Match: "99"', (404, 412)),
        ("Idempotency-Key: " + "k" * 201, (400,)), ("Idempotency-Key:", (400,)),
        ("Idempotency-Key: \xe4", (400,)), ("Idempotency-Key: a b", (400,)),
    ],
)  # fmt: skip
def test_headers(server: Served, header: str, statuses: tuple[int, ...]) -> None:
    more = () if header.startswith("If-Match") else ("If-Match: *",)
    patch = "Content-Type: application/merge-patch+json"
    answer = asked(server, "PATCH", f"{TASKS}/web-none", patch, header, *more, body=b'{"title": "x"}')
    refused(server, answer, *statuses)


def test_what_is_echoed_cannot_make_a_header(server: Served) -> None:
    for given in ("a\tb", "x" * 65, "<script>", "a b", "\xe4"):
        status, headers, _ = asked(server, "GET", TASKS, f"X-Request-Id: {given}")
        assert status == 200
        assert headers["x-request-id"] != given
        assert len(headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    "secret", [SECRET, "", "a" * 5_000, "\xe4", "vsp_x_y", "..", "eyJhbGciOiJub25lIn0.e30.", f"{SECRET} {SECRET}"]
)
def test_credentials_are_not_repeated(server: Served, secret: str) -> None:
    place = urlsplit(server.url).netloc
    lines = f"GET {TASKS} HTTP/1.1\r\nHost: {place}\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\r\n"
    answer = parsed(sent(server, lines.encode("latin-1")))
    refused(server, answer, 401)
    assert secret == "" or secret == ".." or secret not in answer[2].decode()


@pytest.mark.parametrize(
    "host", ["evil.example.org", "localhost.evil.org", "", "127.0.0.1@evil.org", "[::ffff:1.2.3.4]"]
)
def test_other_hosts(server: Served, host: str) -> None:
    raw = sent(server, f"{head(server, 'GET', TASKS, host=host)}\r\n\r\n".encode())
    refused(server, parsed(raw), 421)


BROKEN = {
    "nothing but noise": bytes(range(256)) * 40,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"GET /api/v1/tasks\r\n\r\n",
    "another version": b"GET /api/v1/tasks HTTP/9.9\r\nHost: x\r\n\r\n",
    "a line that breaks": b"GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\n folded\r\nA\x00b: c\r\n\r\n",
    "two lengths": b"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a length that is none": b"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\nabcde",
    "a negative length": b"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "a length and chunks": (
        b"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /"
    ),
    "broken chunks": b"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "a control character in a header": b"GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\nX-A: a\x01b\x0b\r\n\r\n",
    "a long head": b"GET /api/v1/tasks HTTP/1.1\r\n" + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET /api/v1/tasks HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(20_000)) + b"\r\n",
    "empty lines": b"\r\n" * 50_000,
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_request(server: Served, name: str) -> None:
    raw = sent(server, BROKEN[name], patience=0.5)
    assert b" 500 " not in raw[:30]
    assert not raw or 400 <= parsed(raw)[0] < 500, raw[:200]
    assert b"Traceback" not in raw
    goes_on(server)


@pytest.mark.parametrize("length", [1, 5, 1_000_000])
def test_a_body_that_is_shorter_than_it_says(server: Served, length: int) -> None:
    """The client is gone in the middle of its body: nothing is done."""
    before = json.loads(asked(server, "GET", TASKS)[2])["total"]
    body = b'{"title": "Unfinished"}'
    lines = head(server, "POST", TASKS, JSON, f"Content-Length: {len(body) + length}")
    assert sent(server, f"{lines}\r\n\r\n".encode() + body, patience=0.5) == b""
    goes_on(server)
    assert json.loads(asked(server, "GET", TASKS)[2])["total"] == before


def test_a_second_request_behind_the_first_is_one_of_its_own(server: Served) -> None:
    """What comes behind a body is no part of it: requests cannot be smuggled in."""
    lines = head(server, "POST", TASKS, JSON, "Content-Length: 2").replace("Connection: close\r\n", "")
    first = f"{lines}\r\n\r\n{{}}".encode()
    second = b"GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    raw = sent(server, first + second)
    assert raw.count(b"HTTP/1.1 422") == 1
    assert raw.count(b"HTTP/1.1 421") == 1


def test_the_workspace_is_whole_after_all_of_this(server: Served, tmp_path: Path) -> None:
    status, _, body = asked(server, "GET", "/api/v1/system/doctor")
    assert (status, json.loads(body)["healthy"]) == (200, True)
